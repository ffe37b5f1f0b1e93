"""Following one row: its snapshot first, then its newest state whenever something of it changed."""

from collections.abc import AsyncGenerator
from typing import Any

from tablecast import live
from tablecast.api.context import Context
from tablecast.api.loaders import project_of
from tablecast.domain import feed
from tablecast.domain.access import not_found
from tablecast.domain.operations import require_operation
from tablecast.domain.states import Noun
from tablecast.domain.tables import Operation, Row
from tablecast.errors import NotFound

# A lost signal costs no more than this.
LOOK_SECONDS = 15.0


async def follow(
    context: Context, table: type[Row], noun: Noun, row_id: str
) -> AsyncGenerator[Row | None, None]:
    """Yield a row, again after each change or renewal, and None once when it is gone; then the end.

    Raises `NotFound` for a stranger, at once or as soon as the asker became one.
    """
    context.renewal.begin()
    row = await _visible(context, table, row_id)
    if row is None:
        raise not_found(noun, row_id)
    project_id = project_of(row)
    # The project is followed too: a membership may end.
    subjects = frozenset({(str(noun), row_id), (str(Noun.PROJECT), project_id)})
    with live.hub.subscribe(project_id, subjects, context.renewal) as subscription:
        shown = -1
        changed, last = True, row.updated_at
        while True:
            renewed = context.renewal.begin()
            newest = await feed.newest(project_id)
            row = await _look(context, table, noun, row_id, project_id)
            if changed or renewed or row is None or row.updated_at != last:
                # What was committed up to the number read before the row is in the row.
                shown = newest
                yield row
            if row is None:
                return
            last = row.updated_at
            changes = await subscription.take(LOOK_SECONDS)
            changed = any(
                change.subject_id == row_id and change.sequence > shown for change in changes
            )


async def _look(
    context: Context, table: type[Row], noun: Noun, row_id: str, project_id: str
) -> Row | None:
    context.refresh()
    row = await _visible(context, table, row_id)
    if row is None and await context.loaders.role(project_id) is None:
        raise not_found(noun, row_id)
    return row


async def _visible(context: Context, table: type[Row], row_id: str) -> Any:
    if table is Operation:
        try:
            return await require_operation(context.asked(), row_id)
        except NotFound:
            # Not theirs, or removed for its age while it was followed.
            return None
    return await context.loaders.row(table, row_id)
