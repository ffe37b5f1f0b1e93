"""Frames, headers, paths and bytes that are not the protocol's end their own connection alone."""

import asyncio
import base64
import contextlib
import json
import socket

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from tests.end_to_end.garbage import JSON, ROW_ID, VIEWER, asked, encoded, refused

TUS = {"Tus-Resumable": "1.0.0"}
TRANSPORT = "graphql-transport-ws"
INIT = '{"type": "connection_init"}'

pytestmark = pytest.mark.usefixtures("unharmed")

FRAMES = [
    pytest.param("[]", id="a list"),
    pytest.param("1", id="a number"),
    pytest.param("null", id="null"),
    pytest.param("garbage", id="garbage"),
    pytest.param("{}", id="no type"),
    pytest.param('{"type": "dance"}', id="an unknown type"),
    pytest.param('{"type": {}}', id="a type that is an object"),
    pytest.param("[" * 30_000, id="deep"),
    pytest.param("x" * 200_000, id="too large"),
    pytest.param(b"\x00\x01\xff", id="binary"),
    pytest.param(b"[]", id="a list in bytes"),
    pytest.param('{"type": "subscribe"}', id="nothing to subscribe to"),
    pytest.param('{"type": "subscribe", "id": [], "payload": {}}', id="an id that is a list"),
    pytest.param('{"type": "subscribe", "id": "1", "payload": []}', id="a payload in a list"),
    pytest.param('{"type": "connection_init", "payload": 1}', id="a second beginning"),
]


@pytest.mark.parametrize("begun", [True, False], ids=["let in", "at once"])
@pytest.mark.parametrize("frame", FRAMES)
async def test_a_frame_that_is_not_the_protocol_ends_its_connection_alone(
    shared_machine, frame, begun
):
    """Another connection, opened before, goes on."""
    async with asyncio.timeout(20), Talking(shared_machine) as bystander:
        async with _connected(shared_machine) as socket:
            if begun:
                await socket.send(INIT)
            await socket.send(frame)
            await _until_closed(socket)
            # A lone beginning with a payload of 1 is refused too, by whatever code of the protocol.
            assert socket.close_code in {1009, 4400, 4403, 4429, 4401}
        await bystander.send(_subscribe("1", VIEWER))
        told = json.loads(await bystander.recv())
        assert told["payload"]["data"] == {"viewer": {"subject": "developer"}}


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("subscription {", id="half a document"),
        pytest.param("subscription { nope }", id="an unknown field"),
        pytest.param('subscription { training(id: "x") { id } }', id="no id"),
        pytest.param(
            f'subscription {{ training(id: "{encoded("Training:" + ROW_ID)}") {{ id }} }}',
            id="nobody's id",
        ),
        pytest.param(
            f'subscription {{ projectEvents(projectId: "{encoded("Project:" + ROW_ID)}") '
            "{ __typename } }",
            id="nobody's feed",
        ),
        pytest.param('subscription { projectEvents(projectId: "x") { __typename } }', id="no feed"),
        pytest.param(
            f'subscription {{ stepLog(trainingId: "{encoded("Training:" + ROW_ID)}", '
            "attempt: -1, step: TRAIN, offset: -1) { text } }",
            id="nobody's log",
        ),
        pytest.param("subscription { a: nope b: nope }", id="two at once"),
    ],
)
async def test_a_subscription_that_cannot_be_ends_alone(shared_machine, query):
    """It gets its errors, and the connection serves the next one."""
    async with asyncio.timeout(20), Talking(shared_machine) as socket:
        await socket.send(_subscribe("bad", query))
        told = [json.loads(await socket.recv())]
        while told[-1]["type"] == "next":
            told.append(json.loads(await socket.recv()))
        assert any("errors" in str(each) or each["type"] == "error" for each in told)
        assert "INTERNAL" not in str(told)
        await socket.send(_subscribe("good", VIEWER))
        assert json.loads(await socket.recv())["id"] == "good"


