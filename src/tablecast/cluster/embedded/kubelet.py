"""Plays kubelet: every Pod of the cluster runs here, as local processes.

A pod is held by a finalizer while its processes live, so that a deletion waits for their end.
"""

import asyncio
import contextlib
import os
import signal
from pathlib import Path

import orjson

from tablecast.cluster.embedded import keeper
from tablecast.cluster.embedded.node import (
    FINALIZER,
    KUBELET,
    PORTS,
    STOP,
    Node,
    allocated_ports,
)
from tablecast.cluster.embedded.pod_run import PodRun
from tablecast.cluster.embedded.reconciler import Key, Reconciler, Watching, key_of_object
from tablecast.cluster.port import CONFIG_MAP, POD, SECRET, VOLUME_CLAIM, Manifest
from tablecast.errors import ClusterError, ObjectConflict, ObjectMissing

_FINAL = ("Succeeded", "Failed")


class Kubelet:
    """Runs pods on `node`."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._cluster = node.cluster
        self._runs: dict[str, PodRun] = {}
        self._keys: dict[Key, set[str]] = {}
        self._pods = Reconciler(self._reconcile, workers=8)
        self._claims = Reconciler(self._reclaim, workers=1)
        self._refreshes = Reconciler(self._refresh, workers=1)
        self._group: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Run pods for ever; nothing of a former life is left first."""
        await asyncio.to_thread(kill_leftovers, self._node.name)
        await self._forget_folders()
        async with asyncio.TaskGroup() as self._group:
            for work in (self._pods, self._claims, self._refreshes):
                self._group.create_task(work.run())
            for kind, wake in (
                (POD, self._pods.wake),
                (VOLUME_CLAIM, self._claims.wake),
                (CONFIG_MAP, self._refreshes.wake),
                (SECRET, self._refreshes.wake),
            ):
                self._group.create_task(Watching(self._cluster, kind, wake).run())
            for claim in self._node.volumes.claims_kept():
                self._claims.wake(claim)

    async def _forget_folders(self) -> None:
        listing = await self._cluster.list(POD)
        living = {pod["metadata"]["uid"] for pod in listing.objects}
        for uid in self._node.volumes.pods_kept():
            if uid not in living:
                await self._node.volumes.remove_pod(uid)

    async def _reconcile(self, key: Key) -> None:
        try:
            pod = await self._cluster.get(POD, *key)
        except ObjectMissing:
            pod = None
        uid = pod["metadata"]["uid"] if pod else ""
        for old in self._keys.get(key, set()) - {uid}:
            self._runs[old].stop()
        if pod is None:
            return
        running = self._runs.get(uid)
        if pod["metadata"].get("deletionTimestamp"):
            if running:
                running.stop()
            else:
                await self._release(pod)
        elif running:
            if STOP in (pod["metadata"].get("annotations") or {}):
                running.stop()
        elif pod.get("status", {}).get("phase") not in _FINAL:
            await self._begin(pod)

    async def _begin(self, pod: Manifest) -> None:
        annotations = {PORTS: orjson.dumps(allocated_ports(pod)).decode()}
        held = {"finalizers": [FINALIZER], "annotations": annotations}
        pod = await self._cluster.apply(_named(pod, **held), manager=KUBELET)
        if pod["metadata"].get("deletionTimestamp"):
            await self._release(pod)
            return
        run = PodRun(self._node, pod)
        key = key_of_object(pod)
        self._runs[run.uid] = run
        self._keys.setdefault(key, set()).add(run.uid)
        assert self._group is not None
        self._group.create_task(self._see_through(key, run))

    async def _see_through(self, key: Key, run: PodRun) -> None:
        await run.run()
        del self._runs[run.uid]
        self._keys[key].discard(run.uid)
        if not self._keys[key]:
            del self._keys[key]
        if not await self._is_kept(key, run.uid):
            await self._node.volumes.remove_pod(run.uid)
        self._pods.wake(key)

    async def _is_kept(self, key: Key, uid: str) -> bool:
        try:
            pod = await self._cluster.get(POD, *key)
        except ObjectMissing:
            return False
        except ClusterError:
            return True
        return bool(pod["metadata"]["uid"] == uid)

    async def _release(self, pod: Manifest) -> None:
        with contextlib.suppress(ObjectMissing, ObjectConflict):
            await self._cluster.apply(_named(pod), manager=KUBELET)
        await self._node.volumes.remove_pod(pod["metadata"]["uid"])

    async def _reclaim(self, key: Key) -> None:
        await self._node.volumes.reclaim(key)

    async def _refresh(self, key: Key) -> None:
        """Rewrite the volumes of pods in the namespace whose ConfigMap or Secret changed."""
        for run in list(self._runs.values()):
            if run.pod["metadata"]["namespace"] == key.namespace and run.mounts(key.name):
                await self._node.volumes.refresh(run.pod)


def kill_leftovers(node: str) -> None:
    """Kill every process that a former life of this node started, until none is left."""
    while True:
        left = [pid for pid in _processes() if keeper.mark(pid).startswith(f"{node}:")]
        if not left:
            return
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _named(pod: Manifest, **metadata: object) -> Manifest:
    identity = {key: pod["metadata"][key] for key in ("name", "namespace", "uid")}
    return {
        "apiVersion": POD.api_version,
        "kind": POD.kind,
        "metadata": {**identity, **metadata},
    }
