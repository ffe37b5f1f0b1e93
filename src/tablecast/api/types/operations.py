"""Operations: the delivery ledger as people see it."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import field

from tablecast.api.context import Asking
from tablecast.api.enums import Noun, OperationState, Verb
from tablecast.api.ids import global_id
from tablecast.api.types.faults import BlockedBy
from tablecast.api.types.subjects import SUBJECTS, Subject, subject_of
from tablecast.api.views import Node, edge, view
from tablecast.domain import operations, tables

if TYPE_CHECKING:
    from tablecast.api.types.projects import Project


def _can(description: str, allowed: Callable[[tables.Operation], bool]) -> Any:
    async def resolve(self: Any, info: Asking) -> bool:
        needed = operations.role_for(self)
        return allowed(self) and await info.context.loaders.may(self.project_id, needed)

    return field(resolver=resolve, description=description)


@view(
    tables.Operation,
    "A mutation's effect on its way to the cluster, from ACCEPTED to OBSERVED.",
)
class Operation(Node):
    verb: Verb = field(description="What it does.")
    noun: Noun = field(description="To what kind of thing.")
    generation: int = field(description="Which wish of its subject it carries.")
    state: OperationState = field(description="How far it is.")
    requested_by: str = field(
        description="Subject of whoever asked; `system:tablecast` for itself."
    )
    tries: int = field(description="How often the relay tried to carry it to the cluster.")
    refusals: int = field(
        description="How often in a row the cluster said no; after 3 it is parked: tried hourly."
    )
    last_error: str = field(description="The cluster's last words; empty where it had none.")
    blocked_by: BlockedBy | None = field(description="What it waits for.")
    created_at: datetime = field(description="When it was accepted.")
    updated_at: datetime = field(description="When anything of it changed.")
    applied_at: datetime | None = field(description="When the cluster took it.")
    settled_at: datetime | None = field(
        description="When it became OBSERVED, FAILED, SUPERSEDED or ABANDONED."
    )
    can_retry: bool = _can("Whether you may have it tried now.", operations.can_retry)
    can_abandon: bool = _can(
        "Whether you may give it up: it is parked or waits.", operations.can_abandon
    )
    project: Annotated["Project", strawberry.lazy("tablecast.api.types.projects")] | None = edge(
        tables.Project, "project_id", "Its project; null once that is gone."
    )

    @strawberry.field(description="When it will be tried next; null where it will not.")
    def next_retry_at(self: Any) -> datetime | None:
        return self.due_at

    @strawberry.field(description="Id of what it is about, which may be gone.")
    def subject_id(self: Any) -> strawberry.ID:
        return global_id(SUBJECTS[self.noun][0], self.subject_id)

    @strawberry.field(description="What it is about, as it is now; null if it is gone.")
    async def subject(self: Any, info: Asking) -> Subject | None:
        return await subject_of(self, info)
