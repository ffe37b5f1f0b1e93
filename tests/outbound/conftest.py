"""A fake cluster for each test of this room."""

import pytest

from tablecast.clients.datastore import DatastoreClient
from tablecast.outbound.context import Context
from tablecast.settings import Settings
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
