"""The embedded cluster: the store, its controllers, and a node, behind the cluster port."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from uuid import uuid4

from tablecast.cluster.embedded import deployments, inference, trained_models, workflows
from tablecast.cluster.embedded.containers import Containers, kept_containers
from tablecast.cluster.embedded.kubelet import Kubelet
from tablecast.cluster.embedded.logs import Logs
from tablecast.cluster.embedded.network import Network, closed, new_session
from tablecast.cluster.embedded.node import KUBELET, Node
from tablecast.cluster.embedded.proxy import forward_proxy
from tablecast.cluster.embedded.store import EmbeddedStore
from tablecast.cluster.embedded.volumes import Volumes
from tablecast.cluster.port import Call, Response
from tablecast.errors import Unreachable


class StateInUse(Exception):
    """Another process has this state folder open."""


class EmbeddedCluster(EmbeddedStore):
    """A Kubernetes in the folder `state`; `images` are those that run here, none named means all.

    `steps_at_once` bounds the pods that run to an end side by side (0: one a core, at least two):
    others wait as unschedulable, so that many trainings do not take a laptop's memory.
    Objects can be read and written from the start; `run` must be running for anything to come
    of them, and for logs and requests.
    """

    def __init__(
        self, state: Path, images: Collection[str] = (), *, steps_at_once: int = 0
    ) -> None:
        state.mkdir(parents=True, exist_ok=True)
        self._lock = (state / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise StateInUse(f"{state} is in use by another process") from error
        super().__init__(state / "objects.sqlite")
        self._state = state
        self._images = frozenset(images)
        self._steps_at_once = steps_at_once or max(2, os.cpu_count() or 1)
        self._logs = Logs(self, state)
        self._network: Network | None = None

    def close(self) -> None:
        """Close the state folder."""
        super().close()
        self._lock.close()

    async def run(self) -> None:
        """Run every controller until cancelled; the first that fails ends them all."""
        async with AsyncExitStack() as stack:
            session = new_session()
            stack.push_async_callback(closed, session)
            self._network = Network(self, session)
            proxy = await stack.enter_async_context(forward_proxy(self._network))
            containers = await stack.enter_async_context(kept_containers())
            node = Node(
                name=_identity(self._state),
                cluster=self,
                containers=containers,
                volumes=Volumes(self, self._state, KUBELET),
                session=session,
                images=self._images,
                proxy=proxy,
                slots=asyncio.Semaphore(self._steps_at_once),
            )
            try:
                await self._run_all(containers, Kubelet(node))
            finally:
                self._network = None

    async def _run_all(self, containers: Containers, kubelet: Kubelet) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(containers.run(), name="containers")
            group.create_task(kubelet.run(), name="kubelet")
            group.create_task(deployments.run(self), name="deployments")
            group.create_task(workflows.run(self), name="workflows")
            group.create_task(inference.run(self), name="inference")
            group.create_task(trained_models.run(self), name="trained models")

    @asynccontextmanager
    async def request(self, call: Call) -> AsyncIterator[Response]:
        """See `port.Requests.request`."""
        if self._network is None:
            raise Unreachable("the embedded cluster does not run", 503)
        async with self._network.request(call) as response:
            yield response

    def logs(
        self, namespace: str, pod: str, *, container: str = "main", follow: bool = False
    ) -> AsyncIterator[bytes]:
        """See `port.Cluster.logs`."""
        return self._logs.logs(namespace, pod, container=container, follow=follow)


def _identity(state: Path) -> str:
    """Return the node's name, the same in every life: what marks its processes as its own."""
    path = state / "node"
    if not path.exists():
        path.write_text(uuid4().hex)
    return path.read_text()
