"""Servings: what answers predictions, and whether it really does."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import field

from tablecast.api.choices import ServingMode
from tablecast.api.context import Asking
from tablecast.api.enums import RevisionState, Role, ServingState
from tablecast.api.paging import Connection, NumberOrder, connection
from tablecast.api.replicas import canary_of, replicas_of
from tablecast.api.types.faults import BlockedBy
from tablecast.api.types.models import ModelVersion
from tablecast.api.views import Node, can, edge, shown, view
from tablecast.domain import canaries, servings, tables

if TYPE_CHECKING:
    from tablecast.api.types.projects import Project


@strawberry.type(
    description="One generation of a serving, immutable: an object that serves or served."
)
class Revision:
    number: int = field(description="Counts the serving's revisions, from 1.")
    generation: int = field(description="The serving's wish that it was made for.")
    mode: ServingMode = field(description="Where its model is loaded.")
    state: RevisionState = field(description="How it is, by what its replicas answer.")
    inference_service: str = field(
        description="The InferenceService whose pods have its model: a pool, or its own."
    )
    reason: str = field(description="The cluster's reason; may be empty.")
    message: str = field(description="More about the state; may be empty.")
    desired_replicas: int = field(description="Pods that should have it loaded.")
    loaded_replicas: int = field(description="Pods that answered for it.")
    applied_at: datetime | None = field(description="When the cluster took it.")
    loaded_at: datetime | None = field(
        description="When every replica answered for the first time."
    )
    model_version: ModelVersion | None = edge(
        tables.ModelVersion, "model_version_id", "What it answers with."
    )


@strawberry.type(description="A new revision that gets a share of a serving's predictions.")
class Canary:
    percent: int = field(description="Its share of predictions, 0 to 100 percent.")
    desired_replicas: int = field(description="Pods that should have it loaded.")
    loaded_replicas: int = field(description="Pods that answered for it.")
    servable: bool = field(
        description="Whether it answers, as last observed; until then all predictions go on as before."
    )
    since: datetime | None = field(description="When it first answered; null before.")
    model_version: ModelVersion | None = edge(
        tables.ModelVersion, "model_version_id", "What it answers with."
    )


@strawberry.type(
    description="A pod of a model server, and whether it has the serving's model loaded."
)
class Replica:
    pod_name: str = field(description="The pod's name.")
    ready: bool = field(description="Whether Kubernetes takes the pod for ready.")
    loaded: bool = field(description="Whether the pod itself said that the active model is ready.")
    loaded_at: datetime | None = field(description="When it first said so.")
    reason: str = field(description="Kubernetes' reason where it is not ready; may be empty.")
    message: str = field(description="More about it; may be empty.")
    restarts: int = field(description="How often its containers were restarted.")
    observed_at: datetime | None = field(description="When this was last looked at.")


@view(tables.Serving, "A name that answers predictions with one model version.")
class Serving(Node):
    name: str = field(description="Unique in its project.")
    description: str = field(description="What it is for.")
    mode: ServingMode = field(description="Where its model is loaded.")
    replicas: int = field(description="How many replicas are wished for.")
    state: ServingState = field(description="How it is, by what its replicas answer.")
    message: str = field(description="More about the state; may be empty.")
    blocked_by: BlockedBy | None = field(description="What it waits for.")
    servable: bool = field(description="Whether a prediction would be answered, as last observed.")
    desired_replicas: int = field(description="Pods that should answer for the active revision.")
    loaded_replicas: int = field(description="Pods that did answer for the active revision.")
    observed_at: datetime | None = field(description="When its replicas were last asked.")
    generation: int = field(description="Counts the wishes: goes up with each update.")
    observed_generation: int = field(description="The newest wish whose effect was seen.")
    created_at: datetime = field(description="When it was made.")
    updated_at: datetime = field(description="When anything of it changed.")
    can_update: bool = can(Role.EDITOR, "Whether you may change it.", servings.can_update)
    can_delete: bool = can(Role.EDITOR, "Whether you may delete it.", servings.can_delete)
    can_promote: bool = can(
        Role.EDITOR, "Whether you may promote its canary.", canaries.can_promote
    )
    can_roll_back: bool = can(
        Role.EDITOR, "Whether you may roll its canary back.", canaries.can_roll_back
    )
    can_predict: bool = can(Role.VIEWER, "Whether `predict` would find it.", servings.can_predict)
    project: Annotated["Project", strawberry.lazy("tablecast.api.types.projects")] | None = edge(
        tables.Project, "project_id", "The project that it belongs to."
    )
    model_version: ModelVersion | None = edge(
        tables.ModelVersion, "model_version_id", "What it is wished to answer with."
    )
    revisions: Connection[Revision] = connection(
        tables.Revision, "serving_id", "Its revisions.", NumberOrder.NUMBER_DESC
    )

    @strawberry.field(
        description="What gets a share of predictions beside the active revision; null without one."
    )
    async def canary(self: Any, info: Asking) -> Canary | None:
        return shown(await canary_of(info.context.loaders, self))

    @strawberry.field(
        description="The revision that predictions go to; null before the first loaded."
    )
    async def active_revision(self: Any, info: Asking) -> Revision | None:
        return shown(await _active(self, info))

    @strawberry.field(
        description="What predictions are answered with now; null before the first loaded."
    )
    async def active_model_version(self: Any, info: Asking) -> ModelVersion | None:
        revision = await _active(self, info)
        if revision is None:
            return None
        found = await info.context.loaders.row(tables.ModelVersion, revision.model_version_id)
        return shown(found)

    @strawberry.field(description="Pods of the model server that it is in, one by one.")
    async def pods(self: Any, info: Asking) -> list[Replica]:
        return shown(await replicas_of(info.context.loaders, self))


async def _active(serving: tables.Serving, info: Asking) -> tables.Revision | None:
    return await info.context.loaders.revision(serving.id, serving.active_revision)
