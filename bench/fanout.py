"""What a websocket message costs: 200 subscribers of one training that changes ten times a second.

Once they ask alike, so that each change is executed and encoded once; once each under a name of its own,
so that each subscriber has an execution of its own. Processor time is the server's alone: the subscribers
are a process of their own. A server that cannot keep up delivers fewer, newer messages.
"""

import asyncio
import json
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from bench.lists import application
from tablecast.cluster.embedded.cluster import EmbeddedCluster
from tablecast.domain.database import database
from tablecast.domain.deeds import SYSTEM, Asked, deed
from tablecast.domain.feed import local_feed
from tablecast.domain.states import Noun
from tablecast.domain.tables import Training
from tablecast.settings import Settings
from tests.api.rows import gid, whole
from tests.api.serving import served

SUBSCRIBERS = 200
CHANGES = 100
PAUSE_SECONDS = 0.1


async def main() -> None:
    """Print processor time a message and delays, asked alike and apart, and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            database=f"sqlite://{folder}/bench.db",
            cluster="embedded",
            secret="b" * 32,
            anonymous="developer",
        )
        cluster = EmbeddedCluster(Path(folder))
        async with database(settings.database):
            training = (await whole(Asked("developer"))).training
            tailing = asyncio.create_task(local_feed(settings.feed_seconds).run())
            async with served(application(settings, cluster)) as address:
                shared = await _microseconds(address, training, "alike")
                unshared = await _microseconds(address, training, "apart")
            tailing.cancel()
            await asyncio.wait([tailing])
        cluster.close()
    print(f"shared is {unshared / shared:.1f}× cheaper a message")


async def _microseconds(address: str, training: Training, how: str) -> float:
    await Training.filter(id=training.id).update(message="")
    listeners = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.listeners"),
        *(address, gid(training), str(SUBSCRIBERS), how),
        stdin=PIPE,
        stdout=PIPE,
    )
    assert listeners.stdout is not None
    assert await listeners.stdout.readline() == b"ready\n"
    began, at = time.process_time(), time.monotonic()
    await _change(training)
    spent, passed = time.process_time() - began, time.monotonic() - at
    count, median, worst = await _heard(listeners)
    cost = spent * 1e6 / count
    print(
        f"asked {how}: {cost:5.0f} µs a message, {count} of {CHANGES * SUBSCRIBERS} messages",
        end="",
    )
    print(f", processor {spent / passed:4.0%}, delay {median:.0f} ms, p99 {worst:.0f} ms")
    return cost


async def _change(training: Training) -> None:
    """Change the training at a steady rate, and give the last change a second to arrive."""
    due = time.monotonic()
    for _ in range(CHANGES):
        async with deed(SYSTEM, training.project_id) as tx:
            await Training.filter(id=training.id).update(message=str(time.time()))
            tx.tell("TRAINING_UPDATED", Noun.TRAINING, training.id)
        due += PAUSE_SECONDS
        await asyncio.sleep(max(0.0, due - time.monotonic()))
    await asyncio.sleep(1)


async def _heard(listeners: Process) -> tuple[int, float, float]:
    # Even an empty input is what closes theirs.
    answer, _ = await listeners.communicate(b"")
    count, median, worst = json.loads(answer)
    return count, median, worst
