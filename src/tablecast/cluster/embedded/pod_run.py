"""One pod on this node, from its volumes to its end."""

import asyncio
import contextlib
import copy
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from tablecast.cluster.embedded import moment
from tablecast.cluster.embedded.container_run import ContainerRun, resumed
from tablecast.cluster.embedded.node import KUBELET, Node
from tablecast.cluster.embedded.pod_status import ContainerState, PodState, phase_of, pod_status
from tablecast.cluster.embedded.volumes import VolumeMissing
from tablecast.cluster.port import POD, Manifest
from tablecast.errors import ClusterError, ObjectConflict, ObjectMissing

_NO_SLOT = "0/1 nodes are available: 1 Too many pods."
_VOLUME_RETRY_SECONDS = 1.0
_DEADLINE = (
    "DeadlineExceeded",
    "Pod was active on the node longer than the specified deadline",
)


class PodRun:
    """Runs a pod and keeps its status written."""

    def __init__(self, node: Node, pod: Manifest) -> None:
        self._node = node
        self.pod = copy.deepcopy(pod)
        self.pod["spec"].setdefault("restartPolicy", "Always")
        self.uid: str = pod["metadata"]["uid"]
        status = pod.get("status", {})
        self._state = PodState(
            containers=list(_states(pod, "containers", "containerStatuses")),
            init_containers=list(_states(pod, "initContainers", "initContainerStatuses")),
            started_at=status.get("startTime", ""),
        )
        self._stop = asyncio.Event()
        self._dirty = asyncio.Event()
        self._gone = False

    def stop(self, failure: tuple[str, str] | None = None) -> None:
        """End the containers; the pod is Failed with `failure` (reason, message) where given."""
        if not self._stop.is_set():
            self._state.failure = failure
            self._stop.set()

    def mounts(self, source: str) -> bool:
        """Say whether a volume comes from the ConfigMap or Secret named `source`."""
        volumes = self.pod["spec"].get("volumes", [])
        names = [v.get("configMap", {}).get("name") for v in volumes]
        return source in names + [v.get("secret", {}).get("secretName") for v in volumes]

    async def run(self) -> None:
        """Run the pod until it is over and its last status is written, or it is gone."""
        reporting = asyncio.create_task(self._report_changes())
        try:
            async with self._slot():
                await self._live()
        finally:
            reporting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reporting
        self._state.over = True
        await self._report_until_written()

    @contextlib.asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        """Hold one of the node's slots, as every pod does that runs to an end."""
        if self.pod["spec"]["restartPolicy"] == "Always":
            yield
            return
        if self._node.slots.locked():
            self._state.unschedulable = _NO_SLOT
            self._dirty.set()
        held = asyncio.create_task(self._node.slots.acquire())
        stopped = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({held, stopped}, return_when=asyncio.FIRST_COMPLETED)
            yield
        finally:
            stopped.cancel()
            if held.done() and not held.cancelled():
                self._node.slots.release()
            held.cancel()

    async def _live(self) -> None:
        volumes = await self._volumes()
        if volumes is None:
            return
        self._state.started_at = self._state.started_at or moment.now()
        with self._deadline():
            await self._run_containers(volumes)

    async def _run_containers(self, volumes: dict[str, Path]) -> None:
        policy = self.pod["spec"]["restartPolicy"]
        init_policy = "OnFailure" if policy == "Always" else policy
        for run in self._runs("initContainers", self._state.init_containers, volumes):
            await run.run(self._stop, init_policy)
            ended = run.state.terminated
            if ended is None or ended["exitCode"]:
                return
        async with asyncio.TaskGroup() as group:
            for run in self._runs("containers", self._state.containers, volumes):
                group.create_task(run.run(self._stop, policy))

    def _runs(
        self, field: str, states: list[ContainerState], volumes: dict[str, Path]
    ) -> Iterator[ContainerRun]:
        never_again = self.pod["spec"]["restartPolicy"] == "Never" or field == "initContainers"
        for spec, state in zip(self.pod["spec"].get(field, []), states, strict=True):
            if not (state.terminated and never_again):
                yield ContainerRun(self._node, self.pod, spec, state, volumes, self._dirty.set)

    async def _volumes(self) -> dict[str, Path] | None:
        while not self._stop.is_set():
            try:
                volumes = await self._node.volumes.prepare(self.pod)
                self._state.unschedulable = ""
                self._dirty.set()
                return volumes
            except VolumeMissing as error:
                self._state.unschedulable = str(error) if error.unschedulable else ""
            except (ClusterError, OSError) as error:
                self._state.unschedulable = f"its volumes cannot be made: {error}"
            self._dirty.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_VOLUME_RETRY_SECONDS):
                    await self._stop.wait()
        return None

    @contextlib.contextmanager
    def _deadline(self) -> Iterator[None]:
        """Bound the pod's activity; time in which this machine was off does not count."""
        seconds = self.pod["spec"].get("activeDeadlineSeconds")
        if seconds is None:
            yield
            return
        timer = asyncio.get_running_loop().call_later(seconds, self.stop, _DEADLINE)
        try:
            yield
        finally:
            timer.cancel()

    async def _report_changes(self) -> None:
        while not self._gone:
            await self._dirty.wait()
            self._dirty.clear()
            if phase_of(self.pod, self._state) in ("Succeeded", "Failed"):
                continue
            await self._report_until_written()

    async def _report_until_written(self) -> None:
        pause = 0.05
        while not self._gone:
            try:
                await self._report()
                return
            except (ObjectMissing, ObjectConflict):
                self._gone = True
                self.stop()
            except ClusterError:
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)

    async def _report(self) -> None:
        if self._state.over:
            self._locate_lost_containers()
        status = pod_status(self.pod, self._state, moment.now())
        if status == self.pod.get("status"):
            return
        metadata = {key: self.pod["metadata"][key] for key in ("name", "namespace", "uid")}
        await self._node.cluster.apply(
            {
                "apiVersion": POD.api_version,
                "kind": POD.kind,
                "metadata": metadata,
                "status": copy.deepcopy(status),
            },
            manager=KUBELET,
            subresource="status",
        )
        self.pod["status"] = copy.deepcopy(status)

    def _locate_lost_containers(self) -> None:
        """Say of containers that never ran, in a pod that is over, what kubelet says of them."""
        if not self._state.failure:
            return
        for container in self._state.containers:
            if not container.terminated:
                container.state = {
                    "terminated": {
                        "exitCode": 137,
                        "reason": "ContainerStatusUnknown",
                        "message": "The container could not be located when the pod was terminated",
                        "startedAt": None,
                        "finishedAt": None,
                    }
                }


def _states(pod: Manifest, field: str, statuses: str) -> Iterator[ContainerState]:
    before: dict[str, Any] = {s["name"]: s for s in pod.get("status", {}).get(statuses, [])}
    policy = "Never" if field == "initContainers" else pod["spec"].get("restartPolicy", "Always")
    for spec in pod["spec"].get(field, []):
        yield resumed(spec, before.get(spec["name"]), policy)
