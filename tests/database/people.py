"""People who ask while something is wrong with a MariaDB, and what must hold of what they asked for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiomysql
import pytest

from tablecast.api.ids import global_id
from tablecast.domain.identity import new_id
from tablecast.domain.tables import Event, Operation, Project, Upload
from tests.api.world import ANN, Api
from tests.database.mariadb import Server

AT_ONCE = 8

api = Api()


@asynccontextmanager
async def root(server: Server) -> AsyncIterator[aiomysql.Cursor]:
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


async def until_met(met: pytest.LogCaptureFixture, what: str, times: int) -> None:
    """Return once something was done again so many times for this."""
    async with asyncio.timeout(10):
        while met.text.count(what) < times:  # noqa: ASYNC110 -- a log has no event
            await asyncio.sleep(0.01)


async def waits(server: Server) -> None:
    """Return once somebody waits for a lock."""
    async with root(server) as look, asyncio.timeout(5):
        while True:
            await look.execute("SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'")
            if int((await look.fetchone())[1]):
                return
            await asyncio.sleep(0.01)
