"""Pod and Workflow events projected into rows a second, on SQLite and on MariaDB.

What real controllers did for a training that succeeded is told of many trainings at once, an event of
each in turn; none is merged with the next, each is looked at, and what is news is written.
"""

import asyncio
import tempfile
import time
from pathlib import Path

from tablecast.domain.migrations import upgrade
from tablecast.domain.tables import Attempt, Event, Sighting, Training
from tablecast.inbound.kinds import WATCHED
from tablecast.inbound.projection import Projection
from tablecast.inbound.signals import Signals
from tablecast.inbound.workers import Workers
from tests.database import mariadb
from tests.domain.world import MIGRATIONS, a_project, a_training, a_version, open_world
from tests.inbound.recordings import Recorded, events, labelled
from tests.inbound.telling import attempt_named, labels_of

PROJECTS, TRAININGS_EACH = 10, 20
# What the recorded Workflow is called.
NAME = "t1"


async def main() -> None:
    """Print events a second for each database, and how many writes they were."""
    with tempfile.TemporaryDirectory() as folder:
        if not mariadb.available():
            print("MariaDB  skipped: mariadb-server is not installed")
        else:
            with mariadb.private_mariadb() as url:
                # In a loop of its own, before any database is open here.
                await asyncio.to_thread(asyncio.run, upgrade(url, MIGRATIONS))
                await _measure("MariaDB", Path(folder), url)
        await _measure("SQLite ", Path(folder))


async def _measure(database: str, folder: Path, url: str = "") -> None:
    async with open_world(folder, url):
        streams = [
            await _stream(training)
            for number in range(PROJECTS)
            for training in await _trainings(f"project-{number}")
        ]
        before = await Event.all().count()
        began = time.perf_counter()
        for turn in zip(*streams, strict=True):
            await _tell(turn)
        seconds = time.perf_counter() - began
        assert await Attempt.filter(state="RECORDING").count() == len(streams)
        told = sum(len(stream) for stream in streams)
        pods = await Sighting.filter(kind="Pod").count()
        lines = await Event.all().count() - before
    print(f"{database}  {told / seconds:6,.0f} events a second", end="  ")
    print(f"({told:,} of {len(streams)} trainings and {pods} pods, {lines:,} lines of feeds)")


async def _trainings(project: str) -> list[Training]:
    version = await a_version(await a_project(name=project))
    return [await a_training(version, name=f"t-{one}") for one in range(TRAININGS_EACH)]


async def _stream(training: Training) -> list[Recorded]:
    """The recording, as if it were of this training's Workflow and pods."""
    name = f"{NAME}{training.id}"
    await attempt_named(training, name)
    recorded = labelled(events("success"), await labels_of(training), training.project_id)
    for one in recorded:
        metadata = one.object["metadata"]
        metadata["name"] = metadata["name"].replace(NAME, name, 1)
        for named in (metadata, *metadata.get("ownerReferences", [])):
            named["uid"] += training.id
    return recorded


async def _tell(turn: tuple[Recorded, ...]) -> None:
    """One event of each training, side by side as an informer's workers do it."""
    async with asyncio.TaskGroup() as group:
        signals = Signals()
        workers = {
            watched.kind.kind: Workers(group, Projection(watched, signals).project)
            for watched in WATCHED
        }
        for one in turn:
            workers[one.kind].offer(one.change)
