"""Controllers and a node that play Workflows, Deployments and KServe; its pods only pretend, fast."""

import asyncio

from tablecast.cluster.embedded import deployments, inference, moment, trained_models, workflows
from tablecast.cluster.port import POD, Manifest
from tablecast.errors import ObjectConflict, ObjectMissing
from tests.simulation.cluster import RESULT, Store, pod_status

TURN_SECONDS = 0.25


class Node:
    """Every pod that is a step begins, and ends well but where `failing` names its training; every
    other one runs and is ready. Steps wait while `held`; KServe does nothing while `kserve` is not set.
    """

    def __init__(self, store: Store) -> None:
        self.failing: set[str] = set()
        self.held = False
        self.kserve = asyncio.Event()
        self.kserve.set()
        self._store = store

    async def run(self) -> None:
        """Play until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(workflows.run(self._store, obeyed=False))
            group.create_task(deployments.run(self._store))
            group.create_task(self._node())
            await self._kserve(group)

    async def _kserve(self, group: asyncio.TaskGroup) -> None:
        while True:
            await self.kserve.wait()
            played = [
                group.create_task(inference.run(self._store)),
                group.create_task(trained_models.run(self._store)),
            ]
            while self.kserve.is_set():  # noqa: ASYNC110 -- an Event tells of its setting alone
                await asyncio.sleep(TURN_SECONDS)
            for task in played:
                task.cancel()

    async def _node(self) -> None:
        while True:
            await asyncio.sleep(TURN_SECONDS)
            for pod in (await self._store.list(POD)).objects:
                status = self._next(pod)
                if status is not None:
                    await self._say(pod, status)

    def _next(self, pod: Manifest) -> Manifest | None:
        phase = pod.get("status", {}).get("phase", "Pending")
        running = pod_status("Running", {"running": {"startedAt": moment.now()}})
        if pod["spec"].get("restartPolicy") == "Always":
            ready = {"conditions": [{"type": "Ready", "status": "True"}], "podIP": "10.0.0.1"}
            running["containerStatuses"][0]["ready"] = True
            return running | ready if phase == "Pending" else None
        if phase == "Pending":
            return running
        return self._end(pod) if phase == "Running" and not self.held else None

    def _end(self, pod: Manifest) -> Manifest:
        code = int(any(training in pod["metadata"]["name"] for training in self.failing))
        ended = {"exitCode": code, "reason": "Error" if code else "Completed", "message": RESULT}
        ended |= {"startedAt": moment.now(), "finishedAt": moment.now()}
        return pod_status("Failed" if code else "Succeeded", {"terminated": ended})

    async def _say(self, pod: Manifest, status: Manifest) -> None:
        named = {key: pod["metadata"][key] for key in ("name", "namespace", "uid")}
        said = {"apiVersion": POD.api_version, "kind": POD.kind, "metadata": named}
        try:
            await self._store.apply(said | {"status": status}, manager="node", subresource="status")
        except (ObjectMissing, ObjectConflict):
            return
