"""Uploads by tus through the API: broken off by a power cut, refused, thrown away, expired."""

import asyncio
import base64
import hashlib
import io
from pathlib import Path

import httpx
import pytest

from tablecast_demo import documents
from tablecast_demo.session import Session
from tests.datastore.test_large import lines
from tests.end_to_end import job
from tests.end_to_end.cluster import row_id
from tests.end_to_end.machine import Machine, within
from tests.end_to_end.schema_walk import metadata
from tests.end_to_end.sending import (
    MIB,
    PATCH,
    TUS,
    Slot,
    offset,
    send_half,
    send_rest,
    slot_of,
    taken_in,
)

UPLOAD = "query ($id: ID!) { upload(id: $id) { state offset sha256 canFinish error { code } } }"
FOLLOW = "subscription ($id: ID!) { upload(id: $id) { state error { code message } } }"
ABORT = """
mutation ($input: AbortUploadInput!) {
  abortUpload(input: $input) {
    ... on AbortUploadPayload { upload { id state } }
    ... on Error { code message field hint }
  }
}"""
CREATE = """
mutation ($input: CreateUploadInput!) {
  createUpload(input: $input) {
    __typename
    ... on CreateUploadPayload { upload { id url } }
    ... on LimitReachedError { limit }
    ... on Error { code message field hint }
  }
}"""
FINISH = """
mutation ($input: FinishUploadInput!) {
  finishUpload(input: $input) { __typename ... on Error { code message field hint } }
}"""


@pytest.fixture(scope="module")
def project(shared_machine):
    """A project that the tests share."""

    async def made() -> str:
        async with asyncio.timeout(60), Session(shared_machine.url) as session:
            return await job.project(session, "uploads")

    return asyncio.run(made())


def _send(slot: Slot, at: int, data: bytes, **headers: str) -> httpx.Response:
    sent = PATCH | {"Upload-Offset": str(at)} | headers
    return httpx.patch(slot.url, content=data, headers=sent, timeout=30)


async def test_an_upload_cut_off_by_kill_9_is_resumed_and_arrives_whole(machine):
    """64 MiB: the platform dies in the middle of a PATCH; what had come is not sent again."""
    content = b"".join(lines(64 * MIB))
    async with asyncio.timeout(120):
        async with Session(machine.url) as session:
            project = await job.project(session, "cut")
            slot = await slot_of(session, project, len(content))
        await asyncio.to_thread(send_half, slot, io.BytesIO(content), len(content), machine.kill)
        machine.start()
        await asyncio.to_thread(within, 30, lambda: offset(slot) >= 0, "the datastore")
        assert len(content) // 4 <= offset(slot) <= len(content) // 2
        await asyncio.to_thread(send_rest, slot, io.BytesIO(content))
        async with Session(machine.url) as session:
            source = await taken_in(session, slot, 60)
    assert source["sourceSha256"] == hashlib.sha256(content).hexdigest()
    assert source["sourceBytes"] == len(content)
    assert source["rows"] == content.count(b"\n") - 1


async def test_bytes_that_changed_on_the_way_are_not_kept(shared_machine, project):
    """A PATCH whose checksum is wrong is refused by tus' own status, and can be sent again."""
    data = b"a,b\n1,2\n"
    async with asyncio.timeout(30), Session(shared_machine.url) as session:
        slot = await slot_of(session, project, len(data))
    for algorithm in ("sha1", "sha256"):
        wrong = base64.b64encode(hashlib.new(algorithm, b"other").digest()).decode()
        answer = _send(slot, 0, data, **{"Upload-Checksum": f"{algorithm} {wrong}"})
        assert answer.status_code == 460
        assert answer.json()["error"]["code"] == "CHECKSUM_MISMATCH"
        assert offset(slot) == 0
    right = base64.b64encode(hashlib.sha256(data).digest()).decode()
    assert _send(slot, 0, data, **{"Upload-Checksum": f"sha256 {right}"}).status_code == 204


async def test_a_whole_that_differs_from_what_was_announced_fails_with_a_code(
    shared_machine, project
):
    """The sha256 is told when the upload is created, or when it is finished."""
    data, other = b"a,b\n1,2\n", hashlib.sha256(b"other").hexdigest()
    async with asyncio.timeout(30), Session(shared_machine.url) as session:
        for created, finished in (({"sha256": other}, {}), ({}, {"sha256": other})):
            slot = await slot_of(session, project, len(data), **created)
            await session.upload(slot.url, data)
            await session.mutate(documents.FINISH_UPLOAD, uploadId=slot.id, **finished)
            seen = await job.seen(session, FOLLOW, slot.id, state="FAILED")
            assert seen["error"]["code"] == "CHECKSUM_MISMATCH"
            assert hashlib.sha256(data).hexdigest() in seen["error"]["message"]
            assert _send(slot, 0, data).status_code == 410


