"""Leaving: how a replica that is about to end sends those whom it serves to another one.

/readyz says so before anything else does. Then each answer closes its connection, and websockets are
closed one after the other with 1012, which clients of graphql-transport-ws take for "connect again,
after a while". What still runs in the end is answered 503.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tablecast import live
from tablecast.api.responses import JSON, RETRY_AFTER_SECONDS, error_response

RESTART = 1012
REASON = "This server ends: connect again, and go on from your cursors."
CODE = "SHUTTING_DOWN"


class Leaving:
    """What is open in this process, and is ended in good order before it ends itself.

    `seconds` are how long it goes on to take requests after that is known.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._websockets: set[Callable[[], Any]] = set()
        self._requests: set[asyncio.Timeout] = set()

    async def begin(self) -> None:
        """Say so, and close websockets until `seconds` are over; those who come now are refused."""
        live.ending.begun = True
        loop = asyncio.get_running_loop()
        end = loop.time() + self.seconds
        # Spread out: all at once, their clients would all be at the other replicas at once.
        while self._websockets:
            pause = max(0.0, end - loop.time()) / len(self._websockets)
            await self._websockets.pop()()
            await asyncio.sleep(pause)
        await asyncio.sleep(max(0.0, end - loop.time()))

    def cut(self) -> None:
        """End every request that runs; who was answered nothing yet is told to come again."""
        for running in self._requests:
            if not running.expired():
                running.reschedule(asyncio.get_running_loop().time())

    async def hold_websocket(
        self, app: ASGIApp, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Let `app` have a websocket's conversation, which `begin` may end."""
        if live.ending.begun:
            await refusal()(scope, receive, send)
            return
        accepted = False

        async def noting(message: Message) -> None:
            nonlocal accepted
            await send(message)
            if message["type"] == "websocket.accept":
                accepted = True
                self._websockets.add(close)
            elif message["type"] == "websocket.close":
                self._websockets.discard(close)

        async def close() -> None:
            await send({"type": "websocket.close", "code": RESTART, "reason": REASON})

        try:
            await app(scope, receive, noting)
        finally:
            self._websockets.discard(close)

    async def hold_request(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Let `app` answer a request, which `cut` may end."""
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                if live.ending.begun:
                    MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        running = asyncio.timeout(None)
        try:
            async with running:
                self._requests.add(running)
                await app(scope, receive, noting)
        except TimeoutError:
            if not running.expired() or started:
                raise
            await refusal()(scope, receive, noting)
        finally:
            self._requests.discard(running)


class LeavingMiddleware:
    """Puts `leaving` between the server and the application."""

    def __init__(self, app: ASGIApp, leaving: Leaving) -> None:
        self._app = app
        self._hold = {"http": leaving.hold_request, "websocket": leaving.hold_websocket}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on what comes."""
        await self._hold[scope["type"]](self._app, scope, receive, send)


def refusal() -> JSON:
    """The answer that sends somebody to another replica."""
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS), "Connection": "close"}
    return error_response(503, CODE, "This server ends: ask again.", headers=headers)
