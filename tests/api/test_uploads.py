"""Uploads by tus through the API into a real datastore: whole, resumed, and never held."""

import asyncio
import base64
import hashlib
import io
import json
import logging
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from tusclient.client import TusClient

from tablecast.api.ids import global_id
from tablecast.domain.states import UploadState
from tablecast.domain.tables import Event, Upload
from tablecast.settings import MIB, Limits
from tests.api.datastores import bearer
from tests.api.uploading import (
    BYTES,
    TABLE,
    TUS,
    World,
    code,
    create,
    created,
    eventually,
    metadata,
    offset_of,
    send,
    world,
)
from tests.datastore.running import Datastore, resident

AUDIT = "tablecast.audit"


@pytest.fixture
async def ann(tmp_path: Path, datastore: Datastore) -> AsyncIterator[World]:
    async with world(tmp_path, datastore.port) as found:
        yield found


async def test_a_tus_client_uploads_a_file_and_it_arrives_whole(
    ann: World,
    datastore: Datastore,
) -> None:
    """The usual client, in pieces; the row follows, and the feed tells."""
    client = TusClient(f"{ann.url}/uploads", headers=bearer("ann"))
    named = {"project": ann.project.id, "filename": "penguins.csv"}
    uploader = client.uploader(file_stream=io.BytesIO(TABLE), chunk_size=30_000, metadata=named)
    await asyncio.to_thread(uploader.upload)
    upload = await Upload.get()
    assert (upload.offset, upload.length, upload.file_name) == (
        len(TABLE),
        len(TABLE),
        "penguins.csv",
    )
    done = datastore.ask("POST", f"/v1/uploads/{upload.id}/finish", json={}).json()
    assert done["sha256"] == hashlib.sha256(TABLE).hexdigest()
    assert await Event.filter(type="UPLOAD_PROGRESS", subject_id=upload.id).exists()


async def test_a_project_may_be_named_as_graphql_names_it(ann: World) -> None:
    """The id that a person copies from an answer is good here too."""
    named = await create(ann, project=global_id("Project", ann.project.id))
    assert named.status_code == 201
    assert named.headers["location"] == f"/uploads/{(await Upload.get()).id}"


async def test_options_tells_what_is_spoken_to_anybody(ann: World) -> None:
    """Version, extensions, checksums and the largest size."""
    answer = await ann.client.options("/uploads", headers={"Authorization": ""})
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == answer.headers["tus-resumable"] == "1.0.0"
    assert answer.headers["tus-extension"] == "creation,checksum,expiration,termination"
    assert answer.headers["tus-checksum-algorithm"] == "sha1,sha256,crc32"
    assert answer.headers["tus-max-size"] == str(Limits().upload_bytes)


async def test_an_upload_goes_on_where_it_broke_off(ann: World) -> None:
    """HEAD says how far it is, with its name and when it ends; PATCH takes the rest."""
    url = await created(ann)
    assert await offset_of(ann, url) == 0
    assert (await send(ann, url, 0, TABLE[:1_000])).headers["upload-offset"] == "1000"
    head = await ann.client.head(url, headers=TUS)
    assert head.headers["upload-offset"] == "1000"
    assert head.headers["upload-length"] == str(len(TABLE))
    assert head.headers["upload-metadata"] == metadata(filename="penguins.csv")
    assert head.headers["cache-control"] == "no-store"
    assert head.headers["upload-expires"].endswith("GMT")
    answer = await send(ann, url, 1_000, TABLE[1_000:])
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(len(TABLE)))
    assert await offset_of(ann, url) == len(TABLE)


async def test_bytes_at_another_offset_are_refused_and_the_right_one_told(ann: World) -> None:
    """409, and nothing is overwritten."""
    url = await created(ann)
    await send(ann, url, 0, TABLE[:1_000])
    assert code(await send(ann, url, 0, TABLE[:1_000])) == (409, "WRONG_OFFSET")
    assert await offset_of(ann, url) == 1_000


async def test_bytes_that_are_not_what_their_checksum_says_are_dropped(ann: World) -> None:
    """460, and the offset is what it was."""
    url = await created(ann)
    right = base64.b64encode(hashlib.sha256(TABLE).digest()).decode()
    wrong = base64.b64encode(hashlib.sha256(b"else").digest()).decode()
    answer = await send(ann, url, 0, TABLE, **{"Upload-Checksum": f"sha256 {wrong}"})
    assert code(answer) == (460, "CHECKSUM_MISMATCH")
    assert await offset_of(ann, url) == 0
    answer = await send(ann, url, 0, TABLE, **{"Upload-Checksum": f"sha256 {right}"})
    assert answer.status_code == 204


