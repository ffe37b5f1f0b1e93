"""Consistency: whether an informer has heard of everything, asked while its watch runs.

A watch through something that loses events looks like one of a cluster at rest. So the versions that
the informer knows are compared with the cluster's, which cost the server little. What the watch may
only be late with is given time; what it has passed over, or stays silent about, has been lost.
"""

import asyncio
import logging
import time
from collections.abc import Mapping

from tablecast.cluster.port import Cluster, Kind, Versions
from tablecast.errors import ClusterError
from tablecast.inbound.informer import Informer, Timing, is_newer

log = logging.getLogger(__name__)

# Of the time, at most this share is spent on asking: a long list is asked for less often.
SHARE = 0.02
LONGEST_PAUSE = 60.0

Known = Mapping[str, str]


class Consistency:
    """Compares one informer's knowledge with the cluster, and has it list again where it lacks some."""

    def __init__(
        self, cluster: Cluster, kind: Kind, selector: str, informer: Informer, timing: Timing
    ) -> None:
        self._cluster = cluster
        self._kind = kind
        self._selector = selector
        self._informer = informer
        self._timing = timing

    async def run(self) -> None:
        """Compare now and then, until cancelled."""
        pause = self._timing.compare
        while True:
            await asyncio.sleep(pause)
            begun, before = time.monotonic(), dict(self._informer.known)
            there = await self._there()
            worth = min((time.monotonic() - begun) / SHARE, LONGEST_PAUSE)
            pause = max(self._timing.compare, worth)
            if there is not None:
                await self._compare(before, there)

    async def _there(self) -> Versions | None:
        # One that is not watching is about to list, or to watch from where it was.
        if not self._informer.watching:
            return None
        try:
            return await self._cluster.versions(
                self._kind, selector=self._selector, at_least=self._informer.version
            )
        except ClusterError as error:
            # Whether the cluster answers is the watch's to find out.
            log.debug("%s cannot be compared: %s", self._kind.plural, error)
            return None

    async def _compare(self, before: Known, there: Versions) -> None:
        doubtful, heard = unheard(before, there), self._informer.heard
        if doubtful and await self._is_lost(doubtful, there, heard):
            log.warning("%s: a watch lost changes of %s", self._kind.plural, sorted(doubtful)[:5])
            self._informer.list_again()

    async def _is_lost(self, doubtful: set[str], there: Versions, heard: int) -> bool:
        """Whether some of it stays unheard, though the watch is beyond it, or tells nothing at all."""
        await asyncio.sleep(self._timing.grace)
        if not doubtful & unheard(self._informer.known, there):
            return False
        passed = not is_newer(there.resource_version, self._informer.version)
        return passed or self._informer.heard == heard


def unheard(known: Known, there: Versions) -> set[str]:
    """UIDs of which the cluster knew something newer, or that they are gone."""
    newer = {uid for uid, version in there.of.items() if is_newer(version, known.get(uid, ""))}
    gone = {
        uid
        for uid, version in known.items()
        if uid not in there.of and not is_newer(version, there.resource_version)
    }
    return newer | gone