async def test_finishing_too_early_says_so_and_the_rest_can_still_be_sent(
    shared_machine, person, project
):
    """Nothing is lost by it: the upload is open again, with the reason beside."""
    data = b"a,b\n1,2\n"
    async with asyncio.timeout(30), Session(shared_machine.url) as session:
        slot = await slot_of(session, project, len(data))
        assert _send(slot, 0, data[:3]).status_code == 204
        await session.mutate(documents.FINISH_UPLOAD, uploadId=slot.id)
        async for seen in session.follow(FOLLOW, id=slot.id):
            if seen["error"]:
                break
        assert (seen["state"], seen["error"]["code"]) == ("OPEN", "UPLOAD_INCOMPLETE")
        assert _send(slot, 3, data[3:]).status_code == 204
        await session.mutate(documents.FINISH_UPLOAD, uploadId=slot.id)
        await job.seen(session, FOLLOW, slot.id, state="COMPLETE", error=None)
    told = person.ask(UPLOAD, id=slot.id)["data"]["upload"]
    assert told["sha256"] == hashlib.sha256(data).hexdigest()
    again = person.ask(FINISH, input={"uploadId": slot.id})["data"]["finishUpload"]
    assert (again["__typename"], again["code"]) == ("ConflictError", "UPLOAD_NOT_OPEN")


async def test_an_aborted_upload_takes_nothing_more_and_leaves_nothing(shared_machine, project):
    """By mutation and by tus' DELETE alike."""
    async with asyncio.timeout(30), Session(shared_machine.url) as session:
        by_mutation, by_tus = [await slot_of(session, project, 8) for _ in range(2)]
        for slot in (by_mutation, by_tus):
            assert _send(slot, 0, b"a,b\n").status_code == 204
        await session.mutate(ABORT, uploadId=by_mutation.id)
        assert httpx.delete(by_tus.url, headers=TUS).status_code == 204
        for slot in (by_mutation, by_tus):
            assert _send(slot, 4, b"1,2\n").status_code == 410
            assert httpx.head(slot.url, headers=TUS).status_code == 410
            await job.seen(session, FOLLOW, slot.id, state="ABORTED")
            within(10, lambda slot=slot: not _files(shared_machine, slot), "its bytes to be gone")


def _files(machine: Machine, slot: Slot) -> list[Path]:
    return list(machine.state.rglob(f"uploads/{row_id(slot.id)}"))


def test_what_is_too_large_is_refused_before_a_byte_is_sent(person, project):
    """By mutation with the limit, by tus with 413; and more bytes than announced are not taken."""
    limits = person.ask("{ serverLimits { uploadBytes } }")["data"]["serverLimits"]
    given = {"projectId": project, "fileName": "t.csv", "length": limits["uploadBytes"] + 1}
    told = person.ask(CREATE, input=given)["data"]["createUpload"]
    assert (told["__typename"], told["field"]) == ("LimitReachedError", "length")
    assert told["limit"] == limits["uploadBytes"]
    headers = TUS | metadata(project=project)
    length = {"Upload-Length": str(given["length"])}
    assert person.http.post("/uploads", headers=headers | length).status_code == 413
    made = person.http.post("/uploads", headers=headers | {"Upload-Length": "3"})
    assert made.status_code == 201
    slot = Slot("", made.headers["location"])
    assert _send(slot, 0, b"four").status_code == 413
    assert offset(slot) == 0


@pytest.fixture
def hasty_machine(tmp_path):
    """A machine that gives an upload two seconds, and looks for late ones each second."""
    settings = {"TABLECAST_LIMIT_UPLOAD_SECONDS": "2", "TABLECAST_SWEEP_SECONDS": "1"}
    machine = Machine(tmp_path / "state", **settings)
    machine.start()
    yield machine
    machine.kill()


async def test_an_upload_not_finished_in_its_time_is_thrown_away(hasty_machine):
    """It takes nothing more, cannot be finished, says why, and leaves no bytes."""
    async with asyncio.timeout(60), Session(hasty_machine.url) as session:
        project = await job.project(session, "late")
        slot = await slot_of(session, project, 8)
        assert _send(slot, 0, b"a,b\n").status_code == 204
        seen = await job.seen(session, FOLLOW, slot.id, state="ABORTED")
        assert seen["error"]["code"] == "UPLOAD_EXPIRED"
        answer = _send(slot, 4, b"1,2\n")
        assert (answer.status_code, answer.json()["error"]["code"]) == (410, "UPLOAD_EXPIRED")
        assert httpx.head(slot.url, headers=TUS).status_code == 410
        finished = (await session.query(FINISH, input={"uploadId": slot.id}))["finishUpload"]
        assert (finished["__typename"], finished["code"]) == ("ConflictError", "UPLOAD_EXPIRED")
    within(10, lambda: not _files(hasty_machine, slot), "its bytes to be gone")
    assert "Traceback" not in hasty_machine.log()
