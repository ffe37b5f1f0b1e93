"""What retention costs: rows removed a second on MariaDB, and what a mutation beside it waits longer."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from tablecast.domain.identity import first_id, new_id
from tablecast.domain.migrations import upgrade
from tablecast.domain.retention import forget_events, forget_operations
from tablecast.domain.states import Noun, OperationState, Verb
from tablecast.domain.tables import Event, Operation, Project
from tablecast.domain.uploads import create_upload
from tablecast.settings import Limits, Settings
from tests.database.mariadb import private_mariadb
from tests.domain.world import ANN, MIGRATIONS, a_project, open_world

ROWS = 50_000
OLD = datetime.now(UTC) - timedelta(days=200)
LIMITS = Limits()
SETTINGS = Settings()


async def main() -> None:
    """Print rows a second, and a mutation's p50 and p99 without and beside it."""
    with TemporaryDirectory() as folder, private_mariadb() as url:
        await upgrade(url, MIGRATIONS)
        async with open_world(Path(folder), url):
            await _measure(await a_project())


async def _measure(project: Project) -> None:
    alone = await _mutations(project, lambda: asyncio.sleep(5))
    await _fill(project)
    now, batch = datetime.now(UTC), SETTINGS.housekeeping_batch
    removed = 0

    async def retention() -> None:
        nonlocal removed
        removed += await forget_operations(now, SETTINGS.keep_operations_seconds, batch)
        removed += await forget_events(now, SETTINGS.keep_events_seconds, LIMITS.events_kept, batch)

    began = time.monotonic()
    beside = await _mutations(project, retention)
    rate = removed / (time.monotonic() - began)
    print(f"{removed:,} rows removed, {rate:,.0f} a second")
    for name, took in (("alone", alone), ("beside it", beside)):
        cuts = quantiles(took, n=100)
        print(
            f"a mutation {name:9}  p50 {cuts[49]:5.1f} ms  p99 {cuts[98]:5.1f} ms  of {len(took)}"
        )


async def _fill(project: Project) -> None:
    """As many settled operations of things that are gone, and as many old events."""
    for start in range(0, ROWS, 5_000):
        numbers = range(start, start + 5_000)
        await Operation.bulk_create([_operation(project, number) for number in numbers])
        await Event.bulk_create([_event(project, number) for number in numbers])


def _id_of(number: int) -> str:
    return first_id(OLD + timedelta(seconds=number))[:8] + new_id()[8:]


def _operation(project: Project, number: int) -> Operation:
    return Operation(
        id=_id_of(number),
        project_id=project.id,
        verb=Verb.UPDATE,
        noun=Noun.MODEL,
        subject_id=new_id(),
        state=OperationState.OBSERVED,
        requested_by="ann",
        settled_at=OLD,
        intent={"spec": "x" * 4_000},
    )


def _event(project: Project, number: int) -> Event:
    return Event(
        id=_id_of(number),
        project_id=project.id,
        # Before the feed's own numbers.
        sequence=number - 10 * ROWS,
        type="OLD",
        noun=Noun.PROJECT,
        subject_id=project.id,
    )


async def _mutations(project: Project, beside: Callable[[], Awaitable[None]]) -> list[float]:
    """Milliseconds that each mutation took while something else went on."""
    task = asyncio.ensure_future(beside())
    took = []
    while not task.done():
        began = time.monotonic()
        await create_upload(ANN, project.id, "a.csv", 1, None, LIMITS)
        took.append((time.monotonic() - began) * 1_000)
        await asyncio.sleep(0.01)
    await task
    return took
