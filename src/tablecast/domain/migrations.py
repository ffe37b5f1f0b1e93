"""Migrations: bringing MySQL or MariaDB to this version's tables, by aerich, from `migrations/`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

from aerich import Command
from aerich.migrate import Migrate
from aerich.utils import (
    decompress_dict,
    file_module_info,
    get_models_describe,
    import_py_module,
)
from tortoise.connection import get_connection

from tablecast.domain.database import (
    APP,
    SchemaMismatch,
    applied_migrations,
    is_sqlite,
    known_migrations,
    orm_config,
    refuse_newer,
)
from tablecast.domain.faults import sorting

# Names and ids are told apart by every letter and case, as on SQLite.
CHARSET = "CHARACTER SET utf8mb4"
COLLATION = f"{CHARSET} COLLATE utf8mb4_bin"
# Locks are the server's, and a server has many databases.
LOCK_NAME = "LEFT(CONCAT('tablecast ', DATABASE()), 64)"
LOCK_SECONDS = 600


async def upgrade(url: str, folder: Path, *, dry_run: bool = False) -> list[str]:
    """Apply every migration not applied yet and return a text for each; `dry_run` changes nothing, and
    its texts have each migration's SQL.

    Raises `SchemaMismatch` for SQLite, which gets its tables from the models.
    """
    if is_sqlite(url):
        raise SchemaMismatch("SQLite needs no migrations: its tables are made when it is opened.")
    async with _command(url, folder) as command:
        if dry_run:
            return [await _told(folder, name) for name in await _missing(folder)]
        async with _alone():
            refuse_newer(await applied_migrations(), known_migrations(folder))
            return [f"applied {name}" for name in await command.upgrade(run_in_transaction=True)]


async def generate(url: str, folder: Path, name: str) -> str | None:
    """Write the migration that leads from the newest one to the models; None where nothing differs."""
    first = not (folder / APP).exists()
    async with _command(url, folder) as command:
        if first:
            await command.init_db(safe=True)
            name = "the first migration"
        else:
            name = await command.migrate(name, no_input=True) or ""
    # aerich names the character set alone, and a server's default collation takes "Ann" for "ann".
    for path in (folder / APP).glob("[0-9]*.py"):
        path.write_text(path.read_text().replace(COLLATION, CHARSET).replace(CHARSET, COLLATION))
    return name or None


def recorded_models(folder: Path) -> dict[str, Any]:
    """The description of the tables that the newest migration leads to."""
    Migrate.app, Migrate.migrate_location = APP, folder / APP
    newest = list(Migrate.get_all_version_modules())[-1]
    return dict(decompress_dict(import_py_module(newest).MODELS_STATE))


def described_models() -> dict[str, Any]:
    """The description of the tables that the models ask for; Tortoise must be initialised."""
    return dict(get_models_describe(APP))


def _command(url: str, folder: Path) -> Command:
    return Command(orm_config(url, migrating=True), app=APP, location=str(folder))


async def _missing(folder: Path) -> list[str]:
    applied, known = await applied_migrations(), known_migrations(folder)
    refuse_newer(applied, known)
    return [name for name in known if name not in applied]


async def _told(folder: Path, name: str) -> str:
    """What a migration would do."""
    module = import_py_module(file_module_info(folder / APP, Path(name).stem))
    sql = dedent(await module.upgrade(get_connection("default"))).strip()
    return f"would apply {name}:\n{indent(sql, '    ')}"


@asynccontextmanager
async def _alone() -> AsyncIterator[None]:
    """Wait for whoever migrates this database already. The lock is its connection's: it dies with us."""
    async with (
        get_connection("default").acquire_connection() as connection,
        connection.cursor() as cursor,
    ):
        with sorting():
            await cursor.execute(f"SELECT GET_LOCK({LOCK_NAME}, %s)", [LOCK_SECONDS])
        if (await cursor.fetchone())[0] != 1:
            raise SchemaMismatch(
                f"Somebody else has been migrating this database for {LOCK_SECONDS} seconds: try again"
                " when they are done."
            )
        try:
            yield
        finally:
            with sorting():
                await cursor.execute(f"SELECT RELEASE_LOCK({LOCK_NAME})")
