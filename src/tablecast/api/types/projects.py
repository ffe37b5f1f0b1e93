"""Projects and their members, and the lists of everything else that hang below a project."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import field

from tablecast.api.context import Asking
from tablecast.api.enums import ProjectState, Role
from tablecast.api.feedcursors import feed_cursor
from tablecast.api.filters import (
    DriftFilter,
    EventFilter,
    NameFilter,
    OperationFilter,
    ServingFilter,
    TrainingFilter,
    UploadFilter,
)
from tablecast.api.paging import Connection, EventOrder, NamedOrder, Order, connection
from tablecast.api.scalars import Long
from tablecast.api.types.faults import BlockedBy
from tablecast.api.views import Node, can, view
from tablecast.domain import tables

if TYPE_CHECKING:
    from tablecast.api.types.datasets import Dataset
    from tablecast.api.types.drifts import Drift
    from tablecast.api.types.events import Event
    from tablecast.api.types.models import Model
    from tablecast.api.types.operations import Operation
    from tablecast.api.types.servings import Serving
    from tablecast.api.types.trainings import Training
    from tablecast.api.types.uploads import Upload


def _is_open(project: tables.Project) -> bool:
    return project.state != ProjectState.DELETING


@strawberry.type(description="Somebody's role in a project.")
class Member:
    subject: str = field(description="Who: the `sub` of their token.")
    role: Role = field(description="What they may do.")
    created_at: datetime = field(description="Since when.")


@view(
    tables.Project,
    "A tenant: a Kubernetes namespace with a volume and a datastore. Everything belongs to one.",
)
class Project(Node):
    name: str = field(description="Part of the namespace's name; never changes.")
    title: str = field(description="What people call it.")
    description: str = field(description="What it is for.")
    namespace: str = field(description="The Kubernetes namespace that it is.")
    volume_bytes: Long = field(description="Size of its volume in bytes.")
    cpu_limit: int = field(description="Cores that all its pods together may use.")
    memory_limit_bytes: Long = field(description="Memory that all its pods may use, in bytes.")
    state: ProjectState = field(description="How it is, as observed.")
    message: str = field(description="More about the state; empty where there is nothing to say.")
    blocked_by: BlockedBy | None = field(
        description="What setting it up waits for, or deleting it: what goes now, and how much is `left`."
    )
    generation: int = field(description="Counts the wishes: goes up with each update.")
    observed_generation: int = field(description="The newest wish whose effect was seen.")
    created_at: datetime = field(description="When it was made.")
    updated_at: datetime = field(description="When anything of it changed.")
    can_update: bool = can(Role.OWNER, "Whether you may update it and admit others.", _is_open)
    can_delete: bool = can(Role.OWNER, "Whether you may delete it.", _is_open)
    can_edit: bool = can(Role.EDITOR, "Whether you may upload, train and serve in it.", _is_open)
    members: Connection[Member] = connection(
        tables.Member, "project_id", "Who may do what in it.", Order.CREATED_AT_ASC
    )
    uploads: Connection[Annotated["Upload", strawberry.lazy("tablecast.api.types.uploads")]] = (
        connection(tables.Upload, "project_id", "Its uploads.", Order.CREATED_AT_DESC, UploadFilter)
    )
    datasets: Connection[Annotated["Dataset", strawberry.lazy("tablecast.api.types.datasets")]] = (
        connection(
            tables.Dataset, "project_id", "Its datasets.", NamedOrder.CREATED_AT_DESC, NameFilter
        )
    )
    trainings: Connection[
        Annotated["Training", strawberry.lazy("tablecast.api.types.trainings")]
    ] = connection(
        tables.Training,
        "project_id",
        "Its trainings.",
        Order.CREATED_AT_DESC,
        TrainingFilter,
    )
    models: Connection[Annotated["Model", strawberry.lazy("tablecast.api.types.models")]] = (
        connection(
            tables.Model, "project_id", "Its models.", NamedOrder.CREATED_AT_DESC, NameFilter
        )
    )
    servings: Connection[Annotated["Serving", strawberry.lazy("tablecast.api.types.servings")]] = (
        connection(
            tables.Serving,
            "project_id",
            "Its servings.",
            NamedOrder.CREATED_AT_DESC,
            ServingFilter,
        )
    )
    operations: Connection[
        Annotated["Operation", strawberry.lazy("tablecast.api.types.operations")]
    ] = connection(
        tables.Operation,
        "project_id",
        "What was asked of the cluster for it.",
        Order.CREATED_AT_DESC,
        OperationFilter,
    )
    events: Connection[Annotated["Event", strawberry.lazy("tablecast.api.types.events")]] = (
        connection(
            tables.Event,
            "project_id",
            "Its feed, as far as it is kept.",
            EventOrder.SEQUENCE_DESC,
            EventFilter,
        )
    )

    cluster_drift: Connection[Annotated["Drift", strawberry.lazy("tablecast.api.types.drifts")]] = (
        connection(
            tables.Drift,
            "project_id",
            "Objects in its namespace on which rows and cluster disagree.",
            Order.CREATED_AT_DESC,
            DriftFilter,
        )
    )

    @strawberry.field(description="Your role in it.")
    async def role(self: Any, info: Asking) -> Role:
        held = await info.context.loaders.role(self.id)
        return held or Role.VIEWER

    @strawberry.field(
        description="Where its feed is now: `projectEvents(after:)` goes on from here."
    )
    def feed_cursor(self: Any) -> str:
        return feed_cursor(self.id, self.feed_sequence)
