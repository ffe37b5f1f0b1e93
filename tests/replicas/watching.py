"""Following things on every replica at once, and reading what replicas say."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

from tablecast_demo.session import Answer, Session
from tests.end_to_end.documents import FOLLOW_EVENTS

DONE = ("APPLIED", "OBSERVED", "SUPERSEDED")

OPERATIONS = """
query ($id: ID!, $after: String) {
  project(id: $id) {
    operations(first: 100, after: $after) {
      nodes { id verb noun subjectId state tries lastError }
      pageInfo { hasNextPage endCursor }
    }
  }
}"""


class Followed:
    """One project's feed as one replica tells it: its lines in the order in which they came."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.resyncs = 0

    @property
    def numbers(self) -> list[int]:
        """The lines' numbers."""
        return [line["sequence"] for line in self.lines]

    async def run(self, session: Session, project: str) -> None:
        """Follow it for ever."""
        async for batch in session.follow(FOLLOW_EVENTS, id=project):
            self.lines += batch.get("events", [])
            self.resyncs += "events" not in batch


@asynccontextmanager
async def feeds(sessions: list[Session], project: str) -> AsyncIterator[list[Followed]]:
    """A project's feed as every replica tells it while the context lasts."""
    followed = [Followed() for _ in sessions]
    tasks = [
        asyncio.create_task(one.run(session, project))
        for one, session in zip(followed, sessions, strict=True)
    ]
    try:
        yield followed
        assert not any(task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def operations(session: Session, project: str) -> list[Answer]:
    """All operations of a project."""
    found: list[Answer] = []
    after: str | None = None
    while True:
        answer = await session.query(OPERATIONS, id=project, after=after)
        page = answer["project"]["operations"]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


async def carried_out(session: Session, project: str) -> list[Answer]:
    """All operations of a project once each, or a newer one in its place, has reached the cluster."""
    left: list[Answer] = []

    async def look() -> list[Answer]:
        found = await operations(session, project)
        left[:] = [one for one in found if one["state"] not in DONE]
        return [] if left else found

    return cast("list[Answer]", await until(look, "all operations to be carried out", left))


async def until(
    look: Callable[[], Awaitable[Any]], what: str, left: object = "", seconds: float = 60.0
) -> Any:
    """What `look` finds as soon as it is true; `left` is shown where it never is."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not (found := await look()):
        assert loop.time() < end, f"waited {seconds} s for {what}: {left}"
        await asyncio.sleep(0.02)
    return found
