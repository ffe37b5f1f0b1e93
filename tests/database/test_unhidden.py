"""Faults that no waiting hides, and what is left after them: nothing that holds anybody up."""

import asyncio
import socket
from urllib.parse import quote

import pytest
from tortoise.connection import get_connection

from tablecast.api.ids import global_id
from tablecast.domain import retrying
from tablecast.domain.database import SESSION
from tablecast.domain.tables import Member, Upload
from tablecast.errors import CommitUnknown
from tests.api.world import ANN, mutation_text
from tests.database.cutting import Cut, proxy
from tests.database.people import api, root, until_met, upload, waits
from tests.domain.world import a_project, open_world

pytestmark = pytest.mark.mariadb


async def test_those_who_wait_for_a_connection_go_on_when_those_lent_are_killed(
    server, tmp_path, met
):
    """Two connections, eight who want one: nobody is left waiting for what never comes back."""
    async with open_world(tmp_path, f"{server.url('app')}?maxsize=2"):
        project = await a_project()
        async with root(server) as other:
            await other.execute("BEGIN")
            await other.execute("SELECT id FROM project WHERE id = %s FOR UPDATE", [project.id])
            asking = [asyncio.create_task(upload(project, f"{n}.csv")) for n in range(8)]
            await waits(server)
            await other.execute("KILL USER app")
            await other.execute("ROLLBACK")
        async with asyncio.timeout(5):
            assert set(await asyncio.gather(*asking)) == {"CreateUploadPayload"}
    assert "the connection was lost" in met.text


async def test_after_a_fail_over_no_connection_leads_to_the_old_server(server, project, met):
    """Those in store are closed as well: a name, or a proxy, leads elsewhere by now."""
    async with root(server) as other:
        await asyncio.gather(*(upload(project, f"{n}.csv") for n in range(8)))
        before = await connections(other)
        await other.execute("SET GLOBAL read_only = 1")
        asking = asyncio.create_task(upload(project, "late.csv"))
        await until_met(met, "it is read-only", 1)
        await other.execute("SET GLOBAL read_only = 0")
        assert await asking == "CreateUploadPayload"
        assert len(before) > 1
        assert before & await connections(other) == set()


async def test_a_write_of_its_own_that_was_cut_off_is_not_simply_done_again(server, tmp_path):
    """Nobody knows whether it was done."""
    async with open_world(tmp_path, server.url("app")), root(server) as other:
        project = await a_project()
        await other.execute("BEGIN")
        await other.execute("SELECT id FROM member WHERE project_id = %s FOR UPDATE", [project.id])
        writing = asyncio.ensure_future(Member.filter(project_id=project.id).update(role="VIEWER"))
        await waits(server)
        await other.execute("KILL USER app")
        with pytest.raises(CommitUnknown):
            await writing
        await other.execute("ROLLBACK")
        assert (await Member.get(project_id=project.id)).role == "OWNER"


async def test_an_outcome_that_nobody_can_tell_is_told_as_such_and_repeating_is_harmless(
    server, tmp_path, monkeypatch
):
    """The answer to the commit is lost, and the database with it; the key makes it one upload."""
    monkeypatch.setattr(retrying, "PATIENCE", 0.3)
    async with proxy(server.port) as between, open_world(tmp_path, server.url("app", between.port)):
        project = await a_project()
        given = {"projectId": global_id("Project", project.id), "fileName": "a", "length": 1}
        given |= {"idempotencyKey": "once"}
        between.arm(Cut.ANSWER, forever=True)
        told = (await api.ask(ANN, CREATE, input=given))["createUpload"]
        between.mend()
        again = await api.do(ANN, "createUpload", given, "upload { id }")
        assert again["__typename"] == "CreateUploadPayload"
        assert await Upload.filter(project_id=project.id).count() == 1
    assert told == {
        "__typename": "DatabaseUnavailableError",
        "code": "DATABASE_UNAVAILABLE",
        "message": "The database's answer was lost: this was carried out, or it was not.",
        "field": "",
        "hint": "Repeat it with the same idempotencyKey, or look before you repeat it.",
        "outcomeUnknown": True,
    }


async def test_who_gives_up_waiting_leaves_no_trace(server, tmp_path):
    """A cancellation is one, whatever is said on the connection that it breaks; who waits for that
    connection gets another."""
    hasty = SESSION.replace("innodb_lock_wait_timeout = 4", "innodb_lock_wait_timeout = 50")
    url = f"{server.url('app')}?maxsize=1&init_command={quote(hasty)}"
    async with open_world(tmp_path, url), root(server) as other:
        project = await a_project()
        await other.execute("BEGIN")
        await other.execute("SELECT id FROM project WHERE id = %s FOR UPDATE", [project.id])
        asking = asyncio.create_task(upload(project, "a.csv"))
        await waits(server)
        next_one = asyncio.create_task(upload(project, "b.csv"))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await other.execute("ROLLBACK")
        async with asyncio.timeout(5):
            assert await next_one == "CreateUploadPayload"
        assert await Upload.all().values_list("file_name", flat=True) == ["b.csv"]


async def test_a_server_that_is_gone_without_a_word_is_noticed(server, project):
    """The kernel asks after it, whether or not a statement is under way."""
    async with get_connection("default").acquire_connection() as connection:
        found = connection._writer.transport.get_extra_info("socket")
        options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        idle, pause, times = (found.getsockopt(socket.IPPROTO_TCP, one) for one in options)
        assert found.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert idle + pause * times <= 10
        assert found.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 10_000


async def test_a_statement_that_is_wrong_is_no_fault_of_the_database(server, project, met):
    """It is not tried again, and stays what the driver says."""
    with pytest.raises(Exception, match="1146"):
        await get_connection("default").execute_query("SELECT * FROM nothing")
    assert "done again" not in met.text


CREATE = mutation_text("createUpload", "upload { id }").replace(
    "... on Error", "... on DatabaseUnavailableError { outcomeUnknown } ... on Error"
)


async def connections(other) -> set[int]:
    """The ids of the connections that the program has."""
    await other.execute("SELECT id FROM information_schema.processlist WHERE user = 'app'")
    return {row[0] for row in await other.fetchall()}
