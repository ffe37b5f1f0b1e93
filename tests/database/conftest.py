"""A MariaDB of its own for each module that does it harm, and a project of Ann's in it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tablecast.domain.migrations import upgrade
from tablecast.domain.tables import Project
from tests.database import mariadb
from tests.domain.world import MIGRATIONS, a_project, open_world
from tests.lacking import lacking


@pytest.fixture(scope="module")
def server() -> Iterator[mariadb.Server]:
    """A MariaDB with this version's tables, and a user whom `read_only` binds."""
    if not mariadb.available():
        lacking("mariadb-server is not installed")
    with mariadb.private_server() as running:
        asyncio.run(upgrade(running.url(), MIGRATIONS))
        running.ask("CREATE USER app; GRANT ALL ON tablecast.* TO app")
        yield running


@pytest.fixture
def met(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What was done again, and why."""
    caplog.set_level(logging.DEBUG, "tablecast.domain.retrying")
    return caplog


@pytest.fixture
async def project(server: mariadb.Server, tmp_path: Path) -> AsyncIterator[Project]:
    """Ann's project, in a database that is open."""
    async with open_world(tmp_path, server.url("app")):
        yield await a_project()
