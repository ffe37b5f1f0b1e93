"""An application that is about to end: whom it still serves, and where it sends the others."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tablecast import live
from tests.api.datastores import application, bearer
from tests.api.serving import served
from tests.api.sockets import hear, talking
from tests.domain.world import open_world

AUTHORIZATION = {"authorization": bearer("ann")["Authorization"]}


@pytest.fixture
async def running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[str, Any]]:
    """A served application's address, and what makes it leave, in half a second."""
    monkeypatch.setattr(live, "ending", live.Ending())
    async with (
        open_world(tmp_path),
        application(0, drain_seconds=0.5) as (app, _),
        served(app) as address,
    ):
        yield address, app.state.leaving


async def test_websockets_that_come_then_are_refused_and_those_there_are_closed(
    running: tuple[str, Any],
) -> None:
    """Both with what makes a client try another replica."""
    address, leaving = running
    async with talking(address, AUTHORIZATION) as one, talking(address, AUTHORIZATION) as other:
        going = asyncio.create_task(leaving.begin())
        for socket in (one, other):
            with pytest.raises(ConnectionClosed):
                await hear(socket)
            assert (socket.close_code, socket.close_reason[:16]) == (1012, "This server ends")
        with pytest.raises(InvalidStatus) as refused:
            async with talking(address, AUTHORIZATION):
                pass
        assert refused.value.response.status_code == 503
        await going


async def test_requests_that_come_then_are_answered_and_close_their_connection(
    running: tuple[str, Any],
) -> None:
    """Alive and at work, though not ready."""
    address, leaving = running
    await leaving.begin()
    async with httpx.AsyncClient(base_url=f"http://{address}", trust_env=False) as client:
        ready, alive = await client.get("/readyz"), await client.get("/healthz")
        asked = await client.post("/graphql", json={"query": "{ version }"}, headers=bearer("ann"))
    [process] = [part for part in ready.json()["parts"] if part["name"] == "process"]
    assert (ready.status_code, process["ok"]) == (503, False)
    assert (alive.status_code, asked.status_code) == (200, 200)
    assert {one.headers["connection"] for one in (ready, alive, asked)} == {"close"}


async def test_what_still_waits_in_the_end_is_told_to_come_again(
    running: tuple[str, Any],
) -> None:
    """A request whose body never comes."""
    address, leaving = running
    host, _, port = address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    lines = [
        "POST /graphql HTTP/1.1",
        "Host: x",
        f"Authorization: {AUTHORIZATION['authorization']}",
    ]
    lines += ["Content-Type: application/json", "Content-Length: 9", "", ""]
    writer.write("\r\n".join(lines).encode())
    await writer.drain()
    await leaving.begin()
    leaving.cut()
    async with asyncio.timeout(5):
        told = await reader.read()
    writer.close()
    assert told.startswith(b"HTTP/1.1 503")
    assert b"retry-after: 1" in told
    assert b"SHUTTING_DOWN" in told
