"""The database: opening it, its tables, and the refusal of tables that are not these.

SQLite gets its tables from the models and keeps the hash of what made them; MySQL and MariaDB get
theirs from `migrations/` by aerich (`tablecast migrate`), which records the name of each.
"""

import hashlib
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from tortoise import Tortoise
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.connection import get_connection
from tortoise.exceptions import OperationalError
from tortoise.utils import get_schema_sql

from tablecast.domain.tables import SchemaVersion
from tablecast.errors import TablecastError

TABLES = "tablecast.domain.tables"

APP = "models"
# Every connection of a pool. Under REPEATABLE READ a claim's gap locks hold up who writes operations;
# the variable's name is MariaDB's up to 11.0 in the first comment, MySQL's in the second. A lock is
# waited for less long than a person waits, by default it would be 50 seconds: who is refused tries again.
# Idle ones are made anew before a server's or a proxy's time-out takes them away.
SESSION = (
    "SET SESSION /*M! tx_isolation *//*!80000 transaction_isolation */ = 'READ-COMMITTED',"
    " innodb_lock_wait_timeout = 4, time_zone = '+00:00'"
)
MYSQL = {
    "init_command": SESSION,
    "connect_timeout": 5,
    "pool_recycle": 300,
    "maxsize": 10,
}


class DatabaseRefused(TablecastError):
    """The database lets nobody in under this URL: a wrong name, password or right."""


class SchemaMismatch(TablecastError):
    """The database has tables of another version than this program's."""


def orm_config(url: str, *, migrating: bool = False) -> dict[str, Any]:
    """Tortoise's configuration for a database URL; with aerich's own table when `migrating`."""
    models = [TABLES, "aerich.models"] if migrating else [TABLES]
    return {
        "connections": {"default": _sqlite(url) if is_sqlite(url) else _mysql(url)},
        "apps": {APP: {"models": models, "default_connection": "default"}},
        "use_tz": True,
        "timezone": "UTC",
    }


@asynccontextmanager
async def database(url: str, migrations: Path = Path("migrations")) -> AsyncIterator[None]:
    """Open the database for this process, check or make its tables, and close it at the end.

    MySQL's and MariaDB's must have had all of `migrations`, and no others. Raises `SchemaMismatch`,
    `DatabaseRefused` and `DatabaseUnavailable`.
    """
    path = Path(url.removeprefix("sqlite://").split("?")[0])
    if is_sqlite(url):
        path.parent.mkdir(parents=True, exist_ok=True)
    # Requests run in tasks that did not see init: without the fallback they have no connection.
    await Tortoise.init(config=orm_config(url), _enable_global_fallback=True)
    try:
        if is_sqlite(url):
            await _open_sqlite(path)
        else:
            _check_applied(await applied_migrations(), known_migrations(migrations))
        yield
    finally:
        await Tortoise.close_connections()


def connections() -> tuple[int, int]:
    """How many of this process's connections are in use, and how many there may be."""
    connection: Any = get_connection("default")
    pool = getattr(connection, "_pool", None)
    if pool is not None:
        return pool.size - pool.freesize, pool.maxsize
    # SQLite has one, and a lock on it.
    return int(connection._lock.locked()), 1


def is_sqlite(url: str) -> bool:
    """Whether the URL names an SQLite file."""
    return url.startswith("sqlite://")


def known_migrations(folder: Path) -> list[str]:
    """The names of the migrations in a folder, in their order; raises `SchemaMismatch` where it has none."""
    names = [path.name for path in (folder / APP).glob("[0-9]*.py")]
    if not names:
        raise SchemaMismatch(f"There are no migrations in {folder}: set TABLECAST_MIGRATIONS.")
    return sorted(names, key=lambda name: int(name.split("_")[0]))


async def applied_migrations() -> set[str]:
    """The names of the migrations that the open MySQL or MariaDB has had; raises `DatabaseRefused`."""
    try:
        rows = await get_connection("default").execute_query_dict(
            "SELECT version FROM aerich WHERE app = %s", [APP]
        )
    except OperationalError as error:
        if "doesn't exist" not in str(error):
            raise DatabaseRefused(f"The database refuses to be read: {error}") from error
        return set()
    return {row["version"] for row in rows}


def refuse_newer(applied: set[str], known: list[str]) -> None:
    """Raise `SchemaMismatch` where a database has had migrations that this version does not know."""
    if newer := sorted(applied - set(known)):
        raise SchemaMismatch(
            f"The database has had migrations that this version does not know ({', '.join(newer)}):"
            " its tables are a newer Tablecast's. Run that, or restore a backup of before."
        )


def _check_applied(applied: set[str], known: list[str]) -> None:
    refuse_newer(applied, known)
    if missing := [name for name in known if name not in applied]:
        raise SchemaMismatch(
            f"The database lacks {len(missing)} migrations, {missing[0]} first: run `tablecast migrate`."
        )


def _sqlite(url: str) -> dict[str, Any]:
    config: dict[str, Any] = expand_db_url(url)
    # Milliseconds: how long another process, a person's shell or a backup, is waited for.
    config["credentials"]["busy_timeout"] = 10_000
    return config | {"engine": "tablecast.domain.sqlite"}


def _mysql(url: str) -> dict[str, Any]:
    config: dict[str, Any] = expand_db_url(url)
    config["credentials"] = MYSQL | config["credentials"]
    return config | {"engine": "tablecast.domain.mysql"}


async def _open_sqlite(path: Path) -> None:
    connection = get_connection("default")
    version = hashlib.sha256(get_schema_sql(connection, safe=False).encode()).hexdigest()
    recorded = _recorded_version(path)
    if recorded is None:
        await Tortoise.generate_schemas(safe=False)
        await SchemaVersion.create(version=version)
    elif recorded != version:
        raise SchemaMismatch(
            "This SQLite file has the tables of another version of Tablecast. Nothing was changed:"
            " start this version with another state folder, or the file with its own version."
        )


def _recorded_version(path: Path) -> str | None:
    """Which tables a file has: None where there are none yet, "" where nobody recorded it.

    Read before anything of ours opens the file for writing, which would already change it.
    """
    if not path.exists():
        return None
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        names = {name for (name,) in file.execute(query)}
        if "schema_version" not in names:
            return "" if names else None
        row = file.execute("SELECT version FROM schema_version").fetchone()
    return row[0] if row else ""
