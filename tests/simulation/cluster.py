"""The simulated cluster: the embedded store and Argo's stand-in, pods that only pretend, and a way to
them on which calls fail, answers are lost, and watches break, fall silent or lose what they should tell."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from tablecast.cluster.embedded import moment, workflows
from tablecast.cluster.embedded.store import EmbeddedStore
from tablecast.cluster.port import (
    DEPLOYMENT,
    POD,
    WORKFLOW,
    Call,
    Kind,
    Listing,
    Manifest,
    Response,
    Versions,
    WatchEvent,
)
from tablecast.errors import (
    ClusterBusy,
    ClusterError,
    ObjectConflict,
    ObjectMissing,
    Unreachable,
    VersionGone,
)

STEP_SECONDS = 5.0
RESULT = "{}"
FAILING_STEPS = 0.1
VANISHING_PODS = 0.05


class Store(EmbeddedStore):
    """The embedded store, which remembers every Workflow that was ever made: UID by name."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.made: dict[str, list[str]] = {}

    async def create(self, manifest: Manifest, **more: Any) -> Manifest:
        made = await super().create(manifest, **more)
        if manifest["kind"] == WORKFLOW.kind:
            self.made.setdefault(manifest["metadata"]["name"], []).append(made["metadata"]["uid"])
        return made


class Network:
    """The way of one replica to the cluster. `trouble` is how likely each call meets a fault."""

    def __init__(self, store: Store, chance: random.Random) -> None:
        self.trouble = 0.0
        self.down = False
        self._store = store
        self._chance = chance

    async def apply(self, manifest: Manifest, **more: Any) -> Manifest:
        return await self._meet(lambda: self._store.apply(manifest, **more))

    async def create(self, manifest: Manifest, **more: Any) -> Manifest:
        return await self._meet(lambda: self._store.create(manifest, **more))

    async def get(self, kind: Kind, namespace: str, name: str) -> Manifest:
        return await self._meet(lambda: self._store.get(kind, namespace, name))

    async def delete(self, kind: Kind, namespace: str, name: str, **more: Any) -> None:
        await self._meet(lambda: self._store.delete(kind, namespace, name, **more))

    async def list(self, kind: Kind, **asked: Any) -> Listing:
        return await self._meet(lambda: self._store.list(kind, **asked))

    async def versions(self, kind: Kind, **asked: Any) -> Versions:
        return await self._meet(lambda: self._store.versions(kind, **asked))

    async def watch(self, kind: Kind, **asked: Any) -> AsyncIterator[WatchEvent]:
        await self._meet(_nothing)
        async for event in self._store.watch(kind, **asked):
            await self._latency()
            if self._is_unlucky():
                fault = self._chance.choice(["cut", "end", "gone", "lose", "silence"])
                if fault == "cut" or self.down:
                    raise Unreachable("connection reset by peer")
                if fault == "gone":
                    raise VersionGone("too old resource version", 410, "Expired")
                if fault == "end":
                    return
                if fault == "lose":
                    continue
                await asyncio.sleep(200)
            yield event

    def logs(self, *asked: Any, **more: Any) -> AsyncIterator[bytes]:
        raise NotImplementedError("nobody reads logs here")

    def request(self, call: Call) -> AbstractAsyncContextManager[Response]:
        """Nothing of a simulated cluster answers HTTP."""
        raise Unreachable("connection refused")

    async def answer(self) -> None:
        """Wait for the answer of something in the cluster; raise what may come instead."""
        await self._meet(_nothing)

    async def _meet(self, call: Callable[[], Awaitable[Any]]) -> Any:
        await self._latency()
        if self.down or self._is_unlucky():
            raise self._chance.choice(
                [
                    Unreachable("connection refused"),
                    ClusterBusy("too many requests", 429, retry_after=1.0),
                    ClusterBusy("etcdserver: leader changed", 500),
                ]
            )
        answer = await call()
        await self._latency()
        if self._is_unlucky():
            raise Unreachable("connection reset by peer")
        return answer

    async def _latency(self) -> None:
        slow = self.trouble and self._chance.random() < self.trouble / 4
        await asyncio.sleep(self._chance.expovariate(1.0) * (15.0 if slow else 0.02))

    def _is_unlucky(self) -> bool:
        return self._chance.random() < self.trouble


async def _nothing() -> None:
    return None


class Controllers:
    """Argo's stand-in, and a node that plays its pods: no process runs, and most come to a good end."""

    def __init__(self, store: Store, chance: random.Random) -> None:
        self.trouble = True
        self._store = store
        self._chance = chance

    async def run(self) -> None:
        """Control until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(workflows.run(self._store, obeyed=False))
            group.create_task(self._node())

    async def _node(self) -> None:
        while True:
            await asyncio.sleep(0.5)
            for deployment in (await self._store.list(DEPLOYMENT)).objects:
                if not deployment.get("status"):
                    await self._say(deployment, _available(deployment))
            for pod in (await self._store.list(POD)).objects:
                await self._play(pod)

    async def _play(self, pod: Manifest) -> None:
        phase = pod.get("status", {}).get("phase", "Pending")
        due = self._chance.random() < 0.5 / STEP_SECONDS
        if phase in ("Succeeded", "Failed") or not due:
            return
        if self.trouble and self._chance.random() < VANISHING_PODS:
            await self._gone(pod)
        elif phase == "Pending":
            await self._say(pod, pod_status("Running", {"running": {"startedAt": moment.now()}}))
        else:
            code = int(self.trouble and self._chance.random() < FAILING_STEPS)
            # Without a result Argo takes a step for failed.
            ended = {
                "exitCode": code,
                "reason": "Error" if code else "Completed",
                "message": RESULT,
            }
            ended |= {"startedAt": moment.now(), "finishedAt": moment.now()}
            phase = "Failed" if code else "Succeeded"
            await self._say(pod, pod_status(phase, {"terminated": ended}))

    async def _say(self, there: Manifest, status: Manifest) -> None:
        named = {key: there["metadata"][key] for key in ("name", "namespace", "uid")}
        said = {key: there[key] for key in ("apiVersion", "kind")} | {"metadata": named}
        try:
            await self._store.apply(said | {"status": status}, manager="node", subresource="status")
        except (ObjectMissing, ObjectConflict):
            return

    async def _gone(self, pod: Manifest) -> None:
        metadata = pod["metadata"]
        try:
            await self._store.delete(POD, metadata["namespace"], metadata["name"])
        except ClusterError:
            return


def pod_status(phase: str, main: Manifest) -> Manifest:
    container = {"name": "main", "state": main, "image": "i", "imageID": "", "ready": False}
    return {"phase": phase, "containerStatuses": [container | {"restartCount": 0}]}


def _available(deployment: Manifest) -> Manifest:
    return {
        "observedGeneration": deployment["metadata"]["generation"],
        "replicas": 1,
        "updatedReplicas": 1,
        "availableReplicas": 1,
        "readyReplicas": 1,
        "conditions": [{"type": "Available", "status": "True"}],
    }
