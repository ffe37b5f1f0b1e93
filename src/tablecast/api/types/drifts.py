"""Drifts: objects on which rows and cluster disagree, for as long as they do."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import field

from tablecast.api.context import Asking
from tablecast.api.enums import DriftKind, Noun, Role
from tablecast.api.ids import global_id
from tablecast.api.types.subjects import SUBJECTS, Subject, subject_of
from tablecast.api.views import Node, can, edge, view
from tablecast.domain import drifts, tables

if TYPE_CHECKING:
    from tablecast.api.types.projects import Project


@view(
    tables.Drift,
    "An object on which rows and cluster disagree, and what can be done. What is declared is put right "
    "by itself; what runs once, or holds data, is for people. Gone when it holds no more.",
)
class Drift(Node):
    kind: str = field(description="The object's kind, such as Workflow.")
    namespace: str = field(description="Its namespace; empty for a namespace itself.")
    name: str = field(description="Its name.")
    uid: str = field(description="Its UID, or that of the object that is lost; may be empty.")
    drift: DriftKind = field(description="How rows and cluster disagree.")
    reason: str = field(description="What is known of it, in one sentence.")
    updated_at: datetime = field(description="When anything of it changed.")
    can_adopt: bool = can(
        Role.EDITOR, "Whether you may take it for what a row waits for.", drifts.can_adopt
    )
    can_recreate: bool = can(
        Role.EDITOR,
        "Whether you may have it made again; what it held is not brought back.",
        drifts.can_recreate,
    )
    can_purge: bool = can(Role.OWNER, "Whether you may delete it.", drifts.can_purge)
    project: Annotated["Project", strawberry.lazy("tablecast.api.types.projects")] | None = edge(
        tables.Project,
        "project_id",
        "The project in whose namespace it is; null for a namespace that is no project.",
    )

    @strawberry.field(description="Since when it is seen.")
    def since(self: Any) -> datetime:
        return self.created_at

    @strawberry.field(description="What kind of thing it belongs to; null where nobody knows.")
    def noun(self: Any) -> Noun | None:
        return Noun(self.noun) if self.noun else None

    @strawberry.field(description="Id of what it belongs to; null where nobody knows.")
    def subject_id(self: Any) -> strawberry.ID | None:
        return global_id(SUBJECTS[self.noun][0], self.subject_id) if self.noun else None

    @strawberry.field(description="What it belongs to; null where nobody knows, or it is gone.")
    async def subject(self: Any, info: Asking) -> Subject | None:
        return await subject_of(self, info) if self.noun else None
