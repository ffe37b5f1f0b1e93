"""GraphQL by websocket, over a real server: who is let in, what is refused, and that it lives on."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from tablecast.api.auth import issue_token
from tablecast.settings import Limits, Settings
from tests.api.endpoint import SECRET, endpoint_app
from tests.api.serving import served
from tests.api.sockets import TRANSPORT, hear, say, subscribe, talking


@pytest.fixture
async def server() -> AsyncIterator[str]:
    async with served(endpoint_app()) as address:
        yield address


async def closed_with(socket: ClientConnection) -> int:
    """Wait for the end of a connection; return the code it was closed with."""
    with contextlib.suppress(ConnectionClosed):
        async with asyncio.timeout(5):
            while True:
                await socket.recv()
    assert socket.close_code is not None
    return socket.close_code


async def answers(address: str) -> bool:
    """Whether the server answers a new connection's query."""
    async with talking(address) as socket:
        await subscribe(socket, "{ name }")
        return (await hear(socket))["payload"] == {"data": {"name": "thing"}}


async def test_a_subscription_delivers_each_value_and_completes(server: str) -> None:
    """The plain case, with two subscriptions at once and a query between."""
    async with talking(server) as socket:
        await subscribe(socket, "subscription { count(to: 2) }", "a")
        heard = [await hear(socket) for _ in range(3)]
        await subscribe(socket, "{ whoami }", "b")
        heard += [await hear(socket) for _ in range(2)]
    assert heard == [
        {"id": "a", "type": "next", "payload": {"data": {"count": 0}}},
        {"id": "a", "type": "next", "payload": {"data": {"count": 1}}},
        {"id": "a", "type": "complete"},
        {"id": "b", "type": "next", "payload": {"data": {"whoami": "somebody"}}},
        {"id": "b", "type": "complete"},
    ]


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param("[]", id="a list"),
        pytest.param("1", id="a number"),
        pytest.param("null", id="null"),
        pytest.param("{}", id="no type"),
        pytest.param('{"type": []}', id="a type that is a list"),
        pytest.param('{"type": "dance"}', id="an unknown type"),
        pytest.param("garbage", id="garbage"),
        pytest.param("[" * 30_000, id="deep garbage"),
        pytest.param("[" * 500 + "]" * 500, id="deep"),
        pytest.param(b"\x00\x01", id="binary"),
        pytest.param('{"type": "subscribe"}', id="a subscription of nothing"),
        pytest.param('{"type": "subscribe", "id": [], "payload": {}}', id="an id that is a list"),
        pytest.param('{"type": "subscribe", "id": "1", "payload": []}', id="a payload in a list"),
        pytest.param('{"type": "subscribe", "id": "1", "payload": {"query": 1}}', id="a query 1"),
        pytest.param(
            '{"type": "subscribe", "id": "1", "payload": {"query": "{name}", "variables": 1}}',
            id="variables of 1",
        ),
        pytest.param('{"type": "complete", "id": {}}', id="the end of an object"),
        pytest.param('{"type": "connection_init", "payload": 1}', id="a second beginning"),
    ],
)
async def test_a_frame_that_is_not_the_protocol_closes_its_connection_alone(
    server: str, frame: str | bytes
) -> None:
    """4400 to who sent it; everybody else's connection lives on."""
    async with talking(server) as neighbour:
        async with talking(server) as socket:
            await socket.send(frame)
            assert await closed_with(socket) == 4400
        await subscribe(neighbour, "{ name }")
        assert (await hear(neighbour))["type"] == "next"
    assert await answers(server)


@pytest.mark.parametrize("size", [64 * 1024 + 1, 5_000_000])
async def test_a_frame_beyond_the_limit_closes_its_connection(server: str, size: int) -> None:
    """1009, before the frame is held."""
    async with talking(server, max_size=None) as socket:
        with contextlib.suppress(ConnectionClosed):
            await socket.send("x" * size)
        assert await closed_with(socket) == 1009
    assert await answers(server)


@pytest.mark.parametrize("protocols", [["graphql-ws"], ["soap"], None])
async def test_only_graphql_transport_ws_is_spoken(server: str, protocols: Any) -> None:
    """The legacy protocol is not there."""
    async with connect(f"ws://{server}/graphql", subprotocols=protocols, proxy=None) as socket:
        assert await closed_with(socket) == 4406


async def test_who_does_not_begin_in_time_is_closed() -> None:
    """A connection that says nothing costs memory for three seconds at most."""
    async with (
        served(endpoint_app(Limits(websocket_init_seconds=0.2))) as address,
        connect(f"ws://{address}/graphql", subprotocols=[TRANSPORT], proxy=None) as socket,
    ):
        assert await closed_with(socket) == 4408


async def test_who_asks_before_beginning_is_closed(server: str) -> None:
    """4401, as the protocol says."""
    async with connect(f"ws://{server}/graphql", subprotocols=[TRANSPORT], proxy=None) as socket:
        await subscribe(socket, "{ name }")
        assert await closed_with(socket) == 4401


async def test_a_token_in_connection_init_or_in_the_handshake_says_who_asks(server: str) -> None:
    """Browsers can only use the first way, other clients often only the second."""
    header = f"Bearer {issue_token(Settings(secret=SECRET), 'ada', seconds=60)}"
    for options in (
        {"payload": {"authorization": header}},
        {"payload": {"Authorization": header}},
        {"additional_headers": {"Authorization": header}},
    ):
        async with talking(server, **options) as socket:  # type: ignore[arg-type]
            await subscribe(socket, "{ whoami }")
            assert (await hear(socket))["payload"] == {"data": {"whoami": "ada"}}


