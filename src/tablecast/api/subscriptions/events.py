"""Following a project's feed, event by event, from a cursor on: without a gap, or with a Resync."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any, TypeAlias

import strawberry
from strawberry import field

from tablecast import live
from tablecast.api.context import Context
from tablecast.api.feedcursors import feed_cursor, sequence_after
from tablecast.api.subscriptions.rows import LOOK_SECONDS
from tablecast.api.types.events import Event
from tablecast.domain import feed, tables
from tablecast.domain.projects import require

BATCH = 100


@strawberry.type(description="The next events of a project's feed, without a gap.")
class EventBatch:
    events: list[Event] = field(description="Oldest first, at most 100; none in the first message.")
    cursor: str = field(description="Where the feed is after these: pass it as `after` to go on.")


@strawberry.type(
    description="Events after your cursor are no longer kept: read what you show afresh. "
    "The subscription goes on from the new cursor."
)
class Resync:
    cursor: str = field(description="Where the feed is now.")


FeedMessage: TypeAlias = Annotated[
    EventBatch | Resync,
    strawberry.union(
        name="FeedMessage", description="The next events, or that some can no longer be had."
    ),
]


async def follow_events(
    context: Context, project_id: str, after: str | None
) -> AsyncGenerator[Any, None]:
    """Yield batches and resyncs for ever; raises `Mistake` at once, or when a membership ends."""
    await require(context.asked(), project_id)
    with live.hub.subscribe(project_id) as subscription:
        position = _Position(project_id)
        if after is None:
            position.sequence = await feed.newest(project_id)
        else:
            position.sequence = sequence_after(after, project_id)
            if not await position.is_kept():
                yield await position.resync()
        yield position.batch([])
        while True:
            events = await feed.after(project_id, position.sequence, BATCH)
            context.refresh()
            await require(context.asked(), project_id)
            if not events:
                await subscription.take(LOOK_SECONDS)
            elif events[0].sequence != position.sequence + 1:
                yield await position.resync()
            else:
                yield position.batch(events)


class _Position:
    """Where one subscriber is in a feed."""

    def __init__(self, project_id: str) -> None:
        self.project_id = project_id
        self.sequence = 0

    async def is_kept(self) -> bool:
        """Whether everything after here can still be had."""
        newest = await feed.newest(self.project_id)
        oldest = await feed.oldest(self.project_id)
        return self.sequence == newest or 0 < oldest <= self.sequence + 1 <= newest

    async def resync(self) -> Resync:
        self.sequence = await feed.newest(self.project_id)
        return Resync(cursor=self.cursor)

    def batch(self, events: list[tables.Event]) -> EventBatch:
        if events:
            self.sequence = events[-1].sequence
        shown: Any = events
        return EventBatch(events=shown, cursor=self.cursor)

    @property
    def cursor(self) -> str:
        return feed_cursor(self.project_id, self.sequence)
