"""A cancelled transaction leaves nothing behind, and above all no lock."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tortoise.connection import get_connection

from tablecast.domain import retrying
from tablecast.domain.identity import new_id
from tablecast.domain.tables import Member
from tablecast.domain.transactions import transaction
from tablecast.errors import DatabaseUnavailable
from tests.domain.world import open_world


async def add(name: str) -> None:
    async with transaction():
        await Member.create(id=new_id(), project_id="p", subject=name, role="OWNER")


async def test_cancelled_at_any_moment_it_leaves_the_database_free(world: None) -> None:
    for turns in range(40):
        task = asyncio.create_task(add(f"cancelled-{turns}"))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with asyncio.timeout(5):
            await add(f"after-{turns}")
    assert await Member.filter(subject__startswith="after-").count() == 40


async def test_what_is_raised_inside_undoes_it(world: None) -> None:
    try:
        async with transaction():
            await Member.create(id=new_id(), project_id="p", subject="x", role="OWNER")
            raise LookupError
    except LookupError:
        pass
    assert await Member.all().count() == 0


async def test_what_another_process_wrote_since_the_first_read_is_no_refusal(
    tmp_path: Path,
) -> None:
    """SQLite refuses a reader that becomes a writer then, however long it would wait."""
    async with open_world(tmp_path):
        async with transaction():
            assert await Member.all().count() == 0
            writing = asyncio.create_task(asyncio.to_thread(_renames_all, tmp_path / "t.db"))
            await asyncio.sleep(0.3)
            await Member.create(id=new_id(), project_id="p", subject="ours", role="OWNER")
        await writing
        assert await Member.all().values_list("subject", flat=True) == ["theirs"]


async def test_what_another_process_holds_for_long_is_asked_for_again(tmp_path: Path) -> None:
    """SQLite's own waiting ended before: the deed is done again, once it can be."""
    async with open_world(tmp_path):
        await get_connection("default").execute_query("PRAGMA busy_timeout = 20")
        holding = sqlite3.connect(tmp_path / "t.db", isolation_level=None)
        with closing(holding):
            holding.execute("BEGIN IMMEDIATE")
            adding = asyncio.create_task(add("patient"))
            _, waiting = await asyncio.wait([adding], timeout=0.3)
            assert waiting
            holding.execute("ROLLBACK")
            async with asyncio.timeout(5):
                await adding
        assert await Member.all().values_list("subject", flat=True) == ["patient"]


async def test_what_another_process_never_lets_go_is_told_as_the_databases_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one sentence, and nothing is left that holds anybody up."""
    monkeypatch.setattr(retrying, "PATIENCE", 0.1)
    async with open_world(tmp_path):
        await get_connection("default").execute_query("PRAGMA busy_timeout = 20")
        holding = sqlite3.connect(tmp_path / "t.db", isolation_level=None)
        with closing(holding):
            holding.execute("BEGIN IMMEDIATE")
            with pytest.raises(DatabaseUnavailable, match="database is locked"):
                await add("impatient")
            holding.execute("ROLLBACK")
        await add("patient")
        assert await Member.all().values_list("subject", flat=True) == ["patient"]


async def test_a_commit_that_sqlite_refuses_is_undone(tmp_path: Path) -> None:
    """What was left open would be committed by whatever comes next."""
    async with open_world(tmp_path):
        await get_connection("default").execute_query("PRAGMA journal_mode = DELETE")
        await get_connection("default").execute_query("PRAGMA busy_timeout = 20")
        reading = sqlite3.connect(tmp_path / "t.db", isolation_level=None)
        with closing(reading):
            # A reader forbids the end of a commit, outside of WAL.
            reading.execute("BEGIN")
            reading.execute("SELECT * FROM member").fetchall()
            with pytest.raises(DatabaseUnavailable, match="database is locked"):
                await add("refused")
            reading.execute("ROLLBACK")
        await add("taken")
        assert await Member.all().values_list("subject", flat=True) == ["taken"]


def _renames_all(path: Path) -> None:
    with closing(sqlite3.connect(path, timeout=10)) as file, file:
        file.execute("UPDATE member SET subject = 'theirs'")
