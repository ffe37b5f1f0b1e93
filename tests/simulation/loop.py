"""An event loop without a clock: time leaps to what is due next, and chance says what runs first."""

import asyncio
import heapq
import random
from collections.abc import Callable
from contextvars import ContextVar
from itertools import count
from typing import Any

# Whose work something is: the name of a replica, "" for the world's own.
REPLICA: ContextVar[str] = ContextVar("replica", default="")
# How often what is ready runs in another order than it became so.
SHUFFLED = 0.3


# Sets of futures and tasks are gone through in the order of their hashes, which are else their addresses.
_hashes = count()


class _Future(asyncio.Future[Any]):
    def __init__(self, *, loop: asyncio.AbstractEventLoop) -> None:
        self._hash = next(_hashes)
        super().__init__(loop=loop)

    def __hash__(self) -> int:
        return self._hash


class _Task(asyncio.Task[Any]):
    def __init__(self, coro: Any, **more: Any) -> None:
        self._hash = next(_hashes)
        super().__init__(coro, **more)

    def __hash__(self) -> int:
        return self._hash


def _task(loop: asyncio.AbstractEventLoop, coro: Any, **more: Any) -> asyncio.Task[Any]:
    return _Task(coro, loop=loop, **more)


class Stuck(AssertionError):
    """Everybody waits for somebody else."""


class SimulatedLoop(asyncio.BaseEventLoop):
    """Runs callbacks one at a time; what belongs to a killed replica never runs again."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.killed: set[str] = set()
        self.turns = 0
        self._chance = chance
        self._now = 0.0
        self._parked: list[asyncio.Handle] = []
        self.set_task_factory(_task)
        global _hashes
        _hashes = count()

    def time(self) -> float:
        """Simulated seconds since the beginning."""
        return self._now

    def create_future(self) -> asyncio.Future[Any]:
        """A future of which sets are the same at each run."""
        return _Future(loop=self)

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        """Run it at once: threads would bring a chance of their own."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future

    def revive(self) -> None:
        """Let what was killed go on, so that it can be taken apart in order when all is over."""
        self.killed.clear()
        self._ready.extend(self._parked)
        self._parked.clear()

    def thaw(self, replica: str) -> None:
        """Let what was only held go on where it was."""
        self.killed.discard(replica)
        held = [handle for handle in self._parked if _whose(handle) == replica]
        self._parked = [handle for handle in self._parked if _whose(handle) != replica]
        self._ready.extend(held)

    def _run_once(self) -> None:
        self._leap()
        self.turns += 1
        handle = self._next()
        if handle.cancelled():
            return
        if _whose(handle) in self.killed:
            self._parked.append(handle)
        else:
            handle._run()

    def _next(self) -> asyncio.Handle:
        if len(self._ready) > 1 and self._chance.random() < SHUFFLED:
            self._ready.rotate(-self._chance.randrange(len(self._ready)))
        handle: asyncio.Handle = self._ready.popleft()
        return handle

    def _leap(self) -> None:
        """Where nothing is ready, let it be when the next timer is due."""
        if not self._ready:
            if not self._scheduled:
                raise Stuck("nothing is ready, and nothing ever will be")
            self._now = max(self._now, self._scheduled[0]._when)
        while self._scheduled and self._scheduled[0]._when <= self._now:
            timer = heapq.heappop(self._scheduled)
            timer._scheduled = False
            self._ready.append(timer)

    def _write_to_self(self) -> None:
        """Nobody sleeps in a system call."""

    def _process_events(self, event_list: Any) -> None:
        """There are none."""


def _whose(handle: asyncio.Handle) -> str:
    return handle._context.get(REPLICA, "")
