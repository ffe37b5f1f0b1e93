"""What tests of several rooms need: what a machine may lack is skipped with the reason, and is a
failure where CI is set, so that nothing is skipped there unseen."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tablecast.domain.migrations import upgrade
from tests.cluster.control_plane import ControlPlane, running
from tests.database import mariadb
from tests.domain.world import MIGRATIONS, open_world
from tests.lacking import lacking


class Chromium(NamedTuple):
    """Paths of the browser and of its driver."""

    browser: str
    driver: str


@pytest.fixture
def needs_chromium() -> Chromium:
    """Chromium and its driver; skips where one is missing."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    browser = next((path for path in map(shutil.which, names) if path), None)
    driver = shutil.which("chromedriver")
    if browser is None or driver is None:
        lacking(f"{'Chromium' if browser is None else 'chromedriver'} is not installed")
    return Chromium(browser, driver)


@pytest.fixture
def needs_mariadb() -> None:
    """Skips where MariaDB's server is not installed."""
    if not mariadb.available():
        lacking("mariadb-server is not installed")


@pytest.fixture(scope="session")
def migrated_mariadb() -> Iterator[str]:
    """The URL of a MariaDB with this version's tables; skips where there is none."""
    if not mariadb.available():
        lacking("mariadb-server is not installed")
    with mariadb.private_mariadb() as url:
        asyncio.run(upgrade(url, MIGRATIONS))
        yield url


@pytest.fixture(params=["sqlite", pytest.param("mariadb", marks=pytest.mark.mariadb)])
def mysql_url(request: pytest.FixtureRequest) -> str:
    """Whoever asks runs twice: on SQLite, where it is "", and on MariaDB."""
    return str(request.getfixturevalue("migrated_mariadb")) if request.param == "mariadb" else ""


@pytest.fixture
async def world(tmp_path: Path, mysql_url: str) -> AsyncIterator[None]:
    """A fresh database."""
    async with open_world(tmp_path, mysql_url):
        yield


@pytest.fixture(scope="session")
def control_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A Kubernetes control plane of our own; skips where there is none (see tests/cluster)."""
    home: Path = tmp_path_factory.mktemp("control-plane") / "home"
    with running(home) as plane:
        yield plane


@pytest.fixture
def kubeconfig(request: pytest.FixtureRequest) -> str:
    """The kubeconfig of a real cluster: the one that a person brings, or our own."""
    brought = os.environ.get("KUBECONFIG")
    if brought:
        return brought
    plane: ControlPlane = request.getfixturevalue("control_plane")
    return plane.kubeconfig
