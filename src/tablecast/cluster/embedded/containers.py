"""The server's side of the keeper: start a container, signal it, learn how it ended."""

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tablecast.cluster.embedded import keeper


class StartFailed(Exception):
    """A container's first process could not be started; the message says why."""


class KeeperLost(Exception):
    """The keeper's process ended, and all containers with it."""


@dataclass(frozen=True)
class Command:
    """What a container runs; `memory` in bytes, 0 for no limit."""

    argv: list[str]
    env: Mapping[str, str]
    cwd: Path
    log: Path
    memory: int = 0


@dataclass(frozen=True)
class Ended:
    """How a container ended: `code` as a shell counts it (128 + signal)."""

    code: int
    oom: bool


class Container:
    """A running container."""

    def __init__(self, id_: str, containers: "Containers") -> None:
        self.id = id_
        self.pid = 0
        self._containers = containers
        loop = asyncio.get_running_loop()
        self.started: asyncio.Future[int] = loop.create_future()
        self.ended: asyncio.Future[Ended] = loop.create_future()

    def signal(self, number: int) -> None:
        """Send a signal to all of its processes."""
        self._containers.tell({"signal": self.id, "number": int(number)})

    async def wait(self) -> Ended:
        """Wait for its end; cancelling the wait leaves it running."""
        return await asyncio.shield(self.ended)


class Containers:
    """Every container of this server, kept by one keeper."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._running: dict[str, Container] = {}
        self._reader = reader
        self._writer = writer

    async def run(self) -> None:
        """Read what the keeper reports, for ever; `KeeperLost` where it ends."""
        while line := await self._reader.readline():
            self._hear(json.loads(line))
        raise KeeperLost("the process that keeps the containers has ended")

    async def start(self, id_: str, command: Command) -> Container:
        """Start a container under an id that is used once; `StartFailed` where it cannot be."""
        container = self._running[id_] = Container(id_, self)
        self.tell(
            {
                "start": id_,
                "argv": command.argv,
                "env": dict(command.env),
                "cwd": str(command.cwd),
                "log": str(command.log),
                "memory": command.memory,
            }
        )
        container.pid = await asyncio.shield(container.started)
        return container

    def tell(self, order: dict[str, Any]) -> None:
        """Send an order to the keeper."""
        self._writer.write(json.dumps(order).encode() + b"\n")

    def _hear(self, message: dict[str, Any]) -> None:
        if "started" in message:
            self._running[message["started"]].started.set_result(message["pid"])
        elif "failed" in message:
            container = self._running.pop(message["failed"])
            container.started.set_exception(StartFailed(message["message"]))
        else:
            container = self._running.pop(message["ended"])
            container.ended.set_result(Ended(message["code"], message["oom"]))


@asynccontextmanager
async def kept_containers() -> AsyncIterator[Containers]:
    """Keep containers while the context lasts; leaving it kills them all."""
    ours, theirs = socket.socketpair()
    # -I and -S: no site, no user paths, so the keeper starts in a few milliseconds.
    arguments = [sys.executable, "-I", "-S", str(Path(keeper.__file__))]
    process = subprocess.Popen(  # noqa: ASYNC220 it forks and does not wait
        arguments, stdin=theirs.fileno()
    )
    theirs.close()
    try:
        reader, writer = await asyncio.open_connection(sock=ours)
        try:
            yield Containers(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
    finally:
        ours.close()
        await asyncio.to_thread(process.wait)
