"""Something between us and an API server that does what networks, proxies and servers do at their worst."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from tablecast.cluster.kubernetes.access import Access
from tablecast.cluster.kubernetes.server import ApiServer, Ask
from tests.cluster.fake_api import serving, status

DELAY_SECONDS = 2.0


async def _html(request: web.Request) -> web.StreamResponse:
    return web.Response(text="<html>\n<h1>Welcome</h1>\n</html>", content_type="text/html")


async def _too_many(request: web.Request) -> web.StreamResponse:
    return web.Response(status=429, headers={"Retry-After": "1"})


async def _broken(request: web.Request) -> web.StreamResponse:
    return web.json_response(status(500, "etcdserver: leader changed"), status=500)


async def _empty(request: web.Request) -> web.StreamResponse:
    return web.Response()


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
SILENT = {"cut", "drop", "swallow"}
INSTEAD: dict[str, Answer] = {"html": _html, "429": _too_many, "500": _broken, "empty": _empty}


class Faults:
    """Passes requests on, but for the fault of the moment.

    One of INSTEAD, "delay", "cut" in the middle of a line, "drop" whatever is answered, "swallow" what
    watches tell and nothing else.
    """

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self._fault = ""
        self._open: dict[int, web.Request] = {}

    def inject(self, fault: str) -> None:
        """Begin a fault; those that change answers break off what is being answered."""
        self._fault = fault
        for request in self._open.values() if fault not in SILENT else ():
            _abort(request)

    def clear(self) -> None:
        """Behave from now on."""
        self._fault = ""

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        """Answer a request."""
        if self._fault in INSTEAD:
            return await INSTEAD[self._fault](request)
        if self._fault == "delay":
            await asyncio.sleep(DELAY_SECONDS)
        self._open[id(request)] = request
        try:
            return await self._pass_on(request)
        finally:
            del self._open[id(request)]

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        ask = Ask("GET", request.path, dict(request.query), silence=None, proxied=True)
        async with self._server.open(ask) as answer:
            kind = answer.headers["Content-Type"]
            response = web.StreamResponse(status=answer.status, headers={"Content-Type": kind})
            await response.prepare(request)
            async for chunk in answer.chunks():
                if self._fault == "cut":
                    await response.write(chunk[: len(chunk) // 2])
                    _abort(request)
                    break
                if not self._is_kept_back(request):
                    await response.write(chunk)
            return response

    def _is_kept_back(self, request: web.Request) -> bool:
        watches = "watch" in request.query
        return self._fault == "drop" or (self._fault == "swallow" and watches)


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


@asynccontextmanager
async def faults(kubeconfig: str) -> AsyncIterator[tuple[Faults, str]]:
    """A faulty way to a cluster while the context lasts: its switch, and its URL."""
    async with ApiServer(Access(kubeconfig, "")) as server:
        switch = Faults(server)
        async with serving(switch) as url:
            yield switch, url
