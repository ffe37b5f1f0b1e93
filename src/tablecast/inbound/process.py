"""Inbound as a whole: an informer a kind, the prober and the collector, side by side for ever."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from functools import partial

from tablecast.clients.inference import InferenceClient
from tablecast.cluster.port import Cluster
from tablecast.domain.operations import wake_retries
from tablecast.domain.tables import Sighting
from tablecast.errors import DatabaseUnavailable
from tablecast.inbound.collector import Collector, Documents
from tablecast.inbound.consistency import Consistency
from tablecast.inbound.informer import Informer, Timing
from tablecast.inbound.kinds import WATCHED
from tablecast.inbound.prober import Prober
from tablecast.inbound.projection import Projection, Watched
from tablecast.inbound.signals import Signals
from tablecast.inbound.workers import Workers
from tablecast.settings import Settings

log = logging.getLogger(__name__)

# What is gone is kept as long as anything stale could still tell of it, and its picture be asked for.
FORGET_AFTER = timedelta(days=2)
FORGET_EVERY = 3_600.0
FORGET_AT_ONCE = 1_000


class Inbound:
    """Everything that brings facts in; `run` ends only when one of its loops fails."""

    def __init__(
        self,
        cluster: Cluster,
        datastore: Documents,
        inference: InferenceClient,
        settings: Settings,
    ) -> None:
        self._cluster = cluster
        self._timing = Timing(silence=settings.watch_silence_seconds)
        self._signals = Signals()
        self._prober = Prober(inference, settings, self._signals)
        self._collector = Collector(datastore, settings, self._signals)

    async def run(self) -> None:
        """Follow the cluster until cancelled."""
        async with asyncio.TaskGroup() as group:
            for watched in WATCHED:
                follow = self._follow(watched)
                group.create_task(follow, name=f"informer {watched.kind.plural}")
            group.create_task(self._prober.run(), name="prober")
            group.create_task(self._collector.run(), name="collector")
            group.create_task(forget(), name="forgetting")

    async def _follow(self, watched: Watched) -> None:
        projection = Projection(watched, self._signals)
        async with asyncio.TaskGroup() as group:
            workers = Workers(group, projection.project)
            informer = Informer(
                self._cluster,
                watched.kind,
                watched.selector,
                deliver=workers.offer,
                remembered=projection.remembered,
                recovered=wake_retries,
                timing=self._timing,
            )
            consistency = Consistency(
                self._cluster, watched.kind, watched.selector, informer, self._timing
            )
            group.create_task(consistency.run(), name=f"consistency {watched.kind.plural}")
            await informer.run()


async def forget() -> None:
    """Drop sightings of what has long been gone, until cancelled."""
    while True:
        await asyncio.sleep(FORGET_EVERY)
        try:
            await forget_gone(datetime.now(UTC) - FORGET_AFTER)
        except DatabaseUnavailable as error:
            log.warning("what is long gone is kept for another hour: %s", error)


async def forget_gone(before: datetime) -> None:
    """Drop sightings of what was gone before a time, in batches."""
    old = partial(Sighting.filter, gone=True, updated_at__lt=before)
    while ids := await old().limit(FORGET_AT_ONCE).values_list("id", flat=True):
        await Sighting.filter(id__in=list(ids)).delete()
