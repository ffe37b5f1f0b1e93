"""A fake cluster for each test of this room; for some a whole one, embedded and real."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tablecast.clients.datastore import DatastoreClient
from tablecast.cluster.embedded.store import EmbeddedStore
from tablecast.cluster.kubernetes.cluster import KubernetesCluster
from tablecast.cluster.port import NAMESPACE
from tablecast.domain.tables import Project
from tablecast.errors import ObjectMissing
from tablecast.outbound.context import Context
from tablecast.settings import Settings
from tests.outbound.drifting import Place
from tests.outbound.fakes import FakeCluster


@pytest.fixture
def cluster() -> FakeCluster:
    """A cluster in memory."""
    return FakeCluster()


@pytest.fixture
def context(cluster: FakeCluster) -> Context:
    """What handlers get: the fake cluster, a real client of its datastore, short times."""
    settings = Settings(secret="s" * 32, lease_seconds=5.0, poll_seconds=0.05, sweep_seconds=0.05)
    datastore = DatastoreClient(cluster, settings.datastore_token, settings.signing_key)
    return Context(cluster, datastore, settings)


@pytest.fixture(params=["embedded", pytest.param("real", marks=pytest.mark.cluster)])
async def place(
    request: pytest.FixtureRequest, tmp_path: Path, world: None
) -> AsyncIterator[Place]:
    """Either kind of cluster; the namespaces made in it are taken away."""
    if request.param == "embedded":
        store: Any = EmbeddedStore(tmp_path / "objects.db")
        yield Place(store)
        store.close()
        return
    async with KubernetesCluster(request.getfixturevalue("kubeconfig")) as cluster:
        yield Place(cluster, is_real=True)
        for namespace in await Project.all().values_list("namespace", flat=True):
            try:
                await cluster.delete(NAMESPACE, "", str(namespace))
            except ObjectMissing:
                continue


@pytest.fixture
async def project(place: Place) -> Project:
    """A project on that cluster."""
    return await place.project()
