"""Migrations and models say the same."""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tortoise import Tortoise
from tortoise.connection import get_connection

from tablecast.domain.database import SchemaMismatch, database, orm_config
from tablecast.domain.migrations import described_models, generate, recorded_models, upgrade
from tests.database.mariadb import private_mariadb

MIGRATIONS = Path(__file__).parents[2] / "migrations"


async def test_the_newest_migration_leads_to_the_models():
    """A table was changed without a migration when this fails: run `make migration`."""
    await Tortoise.init(config=orm_config("sqlite://:memory:", migrating=True))
    try:
        assert recorded_models(MIGRATIONS).keys() == described_models().keys()
        for name, table in described_models().items():
            assert recorded_models(MIGRATIONS)[name]["data_fields"] == table["data_fields"], name
    finally:
        await Tortoise.close_connections()


@pytest.mark.mariadb
async def test_from_nothing_every_migration_applies_and_leaves_nothing_to_do(
    needs_mariadb, tmp_path
):
    """An empty MariaDB gets its tables, a second run does nothing, and aerich sees no difference."""
    with private_mariadb() as url:
        planned = await apart(upgrade(url, MIGRATIONS, dry_run=True))
        applied = await apart(upgrade(url, MIGRATIONS))
        again = await apart(upgrade(url, MIGRATIONS))
        # What it would write goes into a copy.
        copied = Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations"))
        difference = await apart(generate(url, copied, "difference"))
    assert len(planned) == len(applied) >= 1
    assert again == []
    assert difference is None


@pytest.mark.mariadb
async def test_several_that_start_at_once_migrate_once(needs_mariadb):
    """Each replica's job may run it: one applies, the others find nothing left to do."""
    with private_mariadb() as url:
        outcomes = await asyncio.to_thread(at_once, url, 4)
    assert [code for code, _ in outcomes] == [0, 0, 0, 0]
    said = sorted(text.strip() for _, text in outcomes)
    assert said[0].startswith("applied 0_")
    assert said[1:] == ["nothing to do: the tables are this version's"] * 3


@pytest.mark.mariadb
async def test_a_newer_database_is_neither_migrated_nor_served(needs_mariadb):
    """What an older version would do to a newer one's tables, nobody knows."""
    with private_mariadb() as url:
        await apart(upgrade(url, MIGRATIONS))
        await apart(
            run(url, "INSERT INTO aerich (version, app, content) VALUES ('9_x.py', 'models', '{}')")
        )
        with pytest.raises(SchemaMismatch, match=r"does not know \(9_x\.py\)"):
            await apart(upgrade(url, MIGRATIONS))
        with pytest.raises(SchemaMismatch, match=r"does not know \(9_x\.py\)"):
            await apart(run(url, "SELECT 1"))


@pytest.mark.mariadb
async def test_a_database_without_its_tables_is_not_served(needs_mariadb):
    """The refusal says what to run."""
    with (
        private_mariadb() as url,
        pytest.raises(SchemaMismatch, match=r"migrations, 0_.* first: run `tablecast migrate`"),
    ):
        await apart(run(url, "SELECT 1"))


@pytest.mark.mariadb
async def test_names_are_told_apart_by_case_and_accent_as_on_sqlite(needs_mariadb):
    """And every connection of the pool reads what is committed."""
    with private_mariadb() as url:
        await apart(upgrade(url, MIGRATIONS))
        columns = await apart(run(url, COLLATIONS))
        levels = await apart(run(url, "SELECT @@tx_isolation AS level", times=5))
    assert {row["collation_name"] for row in columns} == {"utf8mb4_bin"}
    assert [row["level"] for row in levels] == ["READ-COMMITTED"] * 5


COLLATIONS = """
    SELECT DISTINCT collation_name AS collation_name FROM information_schema.columns
    WHERE table_schema = DATABASE() AND collation_name IS NOT NULL AND table_name <> 'aerich'
"""


async def run(url, statement, times=1):
    """Open the database as the server does, and run a statement on several connections at once."""
    async with database(url, MIGRATIONS):
        connection = get_connection("default")
        asked = [connection.execute_query_dict(f"{statement} /* {at} */") for at in range(times)]
        return [row for rows in await asyncio.gather(*asked) for row in rows]


def at_once(url, count):
    """Start so many of `tablecast migrate` together; their exit codes and what they said."""
    command = [sys.executable, "-m", "tablecast", "migrate"]
    environment = os.environ | {"TABLECAST_DATABASE": url, "TABLECAST_MIGRATIONS": str(MIGRATIONS)}
    started = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    said = [process.communicate(timeout=120)[0] for process in started]
    return [(process.returncode, text) for process, text in zip(started, said, strict=True)]


async def apart(work):
    """Run as a process of its own would: Tortoise's context is the task's."""
    return await asyncio.create_task(work)
