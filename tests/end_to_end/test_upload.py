"""Uploads by tus through the API: broken off by a power cut, refused, thrown away, expired."""

import asyncio
import base64
import hashlib
import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

import httpx
import pytest
from tusclient.client import TusClient

from tablecast_demo import documents
from tablecast_demo.session import Session
from tests.datastore.test_large import lines
from tests.end_to_end import job
from tests.end_to_end.cluster import row_id
from tests.end_to_end.machine import Machine, within
from tests.end_to_end.people import Person
from tests.end_to_end.processes import descendants, most_resident, resident

MIB = 1 << 20
GIB = 1 << 30
TUS = {"Tus-Resumable": "1.0.0"}
PATCH = TUS | {"Content-Type": "application/offset+octet-stream"}
MOST_GROWTH = 64 * MIB
MOST_CONVERSION = 2 * GIB

UPLOAD = "query ($id: ID!) { upload(id: $id) { state offset sha256 canFinish error { code } } }"
FOLLOW = "subscription ($id: ID!) { upload(id: $id) { state error { code message } } }"
SOURCE = "query ($id: ID!) { datasetVersion(id: $id) { sourceSha256 sourceBytes rows } }"
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


class Slot(NamedTuple):
    """An upload that was created: its id, and where its bytes go."""

    id: str
    url: str


@pytest.fixture
def person(shared_machine):
    """Whoever asks the shared machine by hand."""
    anybody = Person(shared_machine.url)
    yield anybody
    anybody.close()


@pytest.fixture(scope="module")
def project(shared_machine):
    """A project that the tests share."""

    async def made() -> str:
        async with asyncio.timeout(60), Session(shared_machine.url) as session:
            return await job.project(session, "uploads")

    return asyncio.run(made())


async def _slot(session: Session, project_id: str, length: int, **also: str) -> Slot:
    made = await session.mutate(
        documents.CREATE_UPLOAD, projectId=project_id, fileName="t.csv", length=length, **also
    )
    return Slot(made["upload"]["id"], made["upload"]["url"])


def _offset(slot: Slot) -> int:
    answer = httpx.head(slot.url, headers=TUS, timeout=30)
    return int(answer.headers["upload-offset"]) if answer.is_success else -1


def _send(slot: Slot, offset: int, data: bytes, **headers: str) -> httpx.Response:
    sent = PATCH | {"Upload-Offset": str(offset)} | headers
    return httpx.patch(slot.url, content=data, headers=sent, timeout=30)


