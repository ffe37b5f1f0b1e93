"""Following over a websocket: a feed is taken up where it was left, a log is read while it grows."""

import asyncio
import time

from tablecast_demo.session import Session
from tests.end_to_end import documents, job
from tests.end_to_end.cluster import soon


class _Feed:
    """What one client read of a feed, over connections that end at any moment."""

    def __init__(self) -> None:
        self.cursor: str | None = None
        self.events: list[dict] = []

    @property
    def newest(self) -> int:
        """The number of the newest event read."""
        return self.events[-1]["sequence"] if self.events else 0

    @property
    def types(self) -> list[str]:
        """Types of the events read, oldest first."""
        return [event["type"] for event in self.events]

    async def read(self, session: Session, project: str, least: int) -> None:
        """Read on from the cursor until so many more events have come."""
        wanted = len(self.events) + least
        feed = session.follow(documents.FOLLOW_EVENTS, id=project, after=self.cursor)
        async for message in feed:
            self.cursor = message["cursor"]
            self.events += message["events"]
            if len(self.events) >= wanted:
                await feed.aclose()
                return
        raise AssertionError("the subscription ended")


async def test_a_feed_read_over_many_connections_has_no_gap_and_no_repeat(shared_machine):
    """A client whose websocket breaks all the time reads what one with a whole one reads."""
    async with asyncio.timeout(60), Session(shared_machine.url) as session:
        project = await job.project(session, "followed")
        whole, torn = _Feed(), _Feed()
        await whole.read(session, project, least=0)
        torn.cursor = whole.cursor
        reading = asyncio.create_task(_forever(session, project, whole))
        tearing = asyncio.create_task(_torn(shared_machine.url, project, torn))
        version = await job.ready_dataset(session, project)
        await job.trained_model(session, await job.training(session, version))
        newest = whole.newest
        await soon(20, lambda: torn.newest >= newest, "the torn feed to come as far")
        await _end({reading, tearing})
    first = whole.events[0]["sequence"]
    assert len(torn.events) > 20
    numbers = [event["sequence"] for event in torn.events]
    assert numbers == list(range(first, first + len(numbers)))
    both = min(len(torn.events), len(whole.events))
    assert torn.events[:both] == whole.events[:both]


async def _end(reading: set[asyncio.Task]) -> None:
    """Cancel until all have ended: while a connection opens or closes, `wait_for` may lose a cancel."""
    while reading:
        for task in reading:
            task.cancel()
        _, reading = await asyncio.wait(reading, timeout=1)


async def _forever(session: Session, project: str, feed: _Feed) -> None:
    while True:
        await feed.read(session, project, least=1)


async def _torn(url: str, project: str, feed: _Feed) -> None:
    """A new connection for each few events, and pauses in which others come."""
    while True:
        async with Session(url) as session:
            await feed.read(session, project, least=3)
        await asyncio.sleep(0.3)


async def test_a_feed_is_taken_up_where_it_was_left_though_the_server_was_killed(machine):
    """kill -9 of the server between: the same cursor goes on, with what came meanwhile."""
    feed = _Feed()
    async with asyncio.timeout(60):
        async with Session(machine.url) as session:
            project = await job.project(session, "cut-off")
            await feed.read(session, project, least=0)
            version = await job.ready_dataset(session, project)
            await feed.read(session, project, least=3)
            training = await job.training(session, version)
        machine.kill()
        machine.start()
        async with Session(machine.url) as session:
            await job.trained_model(session, training)
            while "TRAINING_FINISHED" not in feed.types:
                await feed.read(session, project, least=1)
    numbers = [event["sequence"] for event in feed.events]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    types = feed.types
    assert types.count("TRAINING_CREATED") == types.count("TRAINING_FINISHED") == 1


async def test_a_log_is_read_while_its_step_writes_it(shared_machine):
    """Parts of `train`'s log come while it runs; together they are the log as it stays."""
    parts: list[tuple[float, dict]] = []
    async with asyncio.timeout(90), Session(shared_machine.url) as session:
        version = await job.ready_dataset(session, await job.project(session, "logged"))
        training = await job.training(session, version, algorithm="AUTO", timeBudgetSeconds=8)
        place = {"id": training, "attempt": 1, "step": "TRAIN"}
        async for part in session.follow(documents.FOLLOW_LOG, **place):
            parts.append((time.monotonic(), part))
            if part["ended"]:
                ended = time.monotonic()
        await job.trained_model(session, training)
        kept = await session.query(documents.KEPT_LOG, id=training)
    with_text = [(at, part) for at, part in parts if part["text"]]
    step = kept["training"]["latestAttempt"]["steps"][2]
    assert "".join(part["text"] for _, part in parts) == step["log"]["text"] != ""
    assert len(with_text) > 1
    assert ended - with_text[0][0] > 2, "the first part came long before the end"
    assert [part["ended"] for _, part in parts] == [False] * (len(parts) - 1) + [True]
