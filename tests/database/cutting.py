"""A TCP proxy before a MariaDB that can cut a connection at a COMMIT: before it, at its answer, or while
it is still on its way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import StrEnum

# COM_QUERY and its text, as the client sends it in a packet of its own.
COMMIT = b"\x07\x00\x00\x00\x03COMMIT"
# Long enough for whoever looks at once to look too early.
LATE_SECONDS = 0.1


class Cut(StrEnum):
    """What becomes of the next COMMIT."""

    BEFORE = "the server never gets it"
    ANSWER = "the server has done it, and its answer is lost"
    LATE = "the client is cut off first, and the server gets it afterwards"


class Proxy:
    """Passes bytes on; `arm` has it cut one connection."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.port = 0
        self.cuts = 0
        self._armed: Cut | None = None
        self._forever = self._closed = False

    def arm(self, cut: Cut, *, forever: bool = False) -> None:
        """Cut at the next COMMIT, and perhaps let nobody through afterwards."""
        self._armed = cut
        self._forever = forever

    def mend(self) -> None:
        """Let everybody through again."""
        self._closed = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one connection on until either side ends it, or it is cut."""
        if self._closed:
            writer.close()
            return
        there, back = await asyncio.open_connection("127.0.0.1", self._to)
        answers = asyncio.create_task(_pass(there, writer))
        try:
            while data := await reader.read(65_536):
                if data == COMMIT and self._armed is not None:
                    await self._cut(data, answers, there, back, writer)
                    return
                back.write(data)
        finally:
            answers.cancel()
            for side in (back, writer):
                side.close()

    async def _cut(
        self,
        commit: bytes,
        answers: asyncio.Task[None],
        there: asyncio.StreamReader,
        back: asyncio.StreamWriter,
        client: asyncio.StreamWriter,
    ) -> None:
        cut, self._armed = self._armed, None
        self.cuts += 1
        self._closed = self._forever
        answers.cancel()
        await asyncio.wait([answers])
        if cut is Cut.LATE:
            client.transport.abort()
            await asyncio.sleep(LATE_SECONDS)
        if cut is not Cut.BEFORE:
            back.write(commit)
            await there.read(65_536)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
    writer.close()


@asynccontextmanager
async def proxy(port: int) -> AsyncIterator[Proxy]:
    """A proxy on a free port."""
    made = Proxy(port)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await made.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made
        server.close()
