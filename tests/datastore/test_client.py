"""The client against a real datastore, through a `Requests` that knows only how to send."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from tablecast.clients.datastore import DatastoreClient, DatastoreRefusal
from tablecast.cluster.port import Call
from tablecast.errors import ClusterBusy, ObjectMissing, Unreachable
from tests.datastore.running import KEY, TOKEN, TUS

SPACE = "tc-demo-abc123"


class Answer:
    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status, self.headers = response.status, response.headers

    async def read(self) -> bytes:
        return await self._response.read()

    def chunks(self) -> AsyncIterator[bytes]:
        return self._response.content.iter_any()


class Direct:
    """Sends every call to one address, as the port does inside a cluster."""

    def __init__(self, url: str) -> None:
        self._url = url

    @asynccontextmanager
    async def request(self, call: Call):
        assert (call.target.namespace, call.target.name, call.target.port) == (
            SPACE,
            "datastore",
            80,
        )
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.request(
                    call.method, self._url + call.path, headers=call.headers, data=call.body
                ) as response,
            ):
                yield Answer(response)
        except aiohttp.ClientError as exc:
            raise Unreachable(str(exc)) from exc


def client_of(url: str, token: str = TOKEN) -> DatastoreClient:
    return DatastoreClient(Direct(url), lambda space: token, lambda space: KEY)


@pytest.fixture
def client(datastore) -> DatastoreClient:
    return client_of(datastore.url)


async def uploaded(client: DatastoreClient, upload: str, data: bytes) -> None:
    await client.ensure_upload(SPACE, upload, len(data), {"filename": "täble.csv"})
    headers = {**TUS, "Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
    headers |= {"Authorization": "Bearer of a person", "Host": "api.example"}

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(data), 7):
            yield data[start : start + 7]

    forwarding = client.forward(SPACE, "PATCH", f"/uploads/{upload}", headers, pieces())
    async with forwarding as answer:
        assert answer.status == 204
        assert answer.headers["Upload-Offset"] == str(len(data))


async def test_from_upload_to_preview(client, datastore):
    data = b"a,b\n1,x\n2,y\n"
    await uploaded(client, "c1", data)
    state = await client.upload_state(SPACE, "c1")
    assert (state["state"], state["offset"], state["length"]) == ("OPEN", len(data), len(data))
    digest = hashlib.sha256(data).hexdigest()
    done = await client.finish_upload(SPACE, "c1", digest)
    assert done == {"state": "COMPLETE", "sha256": digest, "bytes": len(data)}
    await client.start_conversion(SPACE, "cd", "cv", upload="c1", file_name="table.csv")
    version = await client.version_state(SPACE, "cd", "cv")
    async with asyncio.timeout(60):
        while version["state"] == "CONVERTING":
            version = await client.version_state(SPACE, "cd", "cv")
    assert (version["state"], version["rows"], version["source_sha256"]) == ("READY", 2, digest)
    assert version["profile"]["rows"] == 2
    preview = await client.preview(SPACE, "cd", "cv", offset=1)
    assert preview == {"columns": ["a", "b"], "rows": [[2, "y"]], "total": 2}
    table = datastore.ask("GET", client.signed_path(SPACE, "datasets/cd/cv/table.parquet"))
    assert hashlib.sha256(table.content).hexdigest() == version["sha256"]
    await client.delete_upload(SPACE, "c1")
    await client.delete_upload(SPACE, "c1")
    await client.delete_version(SPACE, "cd", "cv")
    await client.delete_dataset(SPACE, "cd")
    with pytest.raises(ObjectMissing) as missing:
        await client.version_state(SPACE, "cd", "cv")
    assert (missing.value.status, missing.value.reason) == (404, "VERSION_NOT_FOUND")


async def test_an_offset_is_asked_for_through_the_client(client):
    await client.ensure_upload(SPACE, "c2", 5)
    async with client.forward(SPACE, "HEAD", "/uploads/c2", TUS) as answer:
        assert (answer.status, answer.headers["Upload-Offset"]) == (200, "0")


async def test_a_typed_no_keeps_its_code_and_its_words(client):
    await client.ensure_upload(SPACE, "c3", 5)
    with pytest.raises(DatastoreRefusal) as refusal:
        await client.finish_upload(SPACE, "c3")
    assert (refusal.value.status, refusal.value.reason) == (409, "UPLOAD_INCOMPLETE")
    assert refusal.value.error["hint"] == "send the rest"
    with pytest.raises(DatastoreRefusal):
        await client.ensure_upload(SPACE, "c3", 6)


async def test_what_steps_wrote_is_read_and_removed(client, datastore):
    step = datastore.root / "trainings/ct/attempts/2/train"
    step.mkdir(parents=True)
    (step / "progress.jsonl").write_text('{"done":1}\n{"done":2}\n')
    (step / "log.txt").write_text("hello\nworld\n")
    steps = await client.attempt_progress(SPACE, "ct", 2, {"train": 11})
    assert steps == {"train": {"next": 22, "entries": [{"done": 2}]}}
    assert set(await client.attempt_progress(SPACE, "ct", 2)) == {"preprocess", "features", "train"}
    assert await client.step_log(SPACE, "ct", 2, "train", offset=6) == (b"world\n", 12)
    await client.delete_training(SPACE, "ct")
    assert not step.exists()


async def test_a_model_s_documents_are_read_and_removed(client, datastore):
    folder = datastore.root / "models/cm"
    folder.mkdir(parents=True)
    for name in ("model", "signature", "evaluation"):
        (folder / f"{name}.json").write_text(json.dumps({"is": name}))
    assert (await client.model_documents(SPACE, "cm"))["signature"] == {"is": "signature"}
    await client.delete_model(SPACE, "cm")
    with pytest.raises(ObjectMissing):
        await client.model_documents(SPACE, "cm")


async def test_health_is_a_yes_or_a_no(client):
    assert await client.healthy(SPACE)
    assert not await client_of("http://127.0.0.1:9").healthy(SPACE)


async def test_no_answer_is_no_refusal(datastore):
    with pytest.raises(Unreachable):
        await client_of("http://127.0.0.1:9").upload_state(SPACE, "x")
    with pytest.raises(DatastoreRefusal):
        await client_of(datastore.url, "wrong").upload_state(SPACE, "x")


STRANGERS = [
    pytest.param(b"HTTP/1.1 404 Not Found", b"404 page not found", Unreachable, id="a proxy's 404"),
    pytest.param(b"HTTP/1.1 200 OK", b"<html>", Unreachable, id="another's page"),
    pytest.param(
        b"HTTP/1.1 507 Full", b'{"error":{"code":"DISK_FULL"}}', ClusterBusy, id="a full volume"
    ),
    pytest.param(
        b"HTTP/1.1 423 Locked", b'{"error":{"code":"UPLOAD_LOCKED"}}', ClusterBusy, id="busy"
    ),
]


@pytest.mark.parametrize(("status", "body", "error"), STRANGERS)
async def test_an_answer_that_is_not_the_datastore_s_is_none(status, body, error):
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = b"\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body)
        writer.write(status + head + body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    stranger = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with stranger:
        port = stranger.sockets[0].getsockname()[1]
        with pytest.raises(error):
            await client_of(f"http://127.0.0.1:{port}").upload_state(SPACE, "x")
