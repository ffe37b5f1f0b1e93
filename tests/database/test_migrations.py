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

from tablecast.domain.database import (
    DatabaseRefused,
    SchemaMismatch,
    database,
    known_migrations,
    orm_config,
)
from tablecast.domain.migrations import described_models, generate, recorded_models, upgrade
from tablecast.domain.tables import SchemaVersion
from tests.database.filling import add_rows
from tests.database.mariadb import available, private_mariadb, private_server
from tests.lacking import lacking

MIGRATIONS = Path(__file__).parents[2] / "migrations"
NAMES = known_migrations(MIGRATIONS)


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
async def test_a_dry_run_tells_names_and_sql_and_changes_nothing(needs_mariadb, tmp_path):
    """Of what is missing, in order; neither on an empty database nor on an older one."""
    with private_server() as server:
        everything = await apart(upgrade(server.url(), MIGRATIONS, dry_run=True))
        assert content(server, "tablecast") == {}
        await apart(upgrade(server.url(), first_of(2, tmp_path)))
        before = content(server, "tablecast")
        rest = await apart(upgrade(server.url(), MIGRATIONS, dry_run=True))
        assert content(server, "tablecast") == before
        code, said = (await asyncio.to_thread(at_once, server.url(), 1, "--dry-run"))[0]
    assert [text.split(":\n")[0] for text in everything] == [
        f"would apply {name}" for name in NAMES
    ]
    assert "    CREATE TABLE IF NOT EXISTS `project` (" in everything[0]
    assert rest == everything[2:]
    assert (code, said.rstrip("\n")) == (0, "\n".join(rest))


@pytest.mark.mariadb
@pytest.mark.parametrize("count", range(1, len(NAMES)), ids=NAMES[:-1])
async def test_from_each_earlier_state_the_data_stays_and_nothing_is_left_to_do(
    filled_states, count, tmp_path
):
    """What a row had it still has, and its new columns have what the models would give them."""
    state = f"after_{count}"
    url = filled_states.url(database=state)
    before = content(filled_states, state)
    applied = await apart(upgrade(url, MIGRATIONS))
    after = content(filled_states, state)
    copied = Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations"))
    assert applied == [f"applied {name}" for name in NAMES[count:]]
    assert await apart(upgrade(url, MIGRATIONS)) == []
    assert await apart(generate(url, copied, "difference")) is None
    for table, rows in before.items():
        kept = [{name: row[name] for name in rows[0]} for row in after[table]]
        assert kept == rows, table
    assert await apart(read_all(url)) == {table: len(rows) for table, rows in after.items()}


@pytest.fixture(scope="module")
def filled_states(tmp_path_factory):
    """A server with a database for each earlier state, after each migration, with rows in each table."""
    if not available():
        lacking("mariadb-server is not installed")
    with private_server() as server:
        for count in range(1, len(NAMES)):
            state = f"after_{count}"
            server.ask(f"CREATE DATABASE {state}")
            folder = first_of(count, tmp_path_factory.mktemp(state))
            asyncio.run(upgrade(server.url(database=state), folder))
            for table in tables(server, state):
                add_rows(server, table, 3, state)
        yield server


def first_of(count, folder):
    """The first migrations alone, as an earlier version brought them."""
    (folder / "models").mkdir(parents=True)
    for name in NAMES[:count]:
        shutil.copy(MIGRATIONS / "models" / name, folder / "models")
    return folder


def tables(server, database):
    """The names of the tables in a database that hold something of ours."""
    found = server.ask(
        "SELECT table_name FROM information_schema.tables"
        f" WHERE table_schema = '{database}' AND table_name NOT IN ('aerich', 'schema_version')"
        " ORDER BY table_name"
    )
    return found.split()


def content(server, database):
    """Every row of every table, by the names of its columns."""
    found = {}
    for table in tables(server, database):
        columns = server.ask(
            "SELECT column_name FROM information_schema.columns WHERE"
            f" table_schema = '{database}' AND table_name = '{table}' ORDER BY ordinal_position"
        ).split()
        lines = server.ask(f"SELECT * FROM {table} ORDER BY 1", database).splitlines()
        found[table] = [dict(zip(columns, line.split("\t"), strict=True)) for line in lines]
    return found


async def read_all(url):
    """Read all rows as the program does, and count them: each column holds what the models can read."""
    async with database(url, MIGRATIONS):
        ours = set(Tortoise.apps["models"].values()) - {SchemaVersion}
        return {table._meta.db_table: len(await table.all()) for table in ours}


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
async def test_a_url_that_leads_to_no_database_is_told_in_a_sentence(needs_mariadb):
    """Of the wrong name, and whoever types it."""
    with private_server() as server:
        url = server.url(database="elsewhere")
        with pytest.raises(DatabaseRefused, match="Unknown database 'elsewhere'"):
            await apart(run(url, "SELECT 1"))
        ((code, said),) = await asyncio.to_thread(at_once, url, 1)
    assert (code, said) == (1, "")


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


def at_once(url, count, *words):
    """Start so many of `tablecast migrate` together; their exit codes and what they said."""
    command = [sys.executable, "-m", "tablecast", "migrate", *words]
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
