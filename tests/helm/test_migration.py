"""The chart's own commands against a MariaDB: servers wait until the migration is done, and no longer."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.database.mariadb import private_mariadb
from tests.helm.charts import TRYING_OUT, Manifest, containers, objects, pod_templates

pytestmark = [pytest.mark.mariadb, pytest.mark.usefixtures("needs_mariadb")]

CHECKOUT = Path(__file__).parents[2]
# a step of the wait starts Python twice on a machine that may be loaded
SECONDS = 60


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The URL of an empty database of our own."""
    with private_mariadb() as url:
        yield url


def container(name: str) -> Manifest:
    """A container of the chart by its name."""
    pods = pod_templates(objects(TRYING_OUT)).values()
    return next(c for pod in pods for c in containers(pod["spec"]) if c["name"] == name)


def started(name: str, url: str) -> subprocess.Popen[str]:
    """A container's command as a process, as its image would run it."""
    asked = container(name)
    folder = Path(sys.executable).parent
    return subprocess.Popen(
        asked["command"] + asked.get("args", []),
        env={"PATH": f"{folder}:{os.environ['PATH']}", "TABLECAST_DATABASE": url},
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_servers_wait_for_the_tables_and_begin_when_they_are_there(database: str) -> None:
    waiting = started("tables", database)
    try:
        assert waiting.stdout is not None
        assert waiting.stdout.readline().startswith("waiting for the migration: would apply ")
        assert waiting.poll() is None
        migration = started("migrate", database)
        said, _ = migration.communicate(timeout=SECONDS)
        assert (migration.returncode, said.startswith("applied 0_")) == (0, True), said
        assert waiting.wait(SECONDS) == 0
    finally:
        waiting.kill()
        waiting.communicate()


def test_a_second_migration_finds_nothing_to_do(database: str) -> None:
    for _ in range(2):
        migration = started("migrate", database)
        said, _ = migration.communicate(timeout=SECONDS)
        assert migration.returncode == 0
    assert said.startswith("nothing to do")


def test_a_database_that_is_away_is_waited_for_and_said_in_a_line(database: str) -> None:
    url = database.rpartition(":")[0] + ":1/tablecast"
    waiting = started("tables", url)
    try:
        assert waiting.stdout is not None
        lines = [waiting.stdout.readline() for _ in range(2)]
        assert all(line.startswith("waiting for the migration: ") for line in lines), lines
        assert waiting.poll() is None
    finally:
        waiting.kill()
        waiting.communicate()
