"""A server of one training, those who follow it over sockets, and what they hear."""

import socket as sockets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from strawberry.extensions import SchemaExtension
from websockets.asyncio.client import ClientConnection

from tablecast.api.auth import issue_token
from tablecast.domain.tables import Project, Training
from tablecast.settings import Settings
from tests.api.endpoint import SECRET
from tests.api.rows import gid
from tests.api.sockets import hear, subscribe, talking

TRAINING = """subscription Follow($id: ID!, $more: Boolean = false) { training(id: $id) {
  message name @include(if: $more) project { role } } }"""


@dataclass
class Server:
    """A server of one project with one training, and how many results were executed there."""

    project: Project
    training: Training
    address: str = ""
    executions: list[Any] = field(default_factory=list)

    @asynccontextmanager
    async def listener(
        self, subject: str = "ann", text: str = TRAINING, admin: bool = False, **options: Any
    ) -> AsyncIterator[ClientConnection]:
        """A socket of somebody who follows the training and has heard how it is."""
        async with self.socket(subject, admin, **options) as socket:
            await self.follow(socket, text)
            await hear(socket)
            yield socket

    @asynccontextmanager
    async def socket(
        self, subject: str = "ann", admin: bool = False, **options: Any
    ) -> AsyncIterator[ClientConnection]:
        """A socket of somebody who was let in."""
        token = issue_token(Settings(secret=SECRET), subject, 600, admin)
        async with talking(self.address, {"authorization": f"Bearer {token}"}, **options) as socket:
            yield socket

    async def follow(
        self, socket: ClientConnection, text: str = TRAINING, id_: str = "1", **more: Any
    ) -> None:
        """Subscribe to the training."""
        await subscribe(socket, text, id_, variables={"id": gid(self.training)} | more)


def counting(executions: list[Any]) -> type[SchemaExtension]:
    """An extension that notes each result of the schema."""

    class Counting(SchemaExtension):
        def on_stream_result(self, result: Any) -> Iterator[None]:
            executions.append(result)
            yield

    return Counting


def narrow(address: str) -> sockets.socket:
    """A connection with next to no buffer on its side."""
    connection = sockets.socket()
    connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    host, port = address.split(":")
    connection.connect((host, int(port)))
    return connection


async def told(socket: ClientConnection) -> str:
    """What the training's message is by the next message."""
    message = await hear(socket)
    assert message["type"] == "next"
    assert "errors" not in message["payload"], message
    return str(message["payload"]["data"]["training"]["message"])


async def told_until(socket: ClientConnection, last: str) -> list[str]:
    """What the training's message was by each message up to one."""
    heard = [await told(socket)]
    while heard[-1] != last:
        heard.append(await told(socket))
    return heard
