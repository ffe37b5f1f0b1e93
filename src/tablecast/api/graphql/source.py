"""One source: a subscription that runs once, however many listen, each delivery executed and encoded once.

It keeps its newest payload alone. Each listener takes that when its socket has room, so a slow one leaves
payloads out, holds up nobody and costs nothing; a payload that it has had already it is not sent again.
The source goes on only while somebody waits for more.

Who comes later is shown what was read after they came, never an older payload: they ask for a renewal,
which comes in the one sequence of executions, so that nobody misses a change or sees a step back.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

from graphql import GraphQLError
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.utils.aio import aclosing

from tablecast.api.graphql.wire import encode, payload_of
from tablecast.live import Renewal, Signal
from tablecast.metering import DROPPED, SOURCES

Results = AsyncGenerator[Any, None]


class Refused(Exception):
    """The document was refused before it ran: each who asked is told by an execution of its own."""


class Source:
    """A running subscription; `join` it, and `leave` it for certain."""

    def __init__(self, start: Callable[[], Awaitable[Results]], renewal: Renewal) -> None:
        self.payload = ""
        self.version = 0
        self.shown = 0
        self.ended = False
        self.failure: Exception | None = None
        self._renewal = renewal
        self._listeners: set[Listener] = set()
        self._waiting: dict[Listener, asyncio.Future[None]] = {}
        self._wanted = Signal()
        self._task = asyncio.create_task(self._run(start))

    def join(self) -> "Listener":
        """Listen from now on; the first payload is read after this."""
        # The first of all needs no renewal: everything is read after it came.
        listener = Listener(self, self._renewal.ask() if self._listeners else 0)
        self._listeners.add(listener)
        return listener

    def leave(self, listener: "Listener") -> bool:
        """Stop listening; True where that was the last one, who must `close` the source."""
        self._listeners.discard(listener)
        return not self._listeners

    async def close(self) -> None:
        """End what runs, and wait for its end."""
        self._task.cancel()
        await asyncio.wait([self._task])

    async def change(self, listener: "Listener") -> None:
        """Wait until there is something for this listener."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting[listener] = waiter
        self._wanted.set()
        try:
            await waiter
        finally:
            self._waiting.pop(listener, None)

    async def _run(self, start: Callable[[], Awaitable[Results]]) -> None:
        try:
            with SOURCES.track_inprogress():
                async with aclosing(await start()) as results:
                    async for result in results:
                        self._show(result)
                        await self._until_wanted()
        except Exception as exc:
            self.failure = exc
        self.ended = True
        self._wake()

    def _show(self, result: object) -> None:
        if isinstance(result, PreExecutionError):
            raise Refused
        assert isinstance(result, ExecutionResult)
        payload = encode(_shareable(payload_of(result))).decode()
        self.shown = self._renewal.begun
        if payload != self.payload:
            self.payload = payload
            self.version += 1
        self._wake()

    def _wake(self) -> None:
        for listener in [each for each in self._waiting if each.ready]:
            waiter = self._waiting.pop(listener)
            if not waiter.done():
                waiter.set_result(None)

    async def _until_wanted(self) -> None:
        while not self._waiting:
            await self._wanted.wait()


class Listener:
    """One subscriber's place at a source: which payload it has had."""

    def __init__(self, source: Source, ticket: int) -> None:
        self._source = source
        self._ticket = ticket
        self._had = 0

    @property
    def served(self) -> bool:
        """Whether the newest payload was read after this listener came."""
        return self._source.shown >= self._ticket

    @property
    def ready(self) -> bool:
        """Whether there is something to take, or an end."""
        return self._source.ended or (self.served and self._source.version > self._had)

    async def next(self) -> str | None:
        """Return the newest payload not yet had; None at the end. Raises what ended the source."""
        source = self._source
        if not self.ready:
            await source.change(self)
        if self.served and source.version > self._had:
            if self._had:
                DROPPED.inc(source.version - self._had - 1)
            self._had = source.version
            return source.payload
        if isinstance(source.failure, Refused):
            raise Refused
        if source.failure is not None:
            raise GraphQLError(str(source.failure), original_error=source.failure)
        return None


def _shareable(payload: dict[str, Any]) -> dict[str, Any]:
    # Places in a document that each of them may have spaced in another way.
    for error in payload.get("errors", ()):
        error.pop("locations", None)
    return payload
