"""Retrying: what a fault of the database undid is done again, for as long as somebody waits for it."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from tablecast import tracing
from tablecast.errors import CommitUnknown, DatabaseUnavailable

log = logging.getLogger(__name__)

ResultT = TypeVar("ResultT")

# Seconds. Shorter, and people see each restart of the database; longer, and those who ask, and load
# balancers on the way, have given up before the answer comes.
PATIENCE = 10.0
# Two that collided must not meet again in step; a database that comes back is not overrun.
FIRST_PAUSE = 0.02
LONGEST_PAUSE = 0.5


class Pauses:
    """Pauses that grow to a bound, with full jitter."""

    def __init__(self, first: float = FIRST_PAUSE, longest: float = LONGEST_PAUSE) -> None:
        self._bound = first
        self._longest = longest

    async def pause(self) -> None:
        """Sleep for the next one."""
        await asyncio.sleep(random.uniform(0.0, self._bound))
        self._bound = min(self._longest, self._bound * 2)


async def again(act: Callable[[], Awaitable[ResultT]]) -> ResultT:
    """Run `act`, a whole transaction, until no fault ends it; see `patiently`."""
    return await patiently(partial(_traced, act))


async def patiently(act: Callable[[], Awaitable[ResultT]]) -> ResultT:
    """Run `act`, a transaction's beginning or a statement, until no fault ends it, for `PATIENCE` seconds.

    Raises `CommitUnknown` at once: done again, it might be done twice.
    """
    until = time.monotonic() + PATIENCE
    pauses = Pauses()
    while True:
        try:
            return await act()
        except CommitUnknown:
            raise
        except DatabaseUnavailable as error:
            if time.monotonic() >= until:
                raise
            log.debug("done again: %s", error)
        await pauses.pause()


async def _traced(act: Callable[[], Awaitable[ResultT]]) -> ResultT:
    # Each try in a span of its own: the operation of one that was undone is nobody's work.
    with tracing.span("transaction") as span:
        result = await act()
    tracing.note_operation(span.operation_id)
    return result
