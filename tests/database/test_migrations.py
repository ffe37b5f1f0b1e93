"""Migrations and models say the same."""

import asyncio
from pathlib import Path

import pytest
from tortoise import Tortoise

from tablecast.domain.database import orm_config
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
async def test_from_nothing_every_migration_applies_and_leaves_nothing_to_do(needs_mariadb):
    """An empty MariaDB gets its tables, a second run does nothing, and aerich sees no difference."""
    with private_mariadb() as url:
        planned = await apart(upgrade(url, MIGRATIONS, dry_run=True))
        applied = await apart(upgrade(url, MIGRATIONS))
        again = await apart(upgrade(url, MIGRATIONS))
        difference = await apart(generate(url, MIGRATIONS, "difference"))
    assert len(planned) == len(applied) >= 1
    assert again == []
    assert difference is None


async def apart(work):
    """Run as a process of its own would: Tortoise's context is the task's."""
    return await asyncio.create_task(work)
