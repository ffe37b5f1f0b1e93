"""A forward proxy on loopback, through which containers reach Services by their cluster names.

http://<service>.<namespace>.svc.cluster.local[:port]/… and no other address.
"""

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiohttp import web

from tablecast.cluster.embedded.network import Network
from tablecast.cluster.port import Call, Target
from tablecast.errors import ClusterError

_HOST = re.compile(r"(?P<name>[^.]+)\.(?P<namespace>[^.]+)\.svc(\.cluster\.local)?")
# What belongs to one connection only (RFC 9110, 7.6.1), and what is written anew
_HOP_BY_HOP = {
    "connection",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
_TIMEOUT_SECONDS = 300.0


@asynccontextmanager
async def forward_proxy(network: Network) -> AsyncIterator[str]:
    """Serve a proxy while the context lasts; its value is the proxy's URL."""
    server = web.Server(_Forwarding(network))
    runner = web.ServerRunner(server)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


class _Forwarding:
    """Answers one request by asking a Service."""

    def __init__(self, network: Network) -> None:
        self._network = network

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        url = request.url
        found = _HOST.fullmatch(url.host or "")
        if request.method == "CONNECT" or not found:
            text = "only http://<service>.<namespace>.svc.cluster.local is reached from here"
            return web.Response(status=403, text=text)
        call = Call(
            Target(found["namespace"], found["name"], url.port or 80),
            method=request.method,
            path=url.raw_path_qs,
            headers=_end_to_end(request.headers.items()),
            body=request.content.iter_any() if request.body_exists else None,
            timeout=_TIMEOUT_SECONDS,
        )
        response: web.StreamResponse | None = None
        try:
            async with self._network.request(call) as answer:
                response = web.StreamResponse(status=answer.status)
                response.headers.update(_end_to_end(answer.headers.items()))
                await response.prepare(request)
                async for chunk in answer.chunks():
                    await response.write(chunk)
        except ClusterError as error:
            if response is None or request.transport is None:
                return web.Response(status=502, text=str(error))
            # half an answer must not look like a whole one
            request.transport.abort()
            return response
        await response.write_eof()
        return response


def _end_to_end(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {key: value for key, value in headers if key.lower() not in _HOP_BY_HOP}
