"""A database and the schema over it, for each test that asks for `api`."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.api.world import Api, tail
from tests.datastore.running import Datastore
from tests.domain.world import open_world


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """The schema over a fresh database."""
    async with open_world(tmp_path):
        yield Api()


@pytest.fixture
async def live_api(api: Api) -> AsyncIterator[Api]:
    """The same, with the feed tailed as in a server."""
    tailing = asyncio.create_task(tail())
    yield api
    tailing.cancel()
    await asyncio.gather(tailing, return_exceptions=True)


@pytest.fixture(scope="module")
def datastore(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datastore]:
    """A real datastore that a module's tests share; each uses a project of its own."""
    running = Datastore(tmp_path_factory.mktemp("volume"))
    running.start()
    yield running
    assert running.stop() == 0
