"""Datastores for tests: one for a module, and fresh ones for tests that kill or limit theirs."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.datastore.running import Datastore


@pytest.fixture(scope="module")
def datastore(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datastore]:
    """A datastore that a module's tests share; each uses names of its own."""
    running = Datastore(tmp_path_factory.mktemp("volume"), conversions=2)
    running.start()
    yield running
    assert running.stop() == 0


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Datastore]]:
    """Start a datastore of the test's own, with settings."""
    running: list[Datastore] = []

    def begin(**settings: object) -> Datastore:
        datastore = Datastore(tmp_path / f"volume-{len(running)}", **settings)
        running.append(datastore)
        datastore.start()
        return datastore

    yield begin
    for datastore in running:
        datastore.stop()
