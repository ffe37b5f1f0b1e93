"""One client's session: GraphQL over HTTP, subscriptions over a websocket, uploads by tus."""

import asyncio
import io
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from http import HTTPStatus
from typing import Any, Self

from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession, ReconnectingAsyncClientSession
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.websockets import WebsocketsTransport
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

CHUNK_BYTES = 8 << 20
RETRY_SECONDS = (0.5, 1, 2, 4, 8, 15)

Answer = dict[str, Any]


class Refused(Exception):
    """The API answered with a typed error: its code and message are the text."""


class Session:
    """A client of one Tablecast server; `token` is a bearer token, "" where none is needed."""

    def __init__(self, url: str, token: str = "") -> None:
        self.url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._stack = AsyncExitStack()
        self._http: AsyncClientSession | ReconnectingAsyncClientSession
        self._socket: AsyncClientSession | ReconnectingAsyncClientSession

    async def __aenter__(self) -> Self:
        endpoint = f"{self.url}/graphql"
        http = AIOHTTPTransport(endpoint, headers=self._headers, timeout=60)
        socket = WebsocketsTransport(
            endpoint.replace("http", "ws", 1),
            init_payload={key.lower(): value for key, value in self._headers.items()},
            ping_interval=20,
            pong_timeout=20,
        )
        async with AsyncExitStack() as stack:
            self._http = await stack.enter_async_context(Client(transport=http, execute_timeout=60))
            # By HTTP first: its refusal of a token says why, a websocket's is a closed connection.
            await self.query("{ version }")
            self._socket = await stack.enter_async_context(Client(transport=socket))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()

    async def query(self, document: str, **variables: Any) -> Answer:
        """Run a query and return its data."""
        answer: Answer = await self._http.execute(
            GraphQLRequest(document, variable_values=variables)
        )
        return answer

    async def mutate(self, document: str, **given: Any) -> Answer:
        """Run a mutation with one `input`; return its payload or raise `Refused`."""
        data = await self.query(document, input=given)
        payload: Answer = next(iter(data.values()))
        if "message" in payload:
            raise Refused(
                f"{payload.get('code')}: {payload['message']} {payload.get('hint') or ''}"
            )
        return payload

    async def follow(self, document: str, **variables: Any) -> AsyncGenerator[Answer, None]:
        """Subscribe and yield what each message says of the one thing asked for."""
        stream = self._socket.subscribe(GraphQLRequest(document, variable_values=variables))
        try:
            async for data in stream:
                yield next(iter(data.values()))
        finally:
            await stream.aclose()

    async def upload(self, url: str, content: bytes) -> None:
        """Send `content` to an upload's URL by tus, in chunks, from where the server has it.

        What the server calls busy (503) is asked again: each time from the bytes that it has.
        """
        for wait in RETRY_SECONDS:
            try:
                return await self._send(url, content)
            except TusCommunicationError as error:
                if error.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
                    raise
                await asyncio.sleep(wait)
        return await self._send(url, content)

    async def _send(self, url: str, content: bytes) -> None:
        await asyncio.to_thread(self._send_blocking, url, content)

    def _send_blocking(self, url: str, content: bytes) -> None:
        # The library's asynchronous uploader blocks too: when it is made, and for each large chunk.
        client = TusClient(self.url, headers=self._headers)
        client.uploader(file_stream=io.BytesIO(content), url=url, chunk_size=CHUNK_BYTES).upload()