async def test_feed_cursors_and_log_places_that_cannot_be_are_refused(shared_machine, begun):
    """Over the websocket, for somebody who may see the feed and the log."""
    feed = "subscription {{ projectEvents(projectId: {0}, after: {1}) {{ __typename }} }}"
    row_id = base64.b64decode(begun["Project"]).decode().partition(":")[2]
    cursors = [
        "",
        "x",
        "🦋",
        "x" * 5_000,
        encoded(f"feed:{ROW_ID}:1"),
        encoded(f"feed:{row_id}:٣x"),
    ]
    cursors += [encoded(f"feed:{row_id}:-1"), encoded(f"feed:{row_id}:{'9' * 50}")]
    queries = [feed.format(json.dumps(begun["Project"]), json.dumps(each)) for each in cursors]
    log = "subscription {{ stepLog(trainingId: {0}, {1}) {{ text }} }}"
    places = (
        "attempt: -1, step: TRAIN",
        "attempt: 2147483647, step: TRAIN",
        "attempt: 1, step: TRAIN, offset: -1",
    )
    queries += [log.format(json.dumps(begun["Training"]), place) for place in places]
    async with asyncio.timeout(20), Talking(shared_machine) as socket:
        for number, query in enumerate(queries):
            await socket.send(_subscribe(str(number), query))
            told = json.loads(await socket.recv())
            assert told["id"] == str(number)
            assert "errors" in str(told) or told["type"] == "error", (query, told)
            assert "INTERNAL" not in str(told), (query, told)
            if told["type"] == "next":
                assert json.loads(await socket.recv())["type"] == "complete"


async def test_an_unknown_subprotocol_is_not_talked_to(shared_machine):
    """Neither the old graphql-ws, nor none, nor garbage."""
    for names in (["graphql-ws"], ["☃".encode().hex()], None):
        offered = names and [Subprotocol(names[0])]
        async with asyncio.timeout(10):
            with pytest.raises((InvalidHandshake, ConnectionClosed)):
                await _greeted(shared_machine, offered)


PATHS = [
    "/uploads/x",
    "/uploads/%00",
    "/uploads/..%2f..%2fetc%2fpasswd",
    f"/uploads/{'x' * 5_000}",
    "/downloads/x/files/x",
    f"/downloads/{ROW_ID}/files/models/x?expires=0&sig=x",
    "/downloads/%ff/files/%00",
    "/graphiql/../../etc/passwd",
    "/graphiql/%2e%2e/%2e%2e/pyproject.toml",
    "/nothing/here",
    "/%00",
    "/%ff%fe",
]


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "POST", "PATCH", "DELETE", "PUT", "OPTIONS", "X"]
)
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:24])
def test_no_path_and_no_method_is_a_fault(person, method, path):
    """Other routes refuse too: below status 500, without a file of ours."""
    answer = person.http.request(method, path, headers=TUS)
    assert answer.status_code < 500, answer.text
    assert "root:" not in answer.text
    assert "requires-python" not in answer.text


def test_tus_headers_that_make_no_sense_are_refused(person, begun):
    """POST and PATCH with each header missing, wrong or huge."""
    project = f"project {encoded(begun['Project'])},filename {encoded('t.csv')}"
    for headers in (
        {},
        {"Upload-Length": "-1", "Upload-Metadata": project},
        {"Upload-Length": "x", "Upload-Metadata": project},
        {"Upload-Length": "9" * 400, "Upload-Metadata": project},
        {"Upload-Length": "9" * 19, "Upload-Metadata": project},
        {"Upload-Length": "1", "Upload-Metadata": "project !!!,filename x"},
        {"Upload-Length": "1", "Upload-Metadata": f"project {encoded('x')},filename eA=="},
        {"Upload-Length": "1", "Upload-Metadata": f"{project},sha256 {encoded('no')}"},
        {"Upload-Length": "1", "Upload-Metadata": project.replace(encoded("t.csv"), encoded("\0"))},
    ):
        answer = person.http.post("/uploads", headers=TUS | headers)
        assert answer.status_code in {400, 413}, (headers, answer.text)
        assert answer.json()["error"]["code"]
    made = person.http.post(
        "/uploads", headers=TUS | {"Upload-Length": "9", "Upload-Metadata": project}
    )
    assert made.status_code == 201
    url, kind = made.headers["location"], {"Content-Type": "application/offset+octet-stream"}
    for headers in (
        {},
        kind,
        kind | {"Upload-Offset": "-1"},
        kind | {"Upload-Offset": "5"},
        kind | {"Upload-Offset": "9" * 400},
        kind | {"Upload-Offset": "0", "Upload-Checksum": "md5 x"},
        kind | {"Upload-Offset": "0", "Upload-Checksum": "sha1"},
        kind | {"Upload-Offset": "0", "Upload-Checksum": f"sha256 {encoded('x' * 32)}"},
        {"Upload-Offset": "0", "Content-Type": "text/plain"},
    ):
        answer = person.http.patch(url, content=b"abc", headers=TUS | headers)
        assert answer.status_code in {400, 409, 415, 460}, (headers, answer.text)
    assert person.http.head(url, headers=TUS).headers["upload-offset"] == "0"
    assert (
        person.http.patch(
            url, content=b"x" * 10, headers=TUS | kind | {"Upload-Offset": "0"}
        ).status_code
        == 413
    )
    assert person.http.delete(url, headers=TUS).status_code == 204


