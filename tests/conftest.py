"""What tests of several rooms need: what a machine may lack is skipped with the reason, and is a
failure where CI is set, so that nothing is skipped there unseen."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cluster.control_plane import ControlPlane, running
from tests.database import mariadb
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
