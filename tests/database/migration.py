"""Writes the migration from the newest one to the models, on a private MariaDB."""

import asyncio
import sys
from pathlib import Path

from tablecast.domain.migrations import generate, upgrade
from tests.database.mariadb import private_mariadb

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def write(url: str, name: str) -> None:
    """Bring the database to the newest migration, then write what the models have beyond it."""
    # A loop each: what the first one opened the second must not find.
    if (MIGRATIONS / "models").exists():
        asyncio.run(upgrade(url, MIGRATIONS))
    found = asyncio.run(generate(url, MIGRATIONS, name))
    print(found or "the models are what the newest migration made")


if __name__ == "__main__":
    with private_mariadb() as url:
        write(url, sys.argv[1] or "update")
