"""Talking graphql-transport-ws with a server, message by message."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

TRANSPORT = Subprotocol("graphql-transport-ws")


@asynccontextmanager
async def talking(
    address: str, payload: dict[str, Any] | None = None, **options: Any
) -> AsyncIterator[ClientConnection]:
    """A connection that was let in."""
    async with connect(
        f"ws://{address}/graphql", subprotocols=[TRANSPORT], proxy=None, **options
    ) as socket:
        await say(socket, type="connection_init", payload=payload or {})
        assert (await hear(socket))["type"] == "connection_ack"
        yield socket


async def say(socket: ClientConnection, **message: Any) -> None:
    """Send one message."""
    await socket.send(json.dumps(message))


async def hear(socket: ClientConnection) -> dict[str, Any]:
    """The next message."""
    async with asyncio.timeout(5):
        frame = await socket.recv()
    assert isinstance(frame, str)
    message: dict[str, Any] = json.loads(frame)
    return message


async def subscribe(socket: ClientConnection, query: str, id_: str = "1", **payload: Any) -> None:
    """Ask for an operation; `payload` is what goes beside the query, as variables do."""
    await say(socket, id=id_, type="subscribe", payload={"query": query} | payload)
