"""Uploads in the making: slots, half of a file, and the rest of it by a tus client library."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import BinaryIO, NamedTuple

import httpx
from tusclient.client import TusClient

from tablecast_demo import documents
from tablecast_demo.session import Session
from tests.end_to_end import job
from tests.end_to_end.machine import within

MIB = 1 << 20
TUS = {"Tus-Resumable": "1.0.0"}
PATCH = TUS | {"Content-Type": "application/offset+octet-stream"}

SOURCE = "query ($id: ID!) { datasetVersion(id: $id) { sourceSha256 sourceBytes rows } }"


class Slot(NamedTuple):
    """An upload that was created: its id, and where its bytes go."""

    id: str
    url: str


async def slot_of(session: Session, project_id: str, length: int, **also: str) -> Slot:
    """A slot that was wished for."""
    made = await session.mutate(
        documents.CREATE_UPLOAD, projectId=project_id, fileName="t.csv", length=length, **also
    )
    return Slot(made["upload"]["id"], made["upload"]["url"])


def offset(slot: Slot) -> int:
    """How many bytes have arrived; -1 while nobody answers."""
    answer = httpx.head(slot.url, headers=TUS, timeout=30)
    return int(answer.headers["upload-offset"]) if answer.is_success else -1


def send_half(slot: Slot, file: BinaryIO, length: int, cut: Callable[[], None]) -> None:
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
        within(120, lambda: offset(slot) >= length // 4, "a quarter of the file to be there")
        cut()
    finally:
        over.set()
        sending.join(60)


def send_rest(slot: Slot, file: BinaryIO) -> None:
    """Let a tus client library find out what is missing and send it."""
    within(30, lambda: offset(slot) >= 0, "the datastore to answer again")
    client = TusClient("")
    client.uploader(file_stream=file, url=slot.url, chunk_size=8 * MIB).upload()


async def taken_in(session: Session, slot: Slot, seconds: float) -> dict:
    """Finish, convert, and return what is said of the source."""
    await session.mutate(documents.FINISH_UPLOAD, uploadId=slot.id)
    version = await job.dataset(session, slot.id, f"cut {slot.id}")
    async with asyncio.timeout(seconds):
        await job.seen(session, documents.FOLLOW_VERSION, version, state="READY")
    return (await session.query(SOURCE, id=version))["datasetVersion"]
