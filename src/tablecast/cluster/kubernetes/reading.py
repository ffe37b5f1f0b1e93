"""Reading answers: bodies as they come, and a watch's lines as events. What is no protocol is `Unreachable`.

A body that breaks off, a line that is half, HTML or an empty answer in place of JSON: whoever reads
learns that nothing can be trusted, never something that is not so.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import orjson

from tablecast.cluster.kubernetes.answers import Status, error_of, shown, status_in, status_of
from tablecast.cluster.port import Kind, Manifest, WatchEvent
from tablecast.errors import Unreachable, VersionGone

BROKEN = (aiohttp.ClientError, TimeoutError, OSError)

# etcd keeps nothing above 1.5 MiB; JSON escapes make the most of it six times that.
MOST_LINE = 16 << 20
# The longest Status that is looked for in what a proxied server answered.
MOST_STATUS = 64 << 10

_TYPES = {"ADDED", "MODIFIED", "DELETED", "BOOKMARK"}


class Answer:
    """An HTTP answer, its body unread but for a `head` that was looked at."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self._head = b""
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers

    async def read(self) -> bytes:
        """Return the whole body."""
        return b"".join([chunk async for chunk in self.chunks()])

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives."""
        if self._head:
            yield self._head
        try:
            async for chunk in self._response.content.iter_any():
                yield chunk
        except TimeoutError as error:
            raise Unreachable("The answer fell silent.", 504) from error
        except BROKEN as error:
            raise Unreachable(f"The answer broke off: {told(error)}.", 502) from error

    async def refused_by(self) -> Status | None:
        """Return the API server's own Status, where this is its no and not a proxied server's."""
        if self.status < 400 or not self.headers.get("Content-Type", "").startswith(
            "application/json"
        ):
            return None
        head = bytearray()
        async for chunk in self.chunks():
            head += chunk
            if len(head) > MOST_STATUS:
                break
        self._head = bytes(head)
        return status_of(self._head)

    def close(self) -> None:
        """Let go of the connection; it is kept where the body was read to its end."""
        connection = self._response.connection
        if connection is not None and connection.transport is not None:
            # At once: a peer that has frozen would take no part in TLS's farewell.
            connection.transport.abort()
        self._response.close()


def told(error: BaseException) -> str:
    """Return an error as words, its type where it has none."""
    return str(error) or type(error).__name__


def decoded(body: bytes) -> Manifest:
    """Return an object that an API server answered; `Unreachable` for anything else."""
    found = _json(body)
    if "kind" not in found:
        raise Unreachable(f"An answer is no object of Kubernetes: {shown(body)}")
    return found


async def lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield whole lines; `Unreachable` where the last one is half."""
    rest = b""
    async for chunk in chunks:
        whole = (rest + chunk).split(b"\n")
        rest = whole.pop()
        for line in whole:
            if line:
                yield line
        if len(rest) > MOST_LINE:
            raise Unreachable(f"A line has more than {MOST_LINE} bytes.")
    if rest.strip():
        raise Unreachable(f"The answer broke off in the middle of a line: {shown(rest)}")


def event(line: bytes, kind: Kind) -> WatchEvent:
    """Return a watch's line as an event; raise what an ERROR line stands for."""
    found = _json(line)
    type_, content = found.get("type"), found.get("object")
    if not isinstance(content, dict):
        raise Unreachable(f"A watch's line is no event: {shown(line)}")
    if type_ == "ERROR":
        raise _error(content, kind)
    if type_ not in _TYPES or not isinstance(content.get("metadata"), dict):
        raise Unreachable(f"A watch's line is no event: {shown(line)}")
    return WatchEvent(type_, content)


def _error(content: dict[str, Any], kind: Kind) -> Exception:
    status = status_in(content)
    if status is None:
        return Unreachable("A watch ended with an error that is none of Kubernetes.")
    if status.reason == "Expired":
        return VersionGone(status.message, 410, status.reason)
    return error_of(status, kind=kind)


def _json(text: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        what = shown(text) or "nothing at all"
        raise Unreachable(f"An answer is not JSON: {what}") from error
    if not isinstance(found, dict):
        raise Unreachable(f"An answer is no object of Kubernetes: {shown(text)}")
    return found
