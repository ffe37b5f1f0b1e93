"""Four kinds followed on a real cluster into rows, with all that was told and asked written down."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tablecast.cluster.kubernetes.cluster import KubernetesCluster
from tablecast.cluster.port import (
    INFERENCE_SERVICE,
    POD,
    TRAINED_MODEL,
    WORKFLOW,
    Kind,
    Listing,
    Manifest,
    Versions,
    WatchEvent,
)
from tablecast.domain.deeds import Deed
from tablecast.domain.operations import wake_retries
from tablecast.domain.tables import Sighting
from tablecast.inbound.changes import Change, Gone
from tablecast.inbound.consistency import Consistency
from tablecast.inbound.informer import Informer, Timing
from tablecast.inbound.projection import Projection, Watched
from tablecast.inbound.signals import Signals, Then
from tablecast.inbound.workers import Workers
from tests.cluster import manifests

KINDS = (POD, WORKFLOW, INFERENCE_SERVICE, TRAINED_MODEL)
ROUND = "tablecast.dev/round"


class Counted:
    """A cluster that remembers when which kind was listed or watched."""

    def __init__(self, cluster: KubernetesCluster) -> None:
        self._cluster = cluster
        self.lists: dict[str, list[float]] = defaultdict(list)
        self.watches: dict[str, list[float]] = defaultdict(list)

    async def list(self, kind: Kind, *, namespace: str = "", selector: str = "") -> Listing:
        self.lists[kind.plural].append(time.monotonic())
        return await self._cluster.list(kind, namespace=namespace, selector=selector)

    async def versions(self, kind: Kind, **asked: Any) -> Versions:
        return await self._cluster.versions(kind, **asked)

    def watch(self, kind: Kind, **asked: Any) -> AsyncIterator[WatchEvent]:
        self.watches[kind.plural].append(time.monotonic())
        return self._cluster.watch(kind, **asked)

    def most_in_a_minute(self) -> int:
        """The most reconnects of one kind within any minute, or lists of one where they are more.

        Each reconnect asks for a watch, now and then for a list before it; the first is none.
        """
        asked = [times[1:] for times in self.watches.values()] + list(self.lists.values())
        return max(
            sum(first <= other < first + 60 for other in times)
            for times in asked
            for first in times
        )


class Following:
    """What informers told of a project's objects, as rows and as it came."""

    def __init__(self, space: str, project_id: str) -> None:
        self.space = space
        self.backwards: list[str] = []
        self._project_id = project_id
        self._versions: dict[str, int] = {}
        self._gone: set[str] = set()

    @property
    def selector(self) -> str:
        """What its objects have in common."""
        return f"tablecast.dev/project={self._project_id}"

    def watched(self, kind: Kind) -> Watched:
        return Watched(kind, self.selector, _facts, _nothing_more)

    def check(self, change: Change) -> None:
        """Note what is older than what was told before."""
        if isinstance(change, Gone):
            self._gone.add(change.uid)
            return
        version = int(change.object["metadata"]["resourceVersion"])
        if change.uid in self._gone or version < self._versions.get(change.uid, 0):
            self.backwards.append(f"{change.uid} at {version}")
        self._versions[change.uid] = version

    async def rows(self) -> dict[str, str]:
        """Each object that is there by the rows: its UID and its round."""
        sightings = await Sighting.filter(project_id=self._project_id, gone=False)
        return {one.uid: (one.facts or {})["round"] for one in sightings}

    async def truth(self, cluster: KubernetesCluster) -> dict[str, str]:
        """The same by the cluster."""
        found: dict[str, str] = {}
        for kind in KINDS:
            listing = await cluster.list(kind, namespace=self.space, selector=self.selector)
            found |= {one["metadata"]["uid"]: _facts(one)["round"] for one in listing.objects}
        return found

    async def change(self, cluster: KubernetesCluster, round_: str) -> None:
        """Make what stays new, delete, delete and make again under the same name, and add."""
        for kind in KINDS:
            for name in ("stays", f"new-{round_}"):
                await cluster.apply(self._object(kind, name, round_))
            for name in ("goes", "again"):
                metadata = (await cluster.apply(self._object(kind, name, round_)))["metadata"]
                await cluster.delete(kind, self.space, name, uid=metadata["uid"])
            await cluster.create(self._object(kind, "again", round_))

    async def begin(self, cluster: KubernetesCluster) -> None:
        """Make the first of all."""
        for kind in KINDS:
            for name in ("stays", "goes", "again"):
                await cluster.apply(self._object(kind, name, "0"))

    def _object(self, kind: Kind, name: str, round_: str) -> Manifest:
        made = {
            POD: lambda: {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": name, "namespace": self.space},
                "spec": {"containers": [{"name": "main", "image": "none"}]},
            },
            WORKFLOW: lambda: manifests.workflow(self.space, name, manifests.step("a")),
            INFERENCE_SERVICE: lambda: manifests.inference_service(self.space, name),
            TRAINED_MODEL: lambda: manifests.trained_model(self.space, name, "a"),
        }[kind]()
        made["metadata"]["labels"] = {
            "tablecast.dev/project": self._project_id,
            "tablecast.dev/noun": "test",
        }
        made["metadata"].setdefault("annotations", {})[ROUND] = round_
        return made


def _facts(manifest: Manifest) -> dict[str, Any]:
    return {"round": manifest["metadata"]["annotations"][ROUND]}


async def _nothing_more(tx: Deed, sighting: Sighting) -> Then:
    return Then.NOTHING


@asynccontextmanager
async def informers(following: Following, cluster: Any, timing: Timing) -> AsyncIterator[None]:
    """An informer a kind, with its projection, while the context lasts."""

    async def follow(watched: Watched) -> None:
        projection = Projection(watched, Signals())
        async with asyncio.TaskGroup() as group:
            workers = Workers(group, projection.project)

            def deliver(change: Change) -> None:
                following.check(change)
                workers.offer(change)

            informer = Informer(
                cluster,
                watched.kind,
                watched.selector,
                deliver=deliver,
                remembered=projection.remembered,
                recovered=wake_retries,
                timing=timing,
            )
            consistency = Consistency(cluster, watched.kind, watched.selector, informer, timing)
            group.create_task(consistency.run())
            await informer.run()

    tasks = [asyncio.create_task(follow(following.watched(kind))) for kind in KINDS]
    try:
        yield
    finally:
        ended = [task.exception() for task in tasks if task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert ended == []
