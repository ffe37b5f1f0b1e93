"""A real API server keeps the port's contract, through our side of it."""

from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from tablecast.cluster.kubernetes.cluster import KubernetesCluster
from tablecast.cluster.port import NAMESPACE
from tablecast.domain.identity import new_id
from tablecast.errors import ObjectMissing

from . import manifests
from .contract import ClusterContract


@pytest.fixture
async def cluster(kubeconfig: str) -> AsyncIterator[KubernetesCluster]:
    async with KubernetesCluster(kubeconfig) as opened:
        yield opened


@pytest.fixture
async def space(cluster: KubernetesCluster) -> AsyncIterator[str]:
    """A namespace of its own; taken away afterwards."""
    name = f"tc-test-{new_id()}"
    await cluster.create(manifests.namespace(name))
    yield name
    with suppress(ObjectMissing):
        await cluster.delete(NAMESPACE, "", name)


@pytest.mark.cluster
class TestKubernetes(ClusterContract):
    """The contract, asked of a real API server."""
