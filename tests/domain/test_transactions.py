"""A cancelled transaction leaves nothing behind, and above all no lock."""

import asyncio

from tablecast.domain.identity import new_id
from tablecast.domain.tables import Member
from tablecast.domain.transactions import transaction


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
