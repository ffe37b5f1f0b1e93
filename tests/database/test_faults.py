"""Faults of a real MariaDB: a person's mutation outlives them, and what it did is done once.

Each mutation goes through the API, without an idempotency key. Whether the faults were met is counted
too, so that no test passes for want of them.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import quote

import aiomysql
import pytest

from tablecast.api.ids import global_id
from tablecast.domain.database import SESSION
from tablecast.domain.identity import new_id
from tablecast.domain.migrations import upgrade
from tablecast.domain.tables import Event, Member, Operation, Project, Upload
from tests.api.world import ANN, Api
from tests.database import mariadb
from tests.database.cutting import Cut, proxy
from tests.domain.world import MIGRATIONS, a_project, open_world
from tests.lacking import lacking

pytestmark = pytest.mark.mariadb

TIMES = 50
AT_ONCE = 8

api = Api()


@pytest.fixture(scope="module")
def server() -> Iterator[mariadb.Server]:
    """A MariaDB with this version's tables, and a user whom `read_only` binds."""
    if not mariadb.available():
        lacking("mariadb-server is not installed")
    with mariadb.private_server() as running:
        asyncio.run(upgrade(running.url(), MIGRATIONS))
        running.ask("CREATE USER app; GRANT ALL ON tablecast.* TO app")
        yield running


@pytest.fixture(autouse=True)
def met(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What was done again, and why."""
    caplog.set_level(logging.DEBUG, "tablecast.domain.retrying")
    return caplog


@pytest.fixture
async def project(server: mariadb.Server, tmp_path) -> AsyncIterator[Project]:
    """Ann's project, in a database that is open."""
    async with open_world(tmp_path, server.url("app")):
        yield await a_project()


@asynccontextmanager
async def root(server: mariadb.Server) -> AsyncIterator[aiomysql.Cursor]:
    """Another's connection, who may do everything."""
    connection = await aiomysql.connect(
        host="127.0.0.1", port=server.port, user="root", db="tablecast", autocommit=True
    )
    try:
        async with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


async def upload(project: Project, name: str) -> str:
    """One mutation: what it answered, and what it was called."""
    given = {"projectId": global_id("Project", project.id), "fileName": name, "length": 1}
    answer = await api.do(ANN, "createUpload", given, "upload { id }")
    return answer["__typename"] if "code" not in answer else answer["code"]


async def upload_for(project: Project, until: asyncio.Event) -> dict[str, str]:
    """Mutations one after the other, each of another file; their answers by its name."""
    answers = {}
    while not until.is_set():
        name = new_id()
        answers[name] = await upload(project, name)
    return answers


@asynccontextmanager
async def uploading(project: Project) -> AsyncIterator[dict[str, str]]:
    """Mutations meanwhile, several at once; afterwards each was answered, and done once."""
    until, answers = asyncio.Event(), {}
    running = [asyncio.create_task(upload_for(project, until)) for _ in range(AT_ONCE)]
    try:
        yield answers
    finally:
        until.set()
        for found in await asyncio.gather(*running):
            answers |= found
    await assert_done_once(project, answers)


async def assert_done_once(project: Project, answers: dict[str, str]) -> None:
    """No error was told; each has one row, one operation, one event; the feed has no gap."""
    assert set(answers.values()) == {"CreateUploadPayload"}
    uploads = await Upload.filter(project_id=project.id)
    assert sorted(one.file_name for one in uploads) == sorted(answers)
    ids = sorted(one.id for one in uploads)
    wishes = Operation.filter(project_id=project.id, noun="UPLOAD").order_by("subject_id")
    assert await wishes.values_list("subject_id", flat=True) == ids
    told = Event.filter(project_id=project.id, type="UPLOAD_CREATED").order_by("subject_id")
    assert await told.values_list("subject_id", flat=True) == ids
    feed = Event.filter(project_id=project.id).order_by("sequence")
    numbers = await feed.values_list("sequence", flat=True)
    newest = (await Project.get(id=project.id)).feed_sequence
    assert numbers == list(range(1, newest + 1))


async def test_a_killed_connection_is_nobodys_trouble(server, project, met):
    """All connections of the server's at once, again and again."""
    async with root(server) as other, uploading(project):
        for _ in range(TIMES):
            await other.execute("KILL USER app")
            await asyncio.sleep(0.05)
    assert met.text.count("done again: ") >= TIMES


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
        for _ in range(TIMES):
            await other.execute("SET GLOBAL read_only = 1")
            await asyncio.sleep(0.05)
            await other.execute("SET GLOBAL read_only = 0")
            await asyncio.sleep(0.02)
    assert met.text.count("it is read-only") >= TIMES


async def test_a_server_that_is_killed_and_comes_back_is_waited_for(server, project, met):
    """kill -9: what was committed is there, what was not is done again."""
    async with uploading(project):
        for _ in range(3):
            await asyncio.sleep(0.3)
            server.kill()
            await asyncio.to_thread(server.start)
    assert "it cannot be reached" in met.text


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
            async with asyncio.timeout(8):
                while met.text.count("1205") < TIMES:  # noqa: ASYNC110 -- a log has no event
                    await asyncio.sleep(0.1)
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


async def waits(server: mariadb.Server) -> None:
    """Return once somebody waits for a lock."""
    async with root(server) as look, asyncio.timeout(5):
        while True:
            await look.execute("SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'")
            if int((await look.fetchone())[1]):
                return
            await asyncio.sleep(0.01)


async def counted(server: mariadb.Server, metric: str) -> int:
    """One of InnoDB's counters."""
    async with root(server) as look:
        await look.execute(
            "SELECT `count` FROM information_schema.innodb_metrics WHERE name = %s", [metric]
        )
        return int((await look.fetchone())[0])
