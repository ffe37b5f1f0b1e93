"""The world's own clock, randomness and SQLite put in the place of the machine's, while a context lasts."""

import asyncio
import random
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from uuid import UUID

import aiosqlite
import tortoise.timezone

from tests.simulation.loop import SimulatedLoop

# Simulated time begins here.
EPOCH = 1_800_000_000.0
ROOMS = ("domain", "outbound", "inbound", "clients", "cluster", "live")


class _Real(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, datetime)


def _clock(loop: SimulatedLoop) -> dict[str, Any]:
    class Datetime(datetime, metaclass=_Real):
        """Makes real ones, but that their present is the loop's."""

        def __new__(cls, *parts: Any, **more: Any) -> Any:
            return datetime(*parts, **more)  # noqa: DTZ001 -- a zone may be among them

        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.fromtimestamp(EPOCH + loop.time(), tz or UTC)

    clock = SimpleNamespace(
        time=lambda: EPOCH + loop.time(),
        time_ns=lambda: int((EPOCH + loop.time()) * 1e9),
        monotonic=loop.time,
        perf_counter=loop.time,
        sleep=time.sleep,
        strftime=time.strftime,
        gmtime=time.gmtime,
    )
    return {"datetime": Datetime, "time": clock}


def _randomness(chance: random.Random) -> dict[str, Any]:
    secrets = SimpleNamespace(
        token_hex=lambda size=16: f"{chance.getrandbits(8 * size):0{2 * size}x}",
        randbits=chance.getrandbits,
    )
    return {
        "random": chance,
        "secrets": secrets,
        "uuid4": lambda: UUID(int=chance.getrandbits(128), version=4),
    }


@contextmanager
def simulated(loop: SimulatedLoop, chance: random.Random) -> Iterator[None]:
    """Replace them in every module of the server."""
    instead = _clock(loop) | _randomness(chance)
    with ExitStack() as stack:
        for name, module in list(sys.modules.items()):
            if name.startswith("tablecast.") and name.split(".")[1] in ROOMS:
                for attribute in sorted(instead.keys() & vars(module).keys()):
                    stack.enter_context(patch.object(module, attribute, instead[attribute]))
        now = instead["datetime"].now
        stack.enter_context(patch.object(tortoise.timezone, "now", lambda: now(UTC)))
        for method in ("_execute", "__await__", "stop"):
            own = {"_execute": _execute, "__await__": _await, "stop": _stop}[method]
            stack.enter_context(patch.object(aiosqlite.Connection, method, own))
        yield


async def _execute(self: Any, function: Any, *args: Any, **kwargs: Any) -> Any:
    """A turn of the loop before each statement, and none of another thread's."""
    await asyncio.sleep(0)
    return function(*args, **kwargs)


def _await(self: Any) -> Any:
    async def opened() -> Any:
        self._connection = self._connector()
        return self

    return opened().__await__()


def _stop(self: Any) -> asyncio.Future[None]:
    if self._connection is not None:
        connection: sqlite3.Connection = self._connection
        connection.close()
        self._connection = None
    self._running = False
    done = asyncio.get_event_loop().create_future()
    done.set_result(None)
    return done
