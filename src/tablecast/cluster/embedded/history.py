"""What happened lately, for watches: a bounded window of events a kind.

A watch is a position in the window, never a queue of its own, so a slow watcher costs nothing and
learns by `VersionGone` that it must list again.
"""

import asyncio
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson

from tablecast.cluster.embedded.selectors import Labels, Selector
from tablecast.cluster.port import WatchEvent
from tablecast.errors import VersionGone


@dataclass(frozen=True)
class Change:
    """One write: type is ADDED, MODIFIED or DELETED; `body` is the object after it, encoded."""

    version: int
    type: str
    namespace: str
    body: bytes
    labels: Labels
    labels_before: Labels

    def seen_by(self, namespace: str, selector: Selector) -> WatchEvent | None:
        """Return the event as a watch with that selector sees it: an object may leave or enter."""
        if namespace and namespace != self.namespace:
            return None
        before = self.type != "ADDED" and selector.matches(self.labels_before)
        after = self.type != "DELETED" and selector.matches(self.labels)
        if not before and not after:
            return None
        kind = "DELETED" if not after else "MODIFIED" if before else "ADDED"
        return WatchEvent(kind, orjson.loads(self.body))


class Window:
    """The last `size` changes of one kind, and who waits for the next."""

    def __init__(self, size: int, start: int) -> None:
        self._changes: deque[Change] = deque()
        self._size = size
        self._forgotten = start
        self._waiting: set[asyncio.Future[None]] = set()

    def add(self, change: Change) -> None:
        """Remember a change and wake whoever waits."""
        self._changes.append(change)
        if len(self._changes) > self._size:
            self._forgotten = self._changes.popleft().version
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    def after(self, version: int, limit: int = 500) -> list[Change]:
        """Return up to `limit` changes after `version`; `VersionGone` where some are forgotten."""
        if version < self._forgotten:
            raise VersionGone(f"too old resource version: {version}", 410, "Expired")
        start = bisect_right(self._changes, version, key=_version)
        return list(islice(self._changes, start, start + limit))

    async def changed(self, seconds: float) -> bool:
        """Wait for the next change, at most `seconds`; False where none came."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        try:
            async with asyncio.timeout(seconds):
                await waiter
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(waiter)
        return True


def _version(change: Change) -> Any:
    return change.version
