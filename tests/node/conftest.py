"""A node that runs pods, with this checkout's images on it, and a server whose pods they are."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from tablecast.cluster.kubernetes.cluster import KubernetesCluster
from tablecast.cluster.port import NAMESPACE
from tablecast.domain.identity import new_id
from tablecast.errors import ObjectMissing
from tablecast.outbound.manifests.project import namespace
from tests.end_to_end.server import Server
from tests.node import controllers
from tests.node.cluster import Node, running
from tests.node.images import images as images_on
from tests.node.place import Place, named_images
from tests.outbound.manifests.samples import PROJECT


@pytest.fixture(scope="session")
def node() -> Iterator[Node]:
    """A Kubernetes whose pods really run; skips where there is none (see tests/node/cluster.py)."""
    with running() as found:
        yield found


@pytest.fixture(scope="session")
def images(node: Node) -> dict[str, str]:
    """The images' names by target: server, preprocess, features, train, serve."""
    return images_on(node)


@pytest.fixture
async def cluster(node: Node) -> AsyncIterator[KubernetesCluster]:
    async with KubernetesCluster(node.kubeconfig) as opened:
        yield opened


@pytest.fixture
async def space(cluster: KubernetesCluster) -> AsyncIterator[str]:
    """A namespace as projects get it, so that only pods that are "restricted" come up in it."""
    name = f"tc-test-{new_id()}"
    await cluster.create(namespace(replace(PROJECT, namespace=name)))
    yield name
    with suppress(ObjectMissing):
        await cluster.delete(NAMESPACE, "", name)


@pytest.fixture(scope="session")
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """Any cluster whose images TABLECAST_IMAGE_… name, else our node: with controllers, or the stand-ins."""
    kubeconfig, named = os.environ.get("KUBECONFIG", ""), named_images()
    if not (kubeconfig and named):
        kubeconfig = request.getfixturevalue("node").kubeconfig
        named = request.getfixturevalue("images")
    log = tmp_path_factory.mktemp("controllers") / "log"
    with controllers.running(kubeconfig, named["server"], log):
        yield Place(kubeconfig, named)


@pytest.fixture(scope="module")
def server(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A `tablecast serve` that a module's tests share."""
    with place.server(tmp_path_factory.mktemp("server") / "state") as started:
        yield started


@pytest.fixture
async def kubernetes(place: Place) -> AsyncIterator[KubernetesCluster]:
    """The server's cluster, looked at past the API."""
    async with KubernetesCluster(place.kubeconfig) as opened:
        yield opened
