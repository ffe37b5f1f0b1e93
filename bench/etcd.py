"""From a mutation's commit to its object in etcd, on the API server of KUBECONFIG.

A watch of the benchmark's own notes when each project's Namespace is there. One wish at a time first;
then with many queued, where the figure is also how long the queue takes. What was made is left: use a
cluster that is thrown away.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from tablecast.clients.datastore import DatastoreClient
from tablecast.cluster.kubernetes.cluster import KubernetesCluster
from tablecast.cluster.port import NAMESPACE, Cluster
from tablecast.domain.database import database
from tablecast.domain.deeds import Asked
from tablecast.domain.identity import new_id
from tablecast.domain.projects import ProjectWish, create_project
from tablecast.outbound.context import Context
from tablecast.outbound.relay import Relay
from tablecast.settings import Limits, Settings

ALONE, QUEUED = 30, 300
LIMITS = Limits(projects_per_person=10_000)
ASKED = Asked("bench", admin=True)


class _Seen:
    """When each Namespace was first heard of."""

    def __init__(self) -> None:
        self.moments: dict[str, float] = {}
        self._more = asyncio.Event()

    async def all_of(self, names: Iterable[str]) -> None:
        """Wait until all of them were."""
        while not set(names) <= self.moments.keys():
            self._more.clear()
            await self._more.wait()

    async def follow(self, cluster: Cluster) -> None:
        """Watch until cancelled, also past a watch's end."""
        while True:
            version = (await cluster.list(NAMESPACE)).resource_version
            async for event in cluster.watch(NAMESPACE, resource_version=version):
                name = event.object["metadata"].get("name", "")
                self.moments.setdefault(name, time.perf_counter())
                self._more.set()


async def main() -> None:
    """Print milliseconds and seconds; needs KUBECONFIG."""
    if not os.environ.get("KUBECONFIG"):
        print("skipped: KUBECONFIG is not set")
        return
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(database=f"sqlite://{folder}/bench.db", secret="b" * 32)
        async with database(settings.database), KubernetesCluster() as cluster:
            await _wishes(cluster, settings)


async def _wishes(cluster: Cluster, settings: Settings) -> None:
    async with relaying(cluster, settings), _seen(cluster) as seen:
        alone = []
        for _ in range(ALONE):
            alone += await _arrivals(seen, 1)
        print(f"one at a time     {_figures(alone)}")
        queued = await _arrivals(seen, QUEUED)
        print(f"{QUEUED} at once       {_figures(queued)}")


async def _arrivals(seen: _Seen, count: int) -> list[float]:
    """Commit so many projects; seconds from each commit until its Namespace was there."""
    committed: dict[str, float] = {}
    for _ in range(count):
        row = (await create_project(ASKED, ProjectWish(f"b-{new_id()}"), LIMITS)).row
        committed[row.namespace] = time.perf_counter()
    await seen.all_of(committed)
    return [max(0.0, seen.moments[name] - at) for name, at in committed.items()]


@asynccontextmanager
async def relaying(cluster: Cluster, settings: Settings) -> AsyncIterator[None]:
    """A relay at work while the context lasts."""
    datastore = DatastoreClient(cluster, settings.datastore_token, settings.signing_key)
    relay = asyncio.create_task(Relay(Context(cluster, datastore, settings, LIMITS)).run())
    yield
    relay.cancel()
    await asyncio.wait([relay])


@asynccontextmanager
async def _seen(cluster: Cluster) -> AsyncIterator[_Seen]:
    seen = _Seen()
    watching = asyncio.create_task(seen.follow(cluster))
    yield seen
    watching.cancel()
    await asyncio.wait([watching])


def _figures(seconds: list[float]) -> str:
    ordered = sorted(1000 * each for each in seconds)
    p99 = ordered[int(len(ordered) * 0.99)]
    return f"p50 {statistics.median(ordered):8.0f} ms  p99 {p99:8.0f} ms  ({len(ordered)} projects)"
