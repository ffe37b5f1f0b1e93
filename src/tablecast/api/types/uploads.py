"""Uploads: resumable slots that take one file's bytes, outside of GraphQL."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import field

from tablecast.api.addresses import upload_url
from tablecast.api.context import Asking
from tablecast.api.enums import Role, UploadState
from tablecast.api.scalars import Long
from tablecast.api.types.faults import BlockedBy, Fault
from tablecast.api.views import Node, can, edge, view
from tablecast.domain import tables, uploads

if TYPE_CHECKING:
    from tablecast.api.types.projects import Project


@view(tables.Upload, "A slot that takes one file's bytes by the tus 1.0 protocol, resumably.")
class Upload(Node):
    file_name: str = field(description="The file's name, for people.")
    length: Long = field(description="Size of the whole file in bytes.")
    offset: Long = field(description="Bytes that have arrived; may lag half a second behind.")
    expires_at: datetime = field(description="When it is thrown away if it is not finished.")
    state: UploadState = field(description="How far it is.")
    message: str = field(description="More about the state; may be empty.")
    error: Fault | None = field(description="Why it failed.")
    blocked_by: BlockedBy | None = field(description="What its slot waits for.")
    created_at: datetime = field(description="When it was made.")
    updated_at: datetime = field(description="When anything of it changed.")
    can_finish: bool = can(Role.EDITOR, "Whether you may declare it complete.", uploads.can_finish)
    can_abort: bool = can(Role.EDITOR, "Whether you may throw it away.", uploads.can_abort)
    project: Annotated["Project", strawberry.lazy("tablecast.api.types.projects")] | None = edge(
        tables.Project, "project_id", "The project that it belongs to."
    )

    @strawberry.field(description="Where its bytes go by tus 1.0 (HEAD, PATCH), as you.")
    def url(self: Any, info: Asking) -> str:
        return upload_url(info.context.services.settings, self.id)

    @strawberry.field(
        description="Checksum of all bytes in hex: as announced, or as found once it is COMPLETE."
    )
    def sha256(self: Any) -> str | None:
        return self.sha256 or None
