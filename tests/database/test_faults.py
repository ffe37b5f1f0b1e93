"""Faults of a real MariaDB: a person's mutation outlives them, and what it did is done once.

Each mutation goes through the API, without an idempotency key. Whether the faults were met is counted
too, so that no test passes for want of them.
"""

import asyncio
from contextlib import suppress
from urllib.parse import quote

import pytest

from tablecast.api.ids import global_id
from tablecast.domain.database import SESSION
from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.identity import new_id
from tablecast.domain.states import Noun
from tablecast.domain.tables import Event, Member, Operation, Project, Upload
from tablecast.errors import DatabaseUnavailable
from tablecast.outbound.claim import claim
from tests.api.world import ANN
from tests.database.cutting import Cut, proxy
from tests.database.mariadb import Server
from tests.database.people import (
    AT_ONCE,
    api,
    assert_done_once,
    root,
    until_met,
    upload,
    uploading,
    waits,
)
from tests.domain.world import a_project, open_world

pytestmark = pytest.mark.mariadb

TIMES = 50


async def test_a_killed_connection_is_nobodys_trouble(server, project, met):
    """All connections of the server's at once, again and again."""
    async with root(server) as other, uploading(project):
        # One that is killed between two statements nobody misses: so until it was met often enough.
        kills = 0
        async with asyncio.timeout(30):
            while min(kills, met.text.count("the connection was lost")) < TIMES:
                await other.execute("KILL USER app")
                kills += 1
                await asyncio.sleep(0.02)


async def test_a_connection_that_is_killed_while_it_waits_in_the_pool_is_not_lent(server, project):
    """An hour without requests, and a firewall between."""
    async with root(server) as other:
        for _ in range(TIMES):
            await other.execute("KILL USER app")
            name = new_id()
            assert await upload(project, name) == "CreateUploadPayload"


async def test_a_read_only_database_is_waited_for(server, project, met):
    """A fail-over: the old primary takes no more writes for a moment."""
    async with root(server) as other, uploading(project):
        for times in range(1, TIMES + 1):
            await other.execute("SET GLOBAL read_only = 1")
            await until_met(met, "it is read-only", times)
            await other.execute("SET GLOBAL read_only = 0")


async def test_a_server_that_is_killed_and_comes_back_is_waited_for(server, project, met):
    """kill -9: what was committed is there, what was not is done again."""
    async with uploading(project):
        for _ in range(3):
            await asyncio.sleep(0.3)
            server.kill()
            await asyncio.to_thread(server.start)
    assert "it cannot be reached" in met.text


async def test_a_claim_whose_commits_answer_is_lost_is_kept_or_not_made(server, tmp_path):
    """Nothing is left under a lease that nobody knows of."""
    async with (
        proxy(server.port) as between,
        open_world(tmp_path, server.url("app", between.port)),
    ):
        project = await a_project()
        for cut in Cut:
            await upload(project, new_id())
            between.arm(cut)
            claimed = await claimed_in_the_end()
            leased = Operation.filter(lease_until__isnull=False)
            assert await leased.values_list("id", flat=True) == [one.id for one in claimed]
            await leased.update(lease_until=None, due_at=None)
    assert between.cuts == len(Cut)


async def claimed_in_the_end() -> list[Operation]:
    """What a relay claims, that looks again where a look failed."""
    while True:
        with suppress(DatabaseUnavailable):
            return await claim(8, 30)


async def test_what_is_done_by_itself_begins_once_it_can(server, project):
    """Nobody does a relay's or an informer's deed again: it waits with its beginning."""
    await asyncio.to_thread(server.kill)
    deeds = [asyncio.create_task(a_deed(project)) for _ in range(AT_ONCE)]
    await asyncio.wait(deeds, timeout=0.2)
    await asyncio.to_thread(server.start)
    await asyncio.gather(*deeds)
    assert await Event.filter(project_id=project.id, type="DONE").count() == AT_ONCE


async def a_deed(project: Project) -> None:
    async with deed(SYSTEM, project.id) as tx:
        tx.tell("DONE", Noun.PROJECT, project.id)


