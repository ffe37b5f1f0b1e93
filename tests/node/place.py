"""Where the main job is done on real pods: a cluster, the images it has, and a `tablecast serve`."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tablecast.cluster.kubernetes.cluster import KubernetesCluster
from tablecast.cluster.port import NAMESPACE, POD, Cluster, Manifest
from tablecast_demo.session import Session
from tests.cluster.waiting import until, until_gone
from tests.end_to_end import documents, job
from tests.end_to_end.server import Server
from tests.node.images import TARGETS

# one step's pod takes ten seconds of Argo's, three of its own, and its image may have to come
PATIENCE = 240.0
NAMESPACE_OF = "query ($id: ID!) { project(id: $id) { namespace } }"
PROJECTS = "{ projects(first: 100) { nodes { id name namespace } } }"


@dataclass(frozen=True)
class Place:
    """A cluster with controllers; images by target: server, preprocess, features, train, serve."""

    kubeconfig: str
    images: dict[str, str]

    @contextmanager
    def server(self, state: Path, **settings: str) -> Iterator[Server]:
        """A server on it; its projects are gone when the context ends, and so is it."""
        images = {f"TABLECAST_IMAGE_{name.upper()}": image for name, image in self.images.items()}
        started = Server(state, TABLECAST_KUBECONFIG=self.kubeconfig, **(images | settings))
        started.start()
        try:
            yield started
            assert "Traceback" not in started.log(), started.log()[-4_000:]
        finally:
            try:
                asyncio.run(leave(started.url, self.kubeconfig))
            finally:
                started.kill()


def named_images() -> dict[str, str]:
    """The images that TABLECAST_IMAGE_… name; none where one of them is missing."""
    found = {name: os.environ.get(f"TABLECAST_IMAGE_{name.upper()}", "") for name in TARGETS}
    return found if all(found.values()) else {}


async def namespace_of(session: Session, project: str) -> str:
    """A project's namespace."""
    return str((await session.query(NAMESPACE_OF, id=project))["project"]["namespace"])


async def step_pods(cluster: Cluster, namespace: str) -> list[Manifest]:
    """The pods of a namespace's Workflows, oldest first."""
    found = await cluster.list(POD, namespace=namespace, selector="workflows.argoproj.io/workflow")
    return sorted(found.objects, key=lambda pod: str(pod["metadata"]["creationTimestamp"]))


async def running_step(cluster: Cluster, namespace: str, step: str) -> Manifest:
    """A step's pod, once its container runs."""

    async def look() -> Manifest | None:
        for pod in await step_pods(cluster, namespace):
            if f"-{step}-" in pod["metadata"]["name"] and pod["status"]["phase"] == "Running":
                return pod
        return None

    found = await until(look, PATIENCE)
    assert found is not None
    return found


async def delete_project(session: Session, project: str, name: str) -> str:
    """Ask for a project's deletion; return the operation."""
    done = await session.mutate(documents.DELETE_PROJECT, projectId=project, confirmName=name)
    return str(done["operation"]["id"])


async def leave(url: str, kubeconfig: str, token: str = "") -> None:
    """Delete every project of a server's; return once their namespaces are gone."""
    async with Session(url, token) as session, KubernetesCluster(kubeconfig) as cluster:
        for each in (await session.query(PROJECTS))["projects"]["nodes"]:
            operation = await delete_project(session, each["id"], each["name"])
            await until_gone(cluster, NAMESPACE, "", each["namespace"], PATIENCE)
            await job.seen(session, documents.FOLLOW_OPERATION, operation, state="OBSERVED")
