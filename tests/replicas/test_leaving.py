"""A replica that is told to end, and one that is killed: what it held goes on elsewhere."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tablecast_demo import documents
from tablecast_demo.session import Session
from tests.api.sockets import hear, subscribe, talking
from tests.end_to_end import job
from tests.end_to_end.documents import FOLLOW_EVENTS
from tests.end_to_end.sending import PATCH, TUS
from tests.end_to_end.server import Server
from tests.replicas.stage import NAMES, Stage, term
from tests.replicas.watching import carried_out, operations, until

pytestmark = [pytest.mark.mariadb, pytest.mark.slow]

RESTART = 1012
LEASE_SECONDS = 30


@pytest.fixture
async def leaver(stage: Stage) -> AsyncIterator[Server]:
    """The replica that ends; it is there again afterwards."""
    first = stage.replicas[0]
    yield first
    first.kill()
    first.settings.pop("TABLECAST_LEASE_SECONDS", None)
    first.start()


@pytest.fixture
async def others(stage: Stage) -> AsyncIterator[Session]:
    """A client of a replica that stays."""
    async with Session(stage.urls[1]) as session:
        yield session


async def held_project(stage: Stage, name: str) -> str:
    """A project that the first replica has a lease on, and does not get on with."""
    async with Session(stage.urls[0]) as session:
        made = await session.mutate(documents.CREATE_PROJECT, name=name)

    before = len(stage.held(NAMES[0]))

    async def is_held() -> bool:
        paths = stage.held(NAMES[0])[before:]
        return any(f"/namespaces/tc-{name}-" in path for path in paths)

    await until(is_held, "the first replica to claim it", seconds=20)
    return str(made["project"]["id"])


async def test_what_it_held_is_carried_out_elsewhere_before_its_lease_would_have_ended(
    stage: Stage, leaver: Server, others: Session
) -> None:
    """The cluster does not answer it any more; another one claims what it gives back."""
    with stage.holding(f"{NAMES[0]} /api"):
        project = await held_project(stage, "handed")
        assert (await operations(others, project))[0]["state"] == "ACCEPTED"
        begun = time.monotonic()
        term(leaver)
        done = await carried_out(others, project)
        took = time.monotonic() - begun
    print(f"handed over and carried out after {took:.1f} s")
    # Long before a lease that was not given back, and not counted as a failed try.
    assert took < LEASE_SECONDS / 2
    assert [(one["tries"], one["lastError"]) for one in done] == [(1, "")]
    assert leaver.ended() == 0


async def test_readyz_says_so_first_and_requests_are_still_answered(
    stage: Stage, leaver: Server
) -> None:
    """Whoever looks is told 503 while the port is open; nothing that comes then is refused."""
    term(leaver)
    told: list[tuple[int, bool]] = []
    async with httpx.AsyncClient(base_url=leaver.url, timeout=10) as client:
        while await answered(client, told):
            pass
    assert told[-1] == (503, False)
    assert set(told) <= {(200, True), (503, False)}
    assert leaver.ended() == 0


async def answered(client: httpx.AsyncClient, told: list[tuple[int, bool]]) -> bool:
    """Note what /readyz says, and ask for something; False once nobody is there."""
    try:
        ready = await client.get("/readyz")
        asked = await client.post("/graphql", json={"query": "{ version }"})
    except (httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError):
        # Refused, or closed before a byte of an answer: it came while the port was being closed.
        return False
    [process] = [part for part in ready.json()["parts"] if part["name"] == "process"]
    told.append((ready.status_code, process["ok"]))
    assert asked.status_code == 200
    if told[-1][0] == 503:
        assert asked.headers["connection"] == "close"
    return True


async def test_websockets_are_closed_with_a_code_to_come_again_and_go_on_elsewhere(
    stage: Stage, leaver: Server, others: Session
) -> None:
    """No subscription is said to be complete; from its cursor it goes on at another replica."""
    project = await job.project(others, "sockets")
    address = leaver.url.removeprefix("http://")
    async with talking(address) as socket:
        await subscribe(socket, FOLLOW_EVENTS, variables={"id": project})
        cursor = (await hear(socket))["payload"]["data"]["projectEvents"]["cursor"]
        term(leaver)
        frames, code = await heard_to_the_end(socket)
    assert code == RESTART
    assert {frame["type"] for frame in frames} <= {"next"}
    made = await others.mutate(
        documents.CREATE_UPLOAD, projectId=project, fileName="x.csv", length=3
    )
    numbers: list[int] = []
    async with asyncio.timeout(20):
        async for batch in others.follow(FOLLOW_EVENTS, id=project, after=cursor):
            numbers += [event["sequence"] for event in batch["events"]]
            if any(event["subjectId"] == made["upload"]["id"] for event in batch["events"]):
                break
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def heard_to_the_end(socket: ClientConnection) -> tuple[list[dict[str, Any]], int | None]:
    """Each frame until the connection is closed, and with which code it was."""
    frames = []
    with suppress(ConnectionClosed):
        async with asyncio.timeout(20):
            while True:
                frames.append(await hear(socket))
    return frames, socket.close_code


async def test_a_request_that_takes_too_long_is_sent_elsewhere(
    stage: Stage, leaver: Server, others: Session
) -> None:
    """It waits for the cluster, which does not answer: in the end it is told to come again."""
    project = await job.project(others, "long")
    made = await others.mutate(
        documents.CREATE_UPLOAD, projectId=project, fileName="x.csv", length=3
    )
    path = made["upload"]["url"].removeprefix(stage.urls[1])
    await carried_out(others, project)
    with stage.holding(f"{NAMES[0]} /api/v1/namespaces/tc-long-"):
        async with httpx.AsyncClient(timeout=60) as client:
            asking = asyncio.create_task(client.head(leaver.url + path, headers=TUS))

            async def waits() -> bool:
                return any("tc-long-" in held for held in stage.held(NAMES[0]))

            await until(waits, "the request to reach the cluster")
            term(leaver)
            answer = await asking
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
            assert leaver.ended() == 0
            again = await client.head(stage.urls[2] + path, headers=TUS)
    assert again.headers["upload-offset"] == "0"


async def test_an_upload_that_one_replica_began_goes_on_through_the_others(
    stage: Stage, leaver: Server, others: Session
) -> None:
    """Its first half by one that is killed then, where it is by another, its second by a third."""
    content = job.table(4_000)
    half = len(content) // 2
    project = await job.project(others, "upload")
    made = await others.mutate(
        documents.CREATE_UPLOAD, projectId=project, fileName="t.csv", length=len(content)
    )
    path = made["upload"]["url"].removeprefix(stage.urls[1])
    async with httpx.AsyncClient(timeout=60) as client:
        sent = await client.patch(
            leaver.url + path, headers=PATCH | {"Upload-Offset": "0"}, content=content[:half]
        )
        assert sent.status_code == 204, sent.text
        leaver.kill()
        there = await client.head(stage.urls[1] + path, headers=TUS)
        assert there.headers["upload-offset"] == str(half)
        rest = PATCH | {"Upload-Offset": str(half)}
        sent = await client.patch(stage.urls[2] + path, headers=rest, content=content[half:])
        assert sent.status_code == 204, sent.text
    await others.mutate(documents.FINISH_UPLOAD, uploadId=made["upload"]["id"])
    version = await job.dataset(others, made["upload"]["id"])
    ready = await job.seen(others, documents.FOLLOW_VERSION, version, state="READY")
    assert ready["rows"] == 4_000


async def test_what_a_killed_replica_held_is_taken_over_when_its_lease_has_run_out(
    stage: Stage, leaver: Server, others: Session
) -> None:
    """kill -9 in the middle of a call: nobody gives anything back, and nothing is made twice."""
    leaver.stop()
    leaver.settings["TABLECAST_LEASE_SECONDS"] = "4"
    leaver.start()
    with stage.holding(f"{NAMES[0]} /api"):
        project = await held_project(stage, "killed")
        begun = time.monotonic()
        leaver.kill()
        done = await carried_out(others, project)
    print(f"taken over and carried out after {time.monotonic() - begun:.1f} s, of a lease of 4 s")
    assert [one["tries"] for one in done] == [1]
    made = [note for note in stage.notes() if "/namespaces/tc-killed-" in note.get("path", "")]
    uids: dict[str, set[str]] = {}
    for note in made:
        uids.setdefault(note["path"], set()).add(note["uid"])
    assert {path: len(found) for path, found in uids.items() if len(found) != 1} == {}
    assert {note["who"] for note in made} <= set(NAMES[1:])


async def test_one_that_cannot_be_done_holds_up_no_other(stage: Stage, others: Session) -> None:
    """The cluster answers nobody about one project; sixty other wishes are carried out beside it."""
    project = await job.project(others, "healthy")
    with stage.holding("/namespaces/tc-poison-"):
        made = await others.mutate(documents.CREATE_PROJECT, name="poison")
        wishes = [
            others.mutate(
                documents.CREATE_UPLOAD, projectId=project, fileName=f"{number}.csv", length=3
            )
            for number in range(60)
        ]
        await asyncio.gather(*wishes)
        begun = time.monotonic()
        await carried_out(others, project)
        print(f"60 beside it after {time.monotonic() - begun:.1f} s")
        (poison,) = await operations(others, made["project"]["id"])
        assert poison["state"] == "ACCEPTED"
    await job.seen(others, documents.FOLLOW_PROJECT, made["project"]["id"], state="READY")
