"""The API server that these tests put before an embedded cluster keeps the port's contract."""

from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from tablecast.cluster.embedded.cluster import EmbeddedCluster
from tablecast.cluster.kubernetes.cluster import KubernetesCluster
from tests.cluster import manifests
from tests.cluster.contract import ClusterContract
from tests.cluster.fake_api import kubeconfig_for, serving
from tests.replicas.front import Front


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[KubernetesCluster]:
    # Without its controllers: what they write between two answers is no matter of the port.
    with closing(EmbeddedCluster(tmp_path / "state")) as embedded:
        front = Front(embedded, tmp_path / "asked.jsonl")
        async with (
            serving(front.answer) as url,
            KubernetesCluster(kubeconfig_for(tmp_path, url)) as opened,
        ):
            yield opened


@pytest.fixture
async def space(cluster: KubernetesCluster) -> str:
    await cluster.create(manifests.namespace("tc-test"))
    return "tc-test"


class TestFront(ClusterContract):
    """The contract, asked through it."""
