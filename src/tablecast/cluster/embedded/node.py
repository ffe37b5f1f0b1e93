"""What every pod on this node shares, and what its containers are given."""

import asyncio
import random
import socket
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import orjson

from tablecast.cluster.embedded.containers import Containers
from tablecast.cluster.embedded.volumes import Volumes, container_folder
from tablecast.cluster.port import Cluster, Manifest

KUBELET = "tablecast-kubelet"
FINALIZER = "tablecast.dev/kubelet"
PORTS = "tablecast.dev/loopback-ports"
# What Argo's and KServe's stand-ins ask of kubelet's: end the pod's containers, keep the pod.
STOP = "tablecast.dev/stop"

# Below the range from which the kernel takes ports for outgoing connections.
_FIRST_PORT, _LAST_PORT = 20000, 31999


@dataclass
class Node:
    """The node. `images` are those that run here, none named means all; `slots` bound the pods
    that run to an end, such as a training's steps, side by side."""

    name: str
    cluster: Cluster
    containers: Containers
    volumes: Volumes
    session: aiohttp.ClientSession
    images: Collection[str]
    proxy: str
    slots: asyncio.Semaphore

    def has_image(self, image: str) -> bool:
        """Say whether an image runs here."""
        return not self.images or image in self.images

    def container_folder(self, uid: str, container: str) -> Path:
        """Return a container's own folder."""
        return container_folder(self.volumes.state, uid, container)


def ports_of(pod: Manifest) -> dict[int, int]:
    """Return a pod's declared ports as loopback ports."""
    noted = (pod["metadata"].get("annotations") or {}).get(PORTS, "{}")
    return {int(declared): port for declared, port in orjson.loads(noted).items()}


def allocated_ports(pod: Manifest) -> dict[str, int]:
    """Return a free loopback port for every port that the pod's containers declare."""
    declared = {
        str(port["containerPort"])
        for container in pod["spec"]["containers"]
        for port in container.get("ports", [])
    }
    taken: dict[str, int] = {}
    for number in sorted(declared):
        taken[number] = _free_port(set(taken.values()))
    return taken


def _free_port(taken: set[int]) -> int:
    while True:
        port = random.randint(_FIRST_PORT, _LAST_PORT)
        with socket.socket() as attempt:
            try:
                attempt.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in taken:
            return port
