"""Queries: every noun by id, projects as a list, and what is known of the server and the asker."""

from importlib import metadata
from typing import Annotated, Any

import strawberry

from tablecast.api.context import Asking
from tablecast.api.filters import DriftFilter, ProjectFilter, lookups_of
from tablecast.api.ids import parts_of, row_id_of
from tablecast.api.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    NamedOrder,
    Order,
    PageView,
    paged_arguments,
    wish_of,
)
from tablecast.api.types.attempts import Attempt
from tablecast.api.types.datasets import Dataset, DatasetVersion, Impact
from tablecast.api.types.drifts import Drift
from tablecast.api.types.models import Model, ModelVersion
from tablecast.api.types.operations import Operation
from tablecast.api.types.projects import Project
from tablecast.api.types.server import ServerLimits, Viewer
from tablecast.api.types.servings import Serving
from tablecast.api.types.trainings import Training
from tablecast.api.types.uploads import Upload
from tablecast.api.views import TABLES, Node, shown
from tablecast.domain import lineage, pages, tables
from tablecast.domain.operations import require_operation
from tablecast.domain.pages import PageArguments
from tablecast.domain.projects import visible_ids
from tablecast.errors import NotFound

VERSION = metadata.version("tablecast")

Id = Annotated[strawberry.ID, strawberry.argument(description="The object's id.")]


def _one(typename: str, description: str) -> Any:
    """A field that finds one object by its id; null where there is none that the asker may see."""

    async def resolve(info: Asking, id: Id) -> Any:
        return await find(info, typename, row_id_of(id, typename, "id"))

    return strawberry.field(
        resolver=resolve, description=f"{description}; null if there is none, or none of yours."
    )


async def find(info: Asking, typename: str, row_id: str) -> Any:
    """The row of a type by its id, None where there is none that the asker may see."""
    if typename == "Operation":
        # It outlives its project for who asked: so one learns that a project is gone.
        try:
            return await require_operation(info.context.asked(), row_id)
        except NotFound:
            return None
    table = TABLES.get(typename)
    return None if table is None else await info.context.loaders.row(table, row_id)


def _visible(table: type[tables.Row], project: str, newest_first: Any) -> Any:
    """A resolver of the rows whose column `project` names a project of the asker's."""

    async def resolve(
        info: Asking,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        order_by: Any = newest_first,
        filter: Any = None,
    ) -> Any:
        wish = wish_of(info.context, PageArguments(first, after, last, before), order_by)
        query = table.filter(**dict(lookups_of(filter)))
        visible = await visible_ids(info.context.asked())
        if visible is not None:
            query = query.filter(**{f"{project}__in": visible})
        return PageView(await pages.page(query, wish))

    return resolve


_projects = _visible(tables.Project, "id", NamedOrder.CREATED_AT_DESC)
_cluster_drift = _visible(tables.Drift, "project_id", Order.CREATED_AT_DESC)


@strawberry.type(description="What can be asked.")
class Query:
    project: Project | None = _one("Project", "A project")
    upload: Upload | None = _one("Upload", "An upload")
    dataset: Dataset | None = _one("Dataset", "A dataset")
    dataset_version: DatasetVersion | None = _one("DatasetVersion", "A dataset version")
    training: Training | None = _one("Training", "A training")
    attempt: Attempt | None = _one("Attempt", "An attempt of a training")
    model: Model | None = _one("Model", "A model")
    model_version: ModelVersion | None = _one("ModelVersion", "A model version")
    serving: Serving | None = _one("Serving", "A serving")
    operation: Operation | None = _one("Operation", "An operation")
    drift: Drift | None = _one("Drift", "An object on which rows and cluster disagree")
    projects: Connection[Project] = strawberry.field(
        resolver=paged_arguments(_projects, NamedOrder, ProjectFilter),
        description="The projects that you are a member of; all of them for an admin.",
    )

    cluster_drift: Connection[Drift] = strawberry.field(
        resolver=paged_arguments(_cluster_drift, Order, DriftFilter),
        description="Objects on which rows and cluster disagree, in the projects that you are a member "
        "of; for an admin in all, and namespaces that are no project's.",
    )

    @strawberry.field(description="Any object by its id; null if there is none, or none of yours.")
    async def node(self, info: Asking, id: Id) -> Node | None:
        typename, row_id = parts_of(id, "id")
        return shown(await find(info, typename, row_id))

    @strawberry.field(
        description="What was made of a dataset version, down to what answers with it."
    )
    async def impact_of(
        self,
        info: Asking,
        dataset_version_id: Annotated[
            strawberry.ID, strawberry.argument(description="Which dataset version.")
        ],
    ) -> Impact | None:
        row_id = row_id_of(dataset_version_id, "DatasetVersion", "datasetVersionId")
        if await info.context.loaders.row(tables.DatasetVersion, row_id) is None:
            return None
        return shown(await lineage.impact_of(row_id))

    @strawberry.field(description="Who you are to this server.")
    def viewer(self, info: Asking) -> Viewer:
        return shown(info.context.principal)

    @strawberry.field(description="What one request, person or project may ask for.")
    def server_limits(self, info: Asking) -> ServerLimits:
        return shown(info.context.limits)

    @strawberry.field(description="Version of the server.")
    def version(self) -> str:
        return VERSION