def _send_half(slot: Slot, file: BinaryIO, length: int, cut: Callable[[], None]) -> None:
    """Send half of a file in one PATCH that announces all of it, and `cut` once it is there."""
    over = threading.Event()

    def body() -> Iterator[bytes]:
        left = length // 2
        while left and (chunk := file.read(min(left, MIB))):
            left -= len(chunk)
            yield chunk
        over.wait(60)
        raise ConnectionAbortedError("the line is cut")

    def send() -> None:
        headers = PATCH | {"Upload-Offset": "0", "Content-Length": str(length)}
        with suppress(httpx.TransportError, ConnectionAbortedError):
            httpx.patch(slot.url, content=body(), headers=headers, timeout=60)

    sending = threading.Thread(target=send)
    sending.start()
    try:
        within(120, lambda: _offset(slot) >= length // 4, "a quarter of the file to be there")
        cut()
    finally:
        over.set()
        sending.join(60)


def _send_rest(slot: Slot, file: BinaryIO) -> None:
    """Let a tus client library find out what is missing and send it."""
    within(30, lambda: _offset(slot) >= 0, "the datastore to answer again")
    client = TusClient("")
    client.uploader(file_stream=file, url=slot.url, chunk_size=8 * MIB).upload()


async def _taken_in(session: Session, slot: Slot, seconds: float) -> dict:
    """Finish, convert, and return what is said of the source."""
    await session.mutate(documents.FINISH_UPLOAD, uploadId=slot.id)
    version = await job.dataset(session, slot.id, f"cut {slot.id}")
    async with asyncio.timeout(seconds):
        await job.seen(session, documents.FOLLOW_VERSION, version, state="READY")
    return (await session.query(SOURCE, id=version))["datasetVersion"]


async def test_an_upload_cut_off_by_kill_9_is_resumed_and_arrives_whole(machine):
    """64 MiB: the platform dies in the middle of a PATCH; what had come is not sent again."""
    content = b"".join(lines(64 * MIB))
    async with asyncio.timeout(120):
        async with Session(machine.url) as session:
            project = await job.project(session, "cut")
            slot = await _slot(session, project, len(content))
        await asyncio.to_thread(_send_half, slot, io.BytesIO(content), len(content), machine.kill)
        machine.start()
        await asyncio.to_thread(within, 30, lambda: _offset(slot) >= 0, "the datastore")
        assert len(content) // 4 <= _offset(slot) <= len(content) // 2
        await asyncio.to_thread(_send_rest, slot, io.BytesIO(content))
        async with Session(machine.url) as session:
            source = await _taken_in(session, slot, 60)
    assert source["sourceSha256"] == hashlib.sha256(content).hexdigest()
    assert source["sourceBytes"] == len(content)
    assert source["rows"] == content.count(b"\n") - 1


class Memory:
    """Resident bytes of a process, watched from now on."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.first = self.most = resident(pid)

    def look(self) -> None:
        """Look again."""
        self.most = max(self.most, resident(self.pid))

    @property
    def growth(self) -> int:
        """Bytes by which it grew at most."""
        return self.most - self.first


@contextmanager
def _watched(machine: Machine) -> Iterator[dict[str, Memory]]:
    """Watch the server and its datastore, twenty times a second."""
    [datastore] = machine.processes("tablecast.datastore")
    watched = {"server": Memory(machine.pid), "datastore": Memory(datastore)}
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            for memory in watched.values():
                memory.look()

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield watched
    finally:
        over.set()
        looking.join()


@contextmanager
def _child_watched(datastore: int) -> Iterator[list[int]]:
    """The most resident bytes that each look at the datastore's conversion found."""
    found, over = [0], threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            found.extend(most_resident(child) for child in descendants(datastore))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield found
    finally:
        over.set()
        looking.join()


@pytest.mark.slow
async def test_a_gibibyte_passes_through_in_little_memory(machine, tmp_path):
    """Cut off in the middle, resumed, equal; neither process holds it, the conversion under 2 GiB."""
    path, digest = tmp_path / "large.csv", hashlib.sha256()
    with path.open("wb") as file:
        for block in lines(GIB):
            digest.update(block)
            file.write(block)
    length = path.stat().st_size
    async with Session(machine.url) as session:
        slot = await _slot(session, await job.project(session, "large"), length)
    before = _half_of_a_gibibyte(machine, slot, path)
    machine.start()
    within(30, lambda: _offset(slot) >= 0, "the datastore to answer again")
    began = time.monotonic()
    with _watched(machine) as after, path.open("rb") as file:
        await asyncio.to_thread(_send_rest, slot, file)
    sent = time.monotonic()
    with _child_watched(after["datastore"].pid) as child:
        async with Session(machine.url) as session:
            source = await _taken_in(session, slot, 900)
    print(
        f"1 GiB: server +{max(before['server'].growth, after['server'].growth) / MIB:.1f} MiB,"
        f" datastore +{max(before['datastore'].growth, after['datastore'].growth) / MIB:.1f} MiB,"
        f" conversion {max(child) / MIB:.0f} MiB,"
        f" the second half in {sent - began:.1f} s, converted in {time.monotonic() - sent:.1f} s"
    )
    assert source["sourceSha256"] == digest.hexdigest()
    assert source["sourceBytes"] == length
    for memory in (*before.values(), *after.values()):
        assert memory.growth < MOST_GROWTH
    assert 0 < max(child) < MOST_CONVERSION


def _half_of_a_gibibyte(machine: Machine, slot: Slot, path: Path) -> dict[str, Memory]:
    with _watched(machine) as memory, path.open("rb") as file:
        _send_half(slot, file, path.stat().st_size, machine.kill)
    return memory


async def test_bytes_that_changed_on_the_way_are_not_kept(shared_machine, project):
    """A PATCH whose checksum is wrong is refused by tus' own status, and can be sent again."""
    data = b"a,b\n1,2\n"
    async with asyncio.timeout(30), Session(shared_machine.url) as session:
        slot = await _slot(session, project, len(data))
    for algorithm in ("sha1", "sha256"):
        wrong = base64.b64encode(hashlib.new(algorithm, b"other").digest()).decode()
        answer = _send(slot, 0, data, **{"Upload-Checksum": f"{algorithm} {wrong}"})
        assert answer.status_code == 460
        assert answer.json()["error"]["code"] == "CHECKSUM_MISMATCH"
        assert _offset(slot) == 0
    right = base64.b64encode(hashlib.sha256(data).digest()).decode()
    assert _send(slot, 0, data, **{"Upload-Checksum": f"sha256 {right}"}).status_code == 204


async def test_a_whole_that_differs_from_what_was_announced_fails_with_a_code(
    shared_machine, project
):
    """The sha256 is told when the upload is created, or when it is finished."""
    data, other = b"a,b\n1,2\n", hashlib.sha256(b"other").hexdigest()
    async with asyncio.timeout(30), Session(shared_machine.url) as session:
        for created, finished in (({"sha256": other}, {}), ({}, {"sha256": other})):
            slot = await _slot(session, project, len(data), **created)
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
        slot = await _slot(session, project, len(data))
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
        by_mutation, by_tus = [await _slot(session, project, 8) for _ in range(2)]
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
    metadata = ",".join(
        f"{key} {base64.b64encode(value.encode()).decode()}"
        for key, value in {"project": project, "filename": "t.csv"}.items()
    )
    headers = TUS | {"Upload-Metadata": metadata}
    length = {"Upload-Length": str(given["length"])}
    assert person.http.post("/uploads", headers=headers | length).status_code == 413
    made = person.http.post("/uploads", headers=headers | {"Upload-Length": "3"})
    assert made.status_code == 201
    slot = Slot("", made.headers["location"])
    assert _send(slot, 0, b"four").status_code == 413
    assert _offset(slot) == 0


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
        slot = await _slot(session, project, 8)
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
