"""The informer: keeps up with all objects of one kind, whatever the cluster's API does.

List once, then watch from there, with bookmarks. 410 in either form: list again, as one replacement,
in which what is missing was deleted. Silence, an end, a refused connection: watch again from the
newest version seen. A watch that ends at once and empty counts as an error. No end is for ever.
"""

import asyncio
import logging
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, cast

from tablecast import live
from tablecast.cluster.port import Cluster, Kind, WatchEvent
from tablecast.errors import (
    ClusterBusy,
    ClusterError,
    DatabaseUnavailable,
    Unreachable,
    VersionGone,
)
from tablecast.inbound.changes import Change, Changed, Gone
from tablecast.metering import RECONNECTS, RELISTS

log = logging.getLogger(__name__)

# UIDs that ought to be there, each with the resource version last seen ("" where none was).
Remembered = Callable[[], Awaitable[dict[str, str]]]
# Told when the cluster answers again after it did not.
Recovered = Callable[[], Awaitable[object]]


# With these a cluster that is away is asked at most ten times a minute and kind, and one that is
# back is noticed within ten seconds: full jitter or a longer bound would break one or the other.
GROWTH = 4.0
LEAST_SHARE = 0.9
# counted no further: beyond it every pause is the longest
MOST_ERRORS = 20


@dataclass(frozen=True)
class Timing:
    """Seconds. `relist` repairs what nothing told; `at_once` is too short for a watch's life.

    `compare` is how often versions are compared at most, `grace` what a late event gets then.
    """

    silence: float = 70.0
    first_pause: float = 1.0
    longest_pause: float = 8.5
    calm: float = 120.0
    at_once: float = 1.0
    relist: float = 600.0
    compare: float = 5.0
    grace: float = 1.5


