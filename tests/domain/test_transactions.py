"""A cancelled transaction leaves nothing behind, and above all no lock."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from tablecast.domain.identity import new_id
from tablecast.domain.tables import Member
from tablecast.domain.transactions import transaction
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


def _renames_all(path: Path) -> None:
    with closing(sqlite3.connect(path, timeout=10)) as file, file:
        file.execute("UPDATE member SET subject = 'theirs'")
