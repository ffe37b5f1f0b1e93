"""Events: the lines of a project's feed."""

from datetime import datetime
from typing import Any

import strawberry
from strawberry import field

from tablecast.api.context import Asking
from tablecast.api.enums import Noun
from tablecast.api.feedcursors import feed_cursor
from tablecast.api.ids import global_id
from tablecast.api.scalars import Long
from tablecast.api.types.operations import Operation
from tablecast.api.types.subjects import SUBJECTS, Subject, subject_of
from tablecast.api.views import edge
from tablecast.domain import tables


@strawberry.type(description="Something that happened in a project. The feed has no gaps.")
class Event:
    sequence: Long = field(description="Its number in the project's feed, from 1.")
    type: str = field(description="What happened, such as TRAINING_FINISHED.")
    noun: Noun = field(description="What kind of thing it happened to.")
    message: str = field(description="More about it; may be empty.")
    created_at: datetime = field(description="When it was committed.")
    operation: Operation | None = edge(
        tables.Operation, "operation_id", "The operation that it belongs to, if any."
    )

    @strawberry.field(description="Id of what it happened to, which may be gone since.")
    def subject_id(self: Any) -> strawberry.ID:
        return global_id(SUBJECTS[self.noun][0], self.subject_id)

    @strawberry.field(description="What it happened to, as it is now; null if it is gone.")
    async def subject(self: Any, info: Asking) -> Subject | None:
        return await subject_of(self, info)

    @strawberry.field(description="`projectEvents(after:)` goes on after this event.")
    def cursor(self: Any) -> str:
        return feed_cursor(self.project_id, self.sequence)
