"""Models and their versions, with signature, evaluation and lineage in both directions."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import field

from tablecast.api.addresses import DOWNLOAD_SECONDS
from tablecast.api.choices import Existence, Problem
from tablecast.api.context import Asking
from tablecast.api.enums import Role
from tablecast.api.filters import ServingFilter, TrainingFilter
from tablecast.api.paging import Connection, NumberOrder, Order, connection
from tablecast.api.reading import download_of
from tablecast.api.scalars import Long
from tablecast.api.types.attempts import Attempt, Hyperparameter, hyperparameters_of, score_of
from tablecast.api.types.datasets import DatasetVersion
from tablecast.api.types.evaluations import Evaluation, Score
from tablecast.api.types.signatures import Signature
from tablecast.api.types.trainings import Training
from tablecast.api.views import Node, can, edge, shown, view
from tablecast.domain import models, tables

if TYPE_CHECKING:
    from tablecast.api.types.projects import Project
    from tablecast.api.types.servings import Serving


@strawberry.type(description="Where a file can be fetched by whoever has the URL, for a time.")
class Download:
    url: str = field(description="GET it; ranges work.")
    expires_at: datetime = field(description="Until when a download may begin: an hour from now.")


@view(
    tables.ModelVersion, "What a successful attempt made: one file, its signature and evaluation."
)
class ModelVersion(Node):
    number: int = field(description="Counts the versions of its model, from 1.")
    algorithm: str = field(description="LINEAR, RANDOM_FOREST, LIGHTGBM, HIST_GRADIENT_BOOSTING…")
    problem: Problem = field(description="What kind of thing was learned.")
    target: str = field(description="The column that it predicts.")
    sha256: str = field(description="sha256 of its file in hex; checked before it is loaded.")
    bytes: Long = field(description="Size of its file in bytes.")
    signature: Signature = field(description="Which rows it takes, and what it answers.")
    evaluation: Evaluation = field(description="How good it is on rows that it did not learn from.")
    created_at: datetime = field(description="When it was recorded.")
    project: Annotated["Project", strawberry.lazy("tablecast.api.types.projects")] | None = edge(
        tables.Project, "project_id", "The project that it belongs to."
    )
    model: Annotated["Model", strawberry.lazy("tablecast.api.types.models")] | None = edge(
        tables.Model, "model_id", "The model that it is a version of."
    )
    training: Training | None = edge(
        tables.Training, "training_id", "The training that made it; null once that is gone."
    )
    attempt: Attempt | None = edge(
        tables.Attempt, "attempt_id", "The attempt that made it; null once that is gone."
    )
    dataset_version: DatasetVersion | None = edge(
        tables.DatasetVersion, "dataset_version_id", "What it learned from."
    )
    servings: Connection[Annotated["Serving", strawberry.lazy("tablecast.api.types.servings")]] = (
        connection(
            tables.Serving,
            "model_version_id",
            "Servings that are wished to answer with it.",
            Order.CREATED_AT_DESC,
            ServingFilter,
        )
    )

    @strawberry.field(description="What it was made with.")
    def hyperparameters(self: Any) -> list[Hyperparameter]:
        return hyperparameters_of(self.hyperparameters)

    @strawberry.field(description="The primary metric on the test rows.")
    def metric(self: Any) -> Score:
        return score_of(self)

    @strawberry.field(description="Where its file can be fetched, for an hour.")
    async def download(self: Any, info: Asking) -> Download | None:
        return shown(await download_of(info.context, self, DOWNLOAD_SECONDS))


@view(tables.Model, "A named model; each successful training for it adds a version.")
class Model(Node):
    name: str = field(description="Unique in its project.")
    description: str = field(description="What it is for.")
    state: Existence = field(description="Whether it is there, or going.")
    created_at: datetime = field(description="When it was made.")
    updated_at: datetime = field(description="When anything of it changed.")
    can_rename: bool = can(Role.EDITOR, "Whether you may rename it.", models.can_rename)
    can_delete: bool = can(Role.EDITOR, "Whether you may delete it.", models.can_delete)
    project: Annotated["Project", strawberry.lazy("tablecast.api.types.projects")] | None = edge(
        tables.Project, "project_id", "The project that it belongs to."
    )
    versions: Connection[ModelVersion] = connection(
        tables.ModelVersion, "model_id", "Its versions.", NumberOrder.NUMBER_DESC
    )
    trainings: Connection[Training] = connection(
        tables.Training,
        "model_id",
        "Trainings for it.",
        Order.CREATED_AT_DESC,
        TrainingFilter,
    )

    @strawberry.field(description="Its newest version; null before its first successful training.")
    async def latest_version(self: Any, info: Asking) -> ModelVersion | None:
        return shown(await info.context.loaders.newest(tables.ModelVersion, "model_id", self.id))
