"""Workers: one an object's UID, each with one slot for the newest change.

Changes of one object are looked at one after the other; a slow look skips what was overtaken, and
holds up no other object. A change that cannot be looked at is tried again, then left to the next event;
one that the database cannot take now is kept until it can.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from tablecast.domain.retrying import Pauses
from tablecast.errors import DatabaseUnavailable
from tablecast.inbound.changes import Change, merged
from tablecast.metering import MERGED

log = logging.getLogger(__name__)

Handle = Callable[[Change], Awaitable[None]]

# More would only queue for the database.
AT_ONCE = 8
# What does not pass within these is a defect; the database's faults are not counted.
TRIES = 6
# Seconds.
FIRST_PAUSE = 0.05
LONGEST_PAUSE = 5.0


class Workers:
    """Looks at changes within the task group that it is given."""

    def __init__(self, group: asyncio.TaskGroup, handle: Handle) -> None:
        self._group = group
        self._handle = handle
        self._slots: dict[str, Change] = {}
        self._busy: set[str] = set()
        self._room = asyncio.Semaphore(AT_ONCE)

    @property
    def busy(self) -> bool:
        """Whether any change is being looked at, or waits for it."""
        return bool(self._busy)

    def offer(self, change: Change) -> None:
        """Have `change` looked at, in place of an older one of the same object."""
        if change.uid in self._slots:
            MERGED.labels("worker").inc()
        self._slots[change.uid] = merged(self._slots.get(change.uid), change)
        if change.uid not in self._busy:
            self._busy.add(change.uid)
            self._group.create_task(self._work(change.uid), name=f"worker {change.uid}")

    async def _work(self, uid: str) -> None:
        try:
            while uid in self._slots:
                async with self._room:
                    await self._look(self._slots.pop(uid))
        finally:
            self._busy.discard(uid)

    async def _look(self, change: Change) -> None:
        failures, pauses = 0, Pauses(FIRST_PAUSE, LONGEST_PAUSE)
        while failures < TRIES:
            try:
                await self._handle(change)
                return
            except DatabaseUnavailable as error:
                # However long that lasts: the next event of this object may be days away.
                log.warning("object %s is looked at again: %s", change.uid, error)
            except Exception:
                # Whatever it is, one object must not end the loop for all others.
                failures += 1
                log.exception("looking at object %s failed (%d)", change.uid, failures)
            if change.uid in self._slots:
                return
            await pauses.pause()
