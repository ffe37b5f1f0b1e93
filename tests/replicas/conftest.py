"""Three replicas, shared by the tests of a module; each leaves all of them running."""

from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tablecast_demo.session import Session
from tests.database import mariadb
from tests.lacking import lacking
from tests.replicas.stage import Stage, started


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Three replicas on one database and one cluster, started; skips where there is no MariaDB."""
    if not mariadb.available():
        lacking("mariadb-server is not installed")
    folder: Path = tmp_path_factory.mktemp("replicas")
    with started(folder / "stage") as running:
        yield running


@pytest.fixture
async def sessions(stage: Stage):
    """A client of each replica."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(Session(url)) for url in stage.urls]