async def test_what_came_before_a_client_vanished_is_kept_and_told(
    ann: World,
    datastore: Datastore,
) -> None:
    """A broken PATCH leaves what it brought, for the client and for whoever watches the row."""
    data = os.urandom(3 * MIB)
    url = await created(ann, len(data))
    stuck = asyncio.Event()

    async def broken() -> AsyncIterator[bytes]:
        for start in range(0, 2 * MIB, MIB // 8):
            yield data[start : start + MIB // 8]
        await stuck.wait()

    sending = asyncio.create_task(send(ann, url, 0, broken(), **{"Content-Length": f"{3 * MIB}"}))
    await eventually(lambda: has_bytes(ann, url))
    # As if it had been told long ago, or reports in quick succession would be left out.
    await Upload.all().update(offset=0, updated_at=datetime(2026, 1, 1, tzinfo=UTC))
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    await eventually(lambda: Upload.filter(offset__gte=MIB).exists())
    await eventually(lambda: takes_the_rest(ann, url, data))
    upload = await Upload.get()
    done = datastore.ask("POST", f"/v1/uploads/{upload.id}/finish", json={}).json()
    assert done["sha256"] == hashlib.sha256(data).hexdigest()
    assert upload.offset == len(data)


async def has_bytes(world: World, url: str) -> bool:
    return await offset_of(world, url) > 0


async def takes_the_rest(world: World, url: str, data: bytes) -> bool:
    """Whether the rest was taken; 423 while the datastore still writes what came before."""
    offset = await offset_of(world, url)
    return (await send(world, url, offset, data[offset:])).status_code == 204


@pytest.mark.parametrize(
    ("method", "override"), [("POST", "PATCH"), ("PATCH", "PATCH")], ids=["overridden", "plain"]
)
async def test_a_method_that_a_proxy_forbids_may_be_named_in_a_header(
    ann: World, method: str, override: str
) -> None:
    """X-HTTP-Method-Override, as the protocol has it."""
    url = await created(ann)
    headers = BYTES | {"Upload-Offset": "0", "X-HTTP-Method-Override": override}
    answer = await ann.client.request(method, url, content=TABLE, headers=headers)
    assert answer.status_code == 204


async def test_an_upload_that_is_deleted_is_gone(ann: World) -> None:
    """DELETE aborts it; afterwards it takes nothing."""
    url = await created(ann)
    assert (await ann.client.delete(url, headers=TUS)).status_code == 204
    assert (await Upload.get()).state == UploadState.ABORTED
    assert (await ann.client.head(url, headers=TUS)).status_code == 410
    assert code(await send(ann, url, 0, TABLE)) == (410, "UPLOAD_GONE")


async def test_a_finished_upload_takes_no_more_and_stands_at_its_end(ann: World) -> None:
    """Its offset is its length, also when the datastore has made a table of it since."""
    url = await created(ann)
    await Upload.all().update(state=UploadState.COMPLETE)
    assert await offset_of(ann, url) == len(TABLE)
    assert code(await send(ann, url, 0, TABLE)) == (409, "UPLOAD_NOT_OPEN")


@pytest.mark.slow
async def test_a_gibibyte_passes_through_without_being_held(
    ann: World,
    datastore: Datastore,
) -> None:
    """API, client and test are one process here; together they grow by less than 64 MiB."""
    size = 1024 * MIB
    block = os.urandom(MIB)

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(size // MIB):
            yield block

    url = await created(ann, length=size)
    warm = await created(ann)
    await send(ann, warm, 0, TABLE)
    before, behind = resident(os.getpid()), datastore.memory()
    most = before

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, resident(os.getpid()))
            await asyncio.sleep(0.1)

    watching = asyncio.create_task(watch())
    ann.client.timeout = httpx.Timeout(600)
    answer = await send(ann, url, 0, chunks(), **{"Content-Length": str(size)})
    watching.cancel()
    assert answer.status_code == 204
    assert most - before < 64 * MIB
    assert datastore.memory() - behind < 64 * MIB
    assert await Event.filter(type="UPLOAD_PROGRESS").count() > 2


async def test_making_and_ending_an_upload_by_tus_is_in_the_audit(
    ann: World, caplog: pytest.LogCaptureFixture
) -> None:
    """As by mutation, with no name of a file; a stranger's attempt too."""
    caplog.set_level(logging.INFO, logger="tablecast.audit")
    url = await created(ann)
    upload_id = url.rpartition("/")[2]
    for who in ("bob", "ann"):
        await ann.client.delete(url, headers=TUS | bearer(who))
    lines = [json.loads(each.getMessage()) for each in caplog.records if each.name == AUDIT]
    told = [(one["subject"], one["mutation"], one["outcome"], one["code"]) for one in lines]
    assert told == [
        ("ann", "createUpload", "DONE", ""),
        ("bob", "abortUpload", "DENIED", "UPLOAD_NOT_FOUND"),
        ("ann", "abortUpload", "DONE", ""),
    ]
    assert [one["given"] for one in lines] == [
        {"projectId": ann.project.id},
        {"uploadId": upload_id},
        {"uploadId": upload_id},
    ]
    assert [one.get("project") for one in lines] == [ann.project.id, None, ann.project.id]
    assert "penguins" not in "".join(map(json.dumps, lines))
