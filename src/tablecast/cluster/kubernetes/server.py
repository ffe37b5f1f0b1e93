"""The API server over HTTP: one session, credentials of the moment, errors as ours."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from tablecast.cluster.kubernetes.access import Access
from tablecast.cluster.kubernetes.answers import refusal
from tablecast.cluster.kubernetes.configuration import Credentials
from tablecast.cluster.kubernetes.reading import BROKEN, Answer, decoded, told
from tablecast.cluster.port import Kind, Manifest
from tablecast.errors import Unreachable

CONNECT_SECONDS = 10.0
# Longer than a list of many large objects takes to begin, shorter than a relay's lease.
ANSWER_SECONDS = 25.0

_JSON = {"Accept": "application/json"}
# The session's own additions: bodies pass as they are, never packed or named anew.
_NOT_ADDED = ("Accept-Encoding", "User-Agent")


@dataclass(frozen=True)
class Ask:
    """One request to the API server.

    `kind` is what it is about. `silence` in seconds bounds each wait for bytes, None for none.
    `proxied` marks a request to something behind the API server, whose refusals are answers.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | AsyncIterator[bytes] | None = None
    kind: Kind | None = None
    connect: float = CONNECT_SECONDS
    silence: float | None = ANSWER_SECONDS
    proxied: bool = False

    @property
    def url(self) -> str:
        """Path and query, encoded."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    @property
    def repeatable(self) -> bool:
        """Whether the body can be sent twice."""
        return self.body is None or isinstance(self.body, bytes)


class ApiServer:
    """Sends requests to the API server while its context lasts."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "ApiServer":
        await self.access.open()
        self._session = new_session(trust_env=True)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        session, self._session = self._session, None
        if session is not None:
            await closed(session)

    async def ask(self, ask: Ask) -> Manifest:
        """Return the object that the server answers; raises what its refusal stands for."""
        async with self.open(ask) as answer:
            return decoded(await answer.read())

    @asynccontextmanager
    async def open(self, ask: Ask) -> AsyncIterator[Answer]:
        """Yield the answer, its body unread; raises what a refusal stands for, but for proxied ones."""
        credentials = await self.access.current()
        answer = await self._send(ask, credentials)
        try:
            if answer.status == 401 and await self._let_in_again(ask, answer, credentials):
                answer.close()
                answer = await self._send(ask, await self.access.current())
            if not ask.proxied and not 200 <= answer.status < 300:
                after = answer.headers.get("Retry-After", "")
                raise refusal(answer.status, await answer.read(), after, ask.kind)
            yield answer
        finally:
            answer.close()

    async def _let_in_again(self, ask: Ask, answer: Answer, credentials: Credentials) -> bool:
        """Whether it was the API server that did not know us, and now we have other credentials."""
        if ask.proxied and await answer.refused_by() is None:
            return False
        return await self.access.reread(credentials) and ask.repeatable

    async def _send(self, ask: Ask, credentials: Credentials) -> Answer:
        if self._session is None:
            raise Unreachable("The connection to the cluster is closed.")
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=ask.connect, sock_read=ask.silence)
        try:
            response = await self._session.request(
                ask.method,
                URL(credentials.server + ask.url, encoded=True),
                headers={
                    **(_JSON if not ask.proxied else {}),
                    **ask.headers,
                    **credentials.headers,
                },
                data=ask.body,
                timeout=timeout,
                ssl=credentials.tls,
                server_hostname=credentials.server_name,
                proxy=credentials.proxy,
                allow_redirects=False,
            )
        except BROKEN as error:
            raise Unreachable(_unanswered(credentials.server, error)) from error
        return Answer(response)


def _unanswered(server: str, error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        reason = getattr(error.certificate_error, "verify_message", told(error))
        return f"The API server at {server} has a certificate that cannot be trusted: {reason}."
    if isinstance(error, TimeoutError):
        return f"The API server at {server} did not answer in time."
    return f"The API server at {server} does not answer: {told(error)}."


def new_session(*, trust_env: bool = False, keep_seconds: float = 30.0) -> aiohttp.ClientSession:
    """Return a session without cookies that leaves bodies as they are."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=keep_seconds),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=_NOT_ADDED,
        trust_env=trust_env,
    )


async def closed(session: aiohttp.ClientSession) -> None:
    """Close a session and let its transports go."""
    await session.close()
    await asyncio.sleep(0)
