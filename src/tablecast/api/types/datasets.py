"""Datasets and their versions, with profile, preview and lineage downwards."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import field

from tablecast.api.choices import Existence
from tablecast.api.context import Asking
from tablecast.api.enums import DatasetVersionState, Role
from tablecast.api.filters import DatasetVersionFilter, TrainingFilter
from tablecast.api.paging import Connection, NumberOrder, Order, connection
from tablecast.api.reading import preview_of
from tablecast.api.scalars import Long
from tablecast.api.types.faults import BlockedBy, Fault
from tablecast.api.types.profiles import Preview, Profile
from tablecast.api.types.uploads import Upload
from tablecast.api.views import Node, can, edge, shown, view
from tablecast.domain import datasets, tables

if TYPE_CHECKING:
    from tablecast.api.types.models import ModelVersion
    from tablecast.api.types.projects import Project
    from tablecast.api.types.servings import Serving
    from tablecast.api.types.trainings import Training

Offset = Annotated[int, strawberry.argument(description="How many rows to leave out at the start.")]
Rows = Annotated[int, strawberry.argument(description="At most this many rows, 1 to 200.")]


@strawberry.type(
    description="What was made of a dataset version: at most 500 of each, oldest first."
)
class Impact:
    trainings: list[Annotated["Training", strawberry.lazy("tablecast.api.types.trainings")]] = (
        field(description="Trainings on it.")
    )
    model_versions: list[
        Annotated["ModelVersion", strawberry.lazy("tablecast.api.types.models")]
    ] = field(description="Model versions that learned from it.")
    servings: list[Annotated["Serving", strawberry.lazy("tablecast.api.types.servings")]] = field(
        description="Servings that answer with one of those."
    )


@view(tables.DatasetVersion, "An immutable table, kept as typed Parquet on the project's volume.")
class DatasetVersion(Node):
    number: int = field(description="Counts the versions of its dataset, from 1.")
    file_name: str = field(description="Name of the file that was uploaded.")
    state: DatasetVersionState = field(description="How far it is.")
    progress: float = field(description="How far its conversion is, 0 to 1.")
    message: str = field(description="More about the state; may be empty.")
    error: Fault | None = field(description="Why it FAILED, with row and column.")
    blocked_by: BlockedBy | None = field(description="What its conversion waits for.")
    rows: Long | None = field(description="Number of rows; null until it is READY.")
    columns: int | None = field(description="Number of columns; null until it is READY.")
    bytes: Long | None = field(description="Size of the Parquet file in bytes.")
    source_bytes: Long | None = field(description="Size of the uploaded file in bytes.")
    profile: Profile | None = field(description="What it holds; null until it is READY.")
    created_at: datetime = field(description="When it was made.")
    updated_at: datetime = field(description="When anything of it changed.")
    dataset: Annotated["Dataset", strawberry.lazy("tablecast.api.types.datasets")] | None = edge(
        tables.Dataset, "dataset_id", "The dataset that it is a version of."
    )
    upload: Upload | None = edge(
        tables.Upload, "upload_id", "The upload that it was made of; null once that is gone."
    )
    project: Annotated["Project", strawberry.lazy("tablecast.api.types.projects")] | None = edge(
        tables.Project, "project_id", "The project that it belongs to."
    )
    trainings: Connection[
        Annotated["Training", strawberry.lazy("tablecast.api.types.trainings")]
    ] = connection(
        tables.Training,
        "dataset_version_id",
        "Trainings on it.",
        Order.CREATED_AT_DESC,
        TrainingFilter,
    )
    model_versions: Connection[
        Annotated["ModelVersion", strawberry.lazy("tablecast.api.types.models")]
    ] = connection(
        tables.ModelVersion, "dataset_version_id", "Model versions that learned from it."
    )

    @strawberry.field(description="sha256 of the Parquet file in hex; null until it is READY.")
    def sha256(self: Any) -> str | None:
        return self.sha256 or None

    @strawberry.field(description="sha256 of the uploaded file in hex; null until it is READY.")
    def source_sha256(self: Any) -> str | None:
        return self.source_sha256 or None

    @strawberry.field(description="Its first rows, out of the 200 that are kept for this.")
    async def preview(
        self: Any, info: Asking, offset: Offset = 0, limit: Rows = 50
    ) -> Preview | None:
        return shown(await preview_of(info.context, self, offset, limit))


@view(tables.Dataset, "A named table; each upload to it is an immutable version.")
class Dataset(Node):
    name: str = field(description="Unique in its project.")
    description: str = field(description="What it holds.")
    state: Existence = field(description="Whether it is there, or going.")
    created_at: datetime = field(description="When it was made.")
    updated_at: datetime = field(description="When anything of it changed.")
    can_delete: bool = can(Role.EDITOR, "Whether you may delete it.", datasets.can_delete)
    can_add_version: bool = can(
        Role.EDITOR, "Whether you may make another version of it.", datasets.can_delete
    )
    project: Annotated["Project", strawberry.lazy("tablecast.api.types.projects")] | None = edge(
        tables.Project, "project_id", "The project that it belongs to."
    )
    versions: Connection[DatasetVersion] = connection(
        tables.DatasetVersion,
        "dataset_id",
        "Its versions.",
        NumberOrder.NUMBER_DESC,
        DatasetVersionFilter,
    )

    @strawberry.field(description="Its newest version, whatever its state.")
    async def latest_version(self: Any, info: Asking) -> DatasetVersion | None:
        loaders = info.context.loaders
        return shown(await loaders.newest(tables.DatasetVersion, "dataset_id", self.id))
