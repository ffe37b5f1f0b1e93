"""Arming: what happens at which point. A point is "before" or "after" of a call site, see `points`.

kill       nothing of the process runs again
freeze     the whole process stands still for longer than its leases last, then goes on; another runs
delay      this call goes on a while later
fail       the call is not made, and an error comes in its place
duplicate  the call is made twice
lose       the call is made, and an error comes in place of its answer
"""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from unittest.mock import patch

from tortoise import transactions as tortoise_transactions
from tortoise.exceptions import OperationalError

from tablecast.cluster.port import Call, Kind, Listing, Manifest, Response, Versions, WatchEvent
from tablecast.domain import transactions
from tablecast.errors import Unreachable
from tablecast.outbound import relay
from tests.failpoints.seams import caller

Action = Literal["kill", "freeze", "delay", "fail", "duplicate", "lose"]
Side = Literal["before", "after"]
DELAY_SECONDS = 5.0


@dataclass(frozen=True)
class Armed:
    """What happens at the `hit`-th time that a point is reached; with `times`, so often in a row."""

    action: Action
    hit: int = 1
    times: int = 1

    def now(self, hits: int) -> bool:
        """Whether it is its turn."""
        return self.hit <= hits < self.hit + self.times


@dataclass
class Failpoints:
    """Counts how often each point is reached; does there what it was armed with.

    `kill` ends the process that runs at this moment, and does not return in it; `freeze` returns in it when
    it goes on. `losing` is a verb, and that each so-many-th of its answers is lost.
    """

    kill: Callable[[], Awaitable[None]]
    freeze: Callable[[], Awaitable[None]]
    armed: dict[str, Armed] = field(default_factory=dict)
    hits: Counter[str] = field(default_factory=Counter)
    done: list[str] = field(default_factory=list)
    losing: tuple[str, int] = ("", 0)
    _answers: int = 0

    def arm(self, point: str, armed: Armed) -> None:
        """From now on, counting hits anew."""
        self.armed[point] = armed
        self.hits[point] = 0

    async def at(self, side: Side, site: str, fault: Exception) -> bool:
        """A point is reached; raise `fault` where that was armed. True: do it once more."""
        point = f"{side} {site}"
        self.hits[point] += 1
        self._perhaps_lose(side, site, fault)
        armed = self.armed.get(point)
        if armed is None or not armed.now(self.hits[point]):
            return False
        self.done.append(point)
        match armed.action:
            case "kill":
                await self.kill()
            case "freeze":
                await self.freeze()
            case "delay":
                await asyncio.sleep(DELAY_SECONDS)
            case "fail" | "lose":
                raise fault
        return armed.action == "duplicate"

    def _perhaps_lose(self, side: Side, site: str, fault: Exception) -> None:
        verb, every = self.losing
        if side == "after" and site.rpartition(" ")[2] == verb:
            self._answers += 1
            if self._answers % every == 0:
                self.done.append(f"{side} {site}")
                raise fault


class Port:
    """A cluster, every call to which goes through two failpoints."""

    def __init__(self, cluster: Any, points: Failpoints) -> None:
        self._cluster = cluster
        self._points = points

    # Each reads its caller's frame as it is called, and not when it is awaited: by then a task may run it.
    def apply(self, manifest: Manifest, **more: Any) -> Awaitable[Manifest]:
        return self._through("apply", lambda: self._cluster.apply(manifest, **more))

    def create(self, manifest: Manifest, **more: Any) -> Awaitable[Manifest]:
        return self._through("create", lambda: self._cluster.create(manifest, **more))

    def get(self, kind: Kind, namespace: str, name: str) -> Awaitable[Manifest]:
        return self._through("get", lambda: self._cluster.get(kind, namespace, name))

    def delete(self, kind: Kind, namespace: str, name: str, **more: Any) -> Awaitable[None]:
        return self._through("delete", lambda: self._cluster.delete(kind, namespace, name, **more))

    def list(self, kind: Kind, **asked: Any) -> Awaitable[Listing]:
        return self._through("list", lambda: self._cluster.list(kind, **asked))

    def versions(self, kind: Kind, **asked: Any) -> Awaitable[Versions]:
        return self._through("versions", lambda: self._cluster.versions(kind, **asked))

    def watch(self, kind: Kind, **asked: Any) -> AsyncIterator[WatchEvent]:
        return self._watch(f"{caller(sys._getframe(1))} watch", kind, asked)

    def logs(self, *asked: Any, **more: Any) -> AsyncIterator[bytes]:
        raise NotImplementedError("no room of the server reads logs through the port")

    def request(self, call: Call) -> AbstractAsyncContextManager[Response]:
        return self._request(f"{caller(sys._getframe(1))} request", call)

    async def _watch(
        self, site: str, kind: Kind, asked: dict[str, Any]
    ) -> AsyncIterator[WatchEvent]:
        await self._points.at("before", site, _unreachable())
        async for event in self._cluster.watch(kind, **asked):
            if await self._points.at("after", site, _unreachable()):
                yield event
            yield event

    @asynccontextmanager
    async def _request(self, site: str, call: Call) -> AsyncIterator[Response]:
        if await self._points.at("before", site, _unreachable()):
            async with self._cluster.request(call):
                pass
        async with self._cluster.request(call) as response:
            await self._points.at("after", site, _unreachable())
            yield response

    def _through(self, method: str, call: Callable[[], Awaitable[Any]]) -> Awaitable[Any]:
        return _doubly(self._points, f"{caller(sys._getframe(2))} {method}", call, _unreachable)


async def _doubly(
    points: Failpoints,
    site: str,
    call: Callable[[], Awaitable[Any]],
    fault: Callable[[], Exception],
) -> Any:
    if await points.at("before", site, fault()):
        await call()
    answer = await call()
    await points.at("after", site, fault())
    return answer


def _unreachable() -> Exception:
    return Unreachable("connection reset by peer")


def _lost_connection() -> Exception:
    return OperationalError("(2013, 'Lost connection to MySQL server during query')")


class _Transaction:
    """A transaction's context, with a point before its commit and one after it."""

    def __init__(self, points: Failpoints) -> None:
        self._points = points
        self._context: Any = tortoise_transactions.in_transaction()
        self._site = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    async def __aenter__(self) -> Any:
        self._site = f"{caller(sys._getframe(1))} commit"
        return await self._context.__aenter__()

    async def __aexit__(self, *raised: Any) -> Any:
        if raised[0] is not None:
            return await self._context.__aexit__(*raised)
        try:
            await self._points.at("before", self._site, _lost_connection())
        except BaseException as error:
            await self._context.__aexit__(type(error), error, error.__traceback__)
            raise
        await self._context.__aexit__(None, None, None)
        await self._points.at("after", self._site, _lost_connection())
        return None


@contextmanager
def placed(points: Failpoints) -> Iterator[None]:
    """Have the failpoints of commits and marks in place while the context lasts."""

    def mark(function: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        def through(*args: Any) -> Awaitable[Any]:
            site = f"{caller(sys._getframe(1))} {function.__name__}"
            return _doubly(points, site, lambda: function(*args), _lost_connection)

        return through

    with ExitStack() as stack:
        opened = patch.object(transactions, "in_transaction", lambda: _Transaction(points))
        stack.enter_context(opened)
        for function in (relay.mark, relay.renew):
            stack.enter_context(patch.object(relay, function.__name__, mark(function)))
        yield