async def test_a_dead_locks_victim_is_done_again(server, project, met):
    """Another's transaction holds the project, and asks for the upload that the mutation holds."""
    names = [new_id() for _ in range(TIMES)]
    for name in names:
        await upload(project, name)
    ids = await Upload.filter(project_id=project.id).values_list("id", flat=True)
    before = await counted(server, "lock_deadlocks")
    async with root(server) as other:
        # The one that has changed less is the victim.
        await other.execute("CREATE TABLE weight SELECT seq AS n FROM seq_1_to_200")
        for upload_id in ids:
            await other.execute("BEGIN")
            await other.execute("UPDATE weight SET n = n + 1")
            await other.execute("SELECT id FROM project WHERE id = %s FOR UPDATE", [project.id])
            aborting = asyncio.create_task(abort(upload_id))
            await waits(server)
            await other.execute("SELECT id FROM upload WHERE id = %s FOR UPDATE", [upload_id])
            await other.execute("ROLLBACK")
            assert await aborting == "AbortUploadPayload"
        await other.execute("DROP TABLE weight")
    assert await counted(server, "lock_deadlocks") - before >= TIMES
    assert met.text.count("1213") >= TIMES
    told = Event.filter(type="OPERATION_ACCEPTED", project_id=project.id)
    assert await told.count() == 2 * TIMES + 1
    assert await Upload.filter(state="ABORTED", generation=2).count() == TIMES


async def test_a_lock_that_is_not_had_in_time_is_asked_for_again(server, tmp_path, met):
    """Fifty at once behind one that holds the project for longer than any lock is waited for."""
    hasty = SESSION.replace("innodb_lock_wait_timeout = 4", "innodb_lock_wait_timeout = 1")
    url = f"{server.url('app')}?maxsize={TIMES}&init_command={quote(hasty)}"
    async with open_world(tmp_path, url):
        project = await a_project()
        names = [new_id() for _ in range(TIMES)]
        async with root(server) as other:
            await other.execute("BEGIN")
            await other.execute("SELECT id FROM project WHERE id = %s FOR UPDATE", [project.id])
            running = [asyncio.create_task(upload(project, name)) for name in names]
            await until_met(met, "1205", TIMES)
            await other.execute("ROLLBACK")
            answers = dict(zip(names, await asyncio.gather(*running), strict=True))
        await assert_done_once(project, answers)


@pytest.mark.parametrize("cut", list(Cut))
async def test_a_commit_whose_answer_is_lost_is_looked_up(server, tmp_path, cut):
    """Done or not, the person is told that it is done, and it is done once."""
    async with proxy(server.port) as between, open_world(tmp_path, server.url("app", between.port)):
        project = await a_project()
        answers = {}
        for _ in range(TIMES):
            between.arm(cut)
            name = new_id()
            answers[name] = await upload(project, name)
        await assert_done_once(project, answers)
    assert between.cuts == TIMES


async def test_what_has_no_operation_is_looked_up_too(server, tmp_path):
    """A member who is gone because the first try had worked is no "there is no such member"."""
    async with proxy(server.port) as between, open_world(tmp_path, server.url("app", between.port)):
        project = await a_project()
        for cut in Cut:
            given = {"projectId": global_id("Project", project.id), "subject": "bob"}
            between.arm(cut)
            shows = "member { subject }"
            added = await api.do(ANN, "addMember", given | {"role": "VIEWER"}, shows)
            between.arm(cut)
            removed = await api.do(ANN, "removeMember", given, shows)
            kinds = (added["__typename"], removed["__typename"])
            assert kinds == ("AddMemberPayload", "RemoveMemberPayload")
        assert await Member.filter(project_id=project.id).count() == 1
    assert between.cuts == 2 * len(Cut)


async def abort(upload_id: str) -> str:
    """A mutation that locks the upload first and the project last."""
    given = {"uploadId": global_id("Upload", upload_id)}
    answer = await api.do(ANN, "abortUpload", given, "upload { id }")
    return str(answer.get("code") or answer["__typename"])


async def counted(server: Server, metric: str) -> int:
    """One of InnoDB's counters."""
    async with root(server) as look:
        await look.execute(
            "SELECT `count` FROM information_schema.innodb_metrics WHERE name = %s", [metric]
        )
        return int((await look.fetchone())[0])
