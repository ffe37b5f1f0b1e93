"""A node that runs pods, with this checkout's images on it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from tablecast.cluster.kubernetes.cluster import KubernetesCluster
from tablecast.cluster.port import NAMESPACE
from tablecast.domain.identity import new_id
from tablecast.errors import ObjectMissing
from tablecast.outbound.manifests.project import namespace
from tests.node.cluster import Node, running
from tests.node.images import images as images_on
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
