"""What tests of several rooms need: what a machine may lack is skipped with the reason, and is a
failure where CI is set, so that nothing is skipped there unseen."""

import os
import shutil
from typing import NamedTuple

import pytest

from tests.database import mariadb


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


def lacking(reason: str) -> None:
    """Skip the test for `reason`; fail instead where CI is set."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason}, and nothing is skipped where CI is set", pytrace=False)
    pytest.skip(reason)