class Backoff:
    """Pauses that grow while errors keep coming, each with a little jitter."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._errors = 0
        self._last = float("-inf")

    async def pause(self, at_least: float = 0.0) -> None:
        """Sleep as long as an error now is worth."""
        now = time.monotonic()
        if now - self._last > self._timing.calm:
            self._errors = 0
        self._last = now
        limit = min(self._timing.longest_pause, self._timing.first_pause * GROWTH**self._errors)
        self._errors = min(self._errors + 1, MOST_ERRORS)
        await asyncio.sleep(max(at_least, limit * random.uniform(LEAST_SHARE, 1)))


class EndedAtOnce(Unreachable):
    """A watch ended before anything could have come: no life, and counted as an error."""


class Informer:
    """Follows one kind by its selector and hands each change on; `run` ends only by cancelling.

    `known` are the objects that it has told of as being there: UID to resource version. `version` is
    the newest version that it has heard of, "" before its first list, `heard` how many events came.
    """

    def __init__(
        self,
        cluster: Cluster,
        kind: Kind,
        selector: str,
        *,
        deliver: Callable[[Change], None],
        remembered: Remembered,
        recovered: Recovered,
        timing: Timing | None = None,
    ) -> None:
        self._cluster = cluster
        self._kind = kind
        self._selector = selector
        self._deliver = deliver
        self._remembered = remembered
        self._recovered = recovered
        self._timing = timing or Timing()
        self.version = ""
        self.known: dict[str, str] = {}
        self.heard = 0
        self._listed_at = 0.0
        self._lost = False
        self._list_because = "start"
        self._ended_by = "end"
        self._watching = live.watches[kind.plural] = live.Watching()
        self._waiting: asyncio.Timeout | None = None
        # It answers again, and whoever waits for that was not told yet.
        self._owed = False

    @property
    def watching(self) -> bool:
        """Whether it waits for an event now."""
        return self._waiting is not None

    def list_again(self) -> None:
        """Have it list now, for what its watch did not tell."""
        self._listed_at = float("-inf")
        if self._waiting is not None:
            self._waiting.reschedule(asyncio.get_running_loop().time())

    async def run(self) -> None:
        """List and watch until cancelled."""
        backoff = Backoff(self._timing)
        while True:
            try:
                await self._tell_recovery()
                if not self.version:
                    await self._list()
                await self._watch()
                self._count(self._ended_by)
            except VersionGone:
                log.info("%s: the version is gone, listing again", self._kind.plural)
                self._count("gone")
                self.version, self._list_because = "", "gone"
                if time.monotonic() - self._listed_at < self._timing.at_once:
                    await backoff.pause()
            except ClusterError as error:
                log.warning("%s: %s", self._kind.plural, error)
                self._count(_reason(error))
                # One that only asks for patience is there, and gets it.
                self._lost = self._lost or isinstance(error, Unreachable)
                await backoff.pause(error.retry_after if isinstance(error, ClusterBusy) else 0.0)
            except DatabaseUnavailable as error:
                # What was remembered could not be read, or whoever waits not be woken: again, both.
                log.warning("%s: %s", self._kind.plural, error)
                await backoff.pause()

    def _count(self, reason: str) -> None:
        RECONNECTS.labels(self._kind.plural, reason).inc()

    async def _list(self) -> None:
        # Asked before the list: what is remembered later may be newer than what the list knows.
        expected = await self._remembered()
        listing = await self._cluster.list(self._kind, selector=self._selector)
        present = {_uid(one) for one in listing.objects}
        for one in listing.objects:
            self._deliver(Changed(one))
        for uid, seen in expected.items():
            if uid not in present and not is_newer(seen, listing.resource_version):
                self._deliver(Gone(uid))
        self.known = {_uid(one): str(one["metadata"]["resourceVersion"]) for one in listing.objects}
        self.version = listing.resource_version
        self._listed_at = time.monotonic()
        RELISTS.labels(self._kind.plural, self._list_because).inc()
        await self._answered()

    async def _answered(self) -> None:
        self._watching.life.beat()
        self._owed, self._lost = self._owed or self._lost, False
        await self._tell_recovery()

    async def _tell_recovery(self) -> None:
        if self._owed:
            await self._recovered()
            self._owed = False

    async def _watch(self) -> None:
        begun, changes = time.monotonic(), 0
        async with aclosing(self._events()) as events:
            async for event in events:
                changes += event.type != "BOOKMARK"
                self._watching.news.beat()
                self._take(event)
                await self._answered()
        if not changes and time.monotonic() - begun < self._timing.at_once:
            raise EndedAtOnce("a watch ended at once, without an event")
        if self._ended_by == "end":
            self._watching.life.beat()

    async def _events(self) -> AsyncGenerator[WatchEvent, None]:
        """Events until the watch ends, falls silent, or it is time to list again."""
        self._ended_by = "silence"
        stream = self._cluster.watch(
            self._kind, selector=self._selector, resource_version=self.version
        )
        try:
            while True:
                event = await self._next(stream)
                yield event
        except StopAsyncIteration:
            self._ended_by = "end"
        except TimeoutError:
            if self._is_list_due():
                self._ended_by = self._list_because = "due"
                self.version = ""
        finally:
            await _close(stream)

    async def _next(self, stream: AsyncIterator[WatchEvent]) -> WatchEvent:
        async with asyncio.timeout(self._patience()) as waiting:
            self._waiting = waiting
            try:
                return await anext(stream)
            finally:
                self._waiting = None

    def _take(self, event: WatchEvent) -> None:
        version = str(event.object.get("metadata", {}).get("resourceVersion") or self.version)
        if event.type == "DELETED":
            uid = _uid(event.object)
            self.known.pop(uid, None)
            self._deliver(Gone(uid, event.object))
        elif event.type != "BOOKMARK":
            self.known[_uid(event.object)] = version
            self._deliver(Changed(event.object))
        self.version = version
        self.heard += 1

    def _patience(self) -> float:
        left = self._listed_at + self._timing.relist - time.monotonic()
        return max(0.0, min(self._timing.silence, left))

    def _is_list_due(self) -> bool:
        return time.monotonic() - self._listed_at >= self._timing.relist


def _reason(error: ClusterError) -> str:
    """Why a watch or list broke off, by what there is to do about it."""
    if isinstance(error, EndedAtOnce):
        return "empty"
    if isinstance(error, Unreachable):
        return "unreachable"
    return "busy" if isinstance(error, ClusterBusy) else "refused"


def is_newer(version: str, than: str) -> bool:
    """Whether one resource version is newer than another; they are compared as numbers."""
    return _number(version) > _number(than)


def _number(version: str) -> int:
    return int(version) if version.isdecimal() else 0


def _uid(manifest: dict[str, Any]) -> str:
    uid = manifest.get("metadata", {}).get("uid")
    if not uid:
        raise Unreachable("an answer held something that is no object")
    return str(uid)


async def _close(stream: AsyncIterator[WatchEvent]) -> None:
    if hasattr(stream, "aclose"):
        await cast(Any, stream).aclose()
