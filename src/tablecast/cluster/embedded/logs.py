"""What containers wrote to their standard output and error, out of kubelet's files."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from tablecast.cluster.embedded.volumes import container_folder
from tablecast.cluster.port import POD, Cluster, Manifest
from tablecast.errors import ClusterRefusal, ObjectMissing

_FINAL = ("Succeeded", "Failed")
# How often a log that is being followed is looked at; nothing is when nobody follows.
_FOLLOW_SECONDS = 0.2
_CHUNK = 65536


class Logs:
    """Reads the logs under the folder `state`."""

    def __init__(self, cluster: Cluster, state: Path) -> None:
        self._cluster = cluster
        self._state = state

    async def logs(
        self, namespace: str, pod: str, *, container: str = "main", follow: bool = False
    ) -> AsyncIterator[bytes]:
        """See `port.Cluster.logs`: the present life of the container, not the former ones."""
        found = await self._cluster.get(POD, namespace, pod)
        uid = found["metadata"]["uid"]
        status = _container_status(found, container)
        path = container_folder(self._state, uid, container) / f"{status['restartCount']}.log"
        if not path.exists():
            reason = status["state"].get("waiting", {}).get("reason", "ContainerCreating")
            message = f'container "{container}" in pod "{pod}" is waiting to start: {reason}'
            raise ClusterRefusal(message, 400, "BadRequest")
        with path.open("rb") as file:
            while True:
                ended = not follow or not await self._writes(namespace, pod, uid, container, status)
                while chunk := file.read(_CHUNK):
                    yield chunk
                if ended:
                    return
                await asyncio.sleep(_FOLLOW_SECONDS)

    async def _writes(
        self, namespace: str, pod: str, uid: str, container: str, before: Manifest
    ) -> bool:
        """Say whether that very life of the container still goes on."""
        try:
            found = await self._cluster.get(POD, namespace, pod)
        except ObjectMissing:
            return False
        status = _container_status(found, container)
        same = found["metadata"]["uid"] == uid
        alive = "terminated" not in status["state"] and found["status"]["phase"] not in _FINAL
        return same and alive and status["restartCount"] == before["restartCount"]


def _container_status(pod: Manifest, container: str) -> Manifest:
    names = [
        c["name"] for c in [*pod["spec"]["containers"], *pod["spec"].get("initContainers", [])]
    ]
    if container not in names:
        name = pod["metadata"]["name"]
        raise ClusterRefusal(
            f"container {container} is not valid for pod {name}", 400, "BadRequest"
        )
    status = pod.get("status", {})
    for entry in [*status.get("containerStatuses", []), *status.get("initContainerStatuses", [])]:
        if entry["name"] == container:
            found: Manifest = entry
            return found
    return {"restartCount": 0, "state": {}}
