"""Migrations: bringing MySQL or MariaDB to this version's tables, by aerich, from `migrations/`."""

from pathlib import Path
from typing import Any

from aerich import Command
from aerich.migrate import Migrate
from aerich.utils import decompress_dict, get_models_describe, import_py_module

from tablecast.domain.database import SchemaMismatch, is_sqlite, orm_config

APP = "models"


async def upgrade(url: str, folder: Path, *, dry_run: bool = False) -> list[str]:
    """Apply every migration not applied yet and return a line for each; `dry_run` only lists them.

    Raises `SchemaMismatch` for SQLite, which gets its tables from the models.
    """
    if is_sqlite(url):
        raise SchemaMismatch("SQLite needs no migrations: its tables are made when it is opened.")
    async with _command(url, folder) as command:
        if dry_run:
            return [f"would apply {name}" for name in await _missing(command)]
        return [f"applied {name}" for name in await command.upgrade(run_in_transaction=True)]


async def generate(url: str, folder: Path, name: str) -> str | None:
    """Write the migration that leads from the newest one to the models; None where nothing differs."""
    if not (folder / APP).exists():
        command = Command(orm_config(url, migrating=True), app=APP, location=str(folder))
        async with command:
            await command.init_db(safe=True)
        return "the first migration"
    async with _command(url, folder) as command:
        return await command.migrate(name, no_input=True) or None


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


async def _missing(command: Command) -> list[str]:
    try:
        return [str(name) for name in await command.heads()]
    except Exception as error:  # aerich's own table is not there yet
        if "doesn't exist" not in str(error):
            raise
        return [str(name) for name in Migrate.get_all_version_files()]