@pytest.mark.parametrize(
    "header",
    [
        "x",
        "Bearer",
        "Bearer x",
        "Bearer a.b.c",
        "Basic eDp4",
        f"Bearer {encoded('{}')}.{encoded('{}')}.{encoded('{}')}",
        # {"alg":"none"}: a token that nobody signed.
        "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4IiwiYXVkIjoidGFibGVjYXN0IiwiZXhwIjo5OTk5OTk5OTk5fQ.",
        f"Bearer {'x' * 20_000}",
    ],
    ids=lambda header: header[:24],
)
def test_a_token_that_is_none_is_refused_and_nobody_becomes_anonymous(person, header):
    """By GraphQL and by uploads alike."""
    sent = {"Authorization": header}
    answer = person.http.post("/graphql", content=asked(VIEWER), headers=JSON | sent)
    assert (answer.status_code, refused(answer)) == (401, ["UNAUTHENTICATED"])
    assert person.http.post("/uploads", headers=TUS | sent).status_code == 401


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz",
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        b"GET /graphql HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 300_000 + b"\r\n\r\n",
        b"GET /graphql HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: 1000\r\n\r\n{",
        bytes(10_000),
    ],
    ids=[
        "tls",
        "no path",
        "http 9.9",
        "length",
        "smuggled",
        "chunk",
        "header",
        "upgrade",
        "cut",
        "0",
    ],
)
def test_what_is_no_http_ends_its_connection_alone(shared_machine, sent):
    """A 4xx answer or a closed connection."""
    host, port = "127.0.0.1", shared_machine.port
    with socket.create_connection((host, port), timeout=10) as raw:
        raw.sendall(sent)
        raw.shutdown(socket.SHUT_WR)
        try:
            answer = raw.recv(4_096)
        except ConnectionResetError:
            answer = b""
    assert not answer or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 200"))


async def _until_closed(socket) -> None:
    """Read on until the server ends the connection."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            await socket.recv()


async def _greeted(machine, offered) -> str:
    """What the server says first to a client that offers these protocols."""
    async with connect(_websocket(machine), subprotocols=offered) as socket:
        await socket.send(INIT)
        return str(await socket.recv())


def _websocket(machine) -> str:
    return f"ws://127.0.0.1:{machine.port}/graphql"


def _connected(machine) -> connect:
    return connect(_websocket(machine), subprotocols=[Subprotocol(TRANSPORT)], proxy=None)


class Talking:
    """A connection that was let in."""

    def __init__(self, machine) -> None:
        self._connecting = _connected(machine)

    async def __aenter__(self):
        socket = await self._connecting.__aenter__()
        await socket.send(INIT)
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        return socket

    async def __aexit__(self, *exc: object) -> None:
        await self._connecting.__aexit__(*exc)


def _subscribe(id_: str, query: str) -> str:
    return json.dumps({"id": id_, "type": "subscribe", "payload": {"query": query}})