@pytest.mark.parametrize("authorization", ["Bearer wrong", "Basic YTpi", 7, ["Bearer x"]])
async def test_a_bad_token_is_refused_even_where_anonymous_is_allowed(
    server: str, authorization: Any
) -> None:
    """4403, and nothing is answered."""
    async with connect(f"ws://{server}/graphql", subprotocols=[TRANSPORT], proxy=None) as socket:
        await say(socket, type="connection_init", payload={"authorization": authorization})
        assert await closed_with(socket) == 4403


async def test_a_connection_ends_when_its_token_does(server: str) -> None:
    """A subscription does not outlive the right to it."""
    header = f"Bearer {issue_token(Settings(secret=SECRET), 'ada', seconds=0.5)}"
    async with talking(server, {"authorization": header}) as socket:
        await subscribe(socket, "subscription { count(to: 0) }")
        assert await closed_with(socket) == 4403


async def test_another_pages_origin_is_refused_unless_it_is_allowed() -> None:
    """A browser tells whose page opens a websocket; cookies or not, a stranger's may not."""
    async with served(endpoint_app(allowed_origins=["https://friend.example"])) as address:
        for origin, good in (
            (f"http://{address}", True),
            ("https://friend.example", True),
            ("https://friend.example.evil.example", False),
            ("https://evil.example", False),
            ("null", False),
        ):
            assert await handshake(address, origin) == (101 if good else 403), origin


async def handshake(address: str, origin: str) -> int:
    """The status that a page of `origin` gets for opening a websocket."""
    try:
        async with talking(address, origin=Origin(origin)):
            return 101
    except InvalidStatus as exc:
        return exc.response.status_code


async def test_a_connection_has_room_for_so_many_subscriptions_and_no_more() -> None:
    """One too many is refused by name; when one ends there is room again."""
    async with (
        served(endpoint_app(Limits(subscriptions_per_connection=3))) as address,
        talking(address) as socket,
    ):
        for number in range(4):
            await subscribe(socket, "subscription { count(to: 0) }", str(number))
        refused = await hear(socket)
        assert (refused["id"], refused["type"]) == ("3", "error")
        assert refused["payload"][0]["extensions"] == {"code": "TOO_MANY_SUBSCRIPTIONS", "limit": 3}
        await say(socket, id="0", type="complete")
        await subscribe(socket, "{ name }", "again")
        assert (await hear(socket))["payload"] == {"data": {"name": "thing"}}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        pytest.param("{ name", "SYNTAX_ERROR", id="a missing brace"),
        pytest.param("{ nam }", "INVALID_DOCUMENT", id="an unknown field"),
        pytest.param("{ name } { name }", "INVALID_DOCUMENT", id="two operations"),
        pytest.param("fragment f on Query { name }", "NO_SUCH_OPERATION", id="no operation"),
        pytest.param('{ echo(text: "' + "x" * 15_000 + '") }', "QUERY_TOO_LONG", id="too long"),
        pytest.param("{" + "inner{" * 14 + "name" + "}" * 15, "QUERY_TOO_DEEP", id="too deep"),
        pytest.param(
            "{ parts { parts { parts { parts { parts { name } } } } } }",
            "QUERY_TOO_COSTLY",
            id="too costly",
        ),
    ],
)
async def test_a_document_is_limited_as_over_http_and_the_connection_lives_on(
    server: str, query: str, code: str
) -> None:
    """A refused operation is an error of that operation, not of the connection."""
    async with talking(server) as socket:
        await subscribe(socket, query)
        message = await hear(socket)
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", code)
        await subscribe(socket, "{ name }", "2")
        assert (await hear(socket))["payload"] == {"data": {"name": "thing"}}


async def test_a_failing_subscription_is_masked_and_its_id_is_in_the_log(
    server: str, caplog: pytest.LogCaptureFixture
) -> None:
    """What was delivered stays delivered; what failed gets an id, not its words."""
    with caplog.at_level(logging.INFO):
        async with talking(server) as socket:
            await subscribe(socket, "subscription { fails }")
            heard = [await hear(socket) for _ in range(3)]
    assert [message["type"] for message in heard] == ["next", "next", "complete"]
    assert heard[0]["payload"]["data"] == {"fails": 1}
    (error,) = heard[1]["payload"]["errors"]
    assert error["message"] == "Something went wrong on our side."
    assert error["extensions"]["errorId"] in caplog.text
    assert "hunter2" not in json.dumps(heard)


async def test_a_client_that_vanishes_leaves_nothing_behind(server: str) -> None:
    """Its subscriptions end with it, also without a goodbye."""
    before = asyncio.all_tasks()
    async with talking(server) as socket:
        for number in range(20):
            await subscribe(socket, "subscription { count(to: 0) }", str(number))
        await subscribe(socket, "{ name }", "last")
        await hear(socket)
        begun = asyncio.all_tasks() - before
        assert len(begun) >= 20
        socket.transport.abort()
    _, running = await asyncio.wait(begun, timeout=5)
    assert not running
    assert await answers(server)


async def test_http_is_answered_beside_open_connections(server: str) -> None:
    """Both ways in are one endpoint."""
    async with talking(server), httpx.AsyncClient() as client:
        answer = await client.post(f"http://{server}/graphql", json={"query": "{ name }"})
    assert answer.json() == {"data": {"name": "thing"}}
