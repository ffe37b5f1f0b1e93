"""Scraping: `/metrics`, and what has to be looked at to be measured.

Numbers of all projects together are no person's business: they stand on a port of their own, which the
chart lets only monitoring reach, and beside the API only where `dev` serves one person's machine.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from socket import socket

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tortoise.exceptions import BaseORMException

from tablecast import live, metering
from tablecast.domain.backlog import read_backlog
from tablecast.domain.database import connections
from tablecast.errors import DatabaseUnavailable

DATABASE_SECONDS = 2.0
LAG_EVERY_SECONDS = 0.25

logger = logging.getLogger("tablecast.scraping")


def metrics_route() -> Route:
    """`/metrics` in Prometheus' formats."""
    return Route("/metrics", _metrics)


async def _metrics(request: Request) -> Response:
    await look()
    body, content_type = metering.exposition(request.headers.get("accept", ""))
    return Response(body, media_type=content_type)


async def look() -> None:
    """Bring the gauges up to date, as far as the database answers."""
    for kind, watching in live.watches.items():
        metering.WATCH_LAG.labels(kind).set(watching.news.silence)
        metering.WATCH_SILENCE.labels(kind).set(watching.life.silence)
    metering.RELAY_SILENCE.set(live.claims.silence)
    in_use, most = connections()
    metering.CONNECTIONS.set(in_use)
    metering.MOST_CONNECTIONS.set(most)
    metering.DATABASE_UP.set(await _answers(_look_at_backlog))


async def _answers(ask: Callable[[], Awaitable[None]]) -> bool:
    try:
        async with asyncio.timeout(DATABASE_SECONDS):
            await ask()
    except (DatabaseUnavailable, BaseORMException, TimeoutError, OSError) as exc:
        logger.warning("the backlog could not be read: %r", exc)
        return False
    return True


async def _look_at_backlog() -> None:
    backlog = await read_backlog()
    for state, number in backlog.numbers.items():
        metering.OPERATIONS.labels(state).set(number)
        metering.OLDEST.labels(state).set(backlog.oldest[state])
    metering.LATE.set(backlog.late)
    # A code that nobody waits for any more has no series.
    metering.WAITING.clear()
    for code, number in backlog.waiting.items():
        metering.WAITING.labels(code).set(number)


class LoopLag:
    """Measures how late the event loop is: what everybody waits for who is in it."""

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            due = time.monotonic() + LAG_EVERY_SECONDS
            await asyncio.sleep(LAG_EVERY_SECONDS)
            metering.LOOP_LAG.observe(max(0.0, time.monotonic() - due))


class MetricsServer:
    """Serves an application on a listener of its own, beside the API's server."""

    def __init__(self, app: Starlette, listener: socket) -> None:
        self._listener = listener
        self._config = uvicorn.Config(
            app, http="httptools", ws="none", lifespan="off", log_config=None, access_log=False
        )

    async def run(self) -> None:
        """Serve until cancelled."""
        server = _Beside(self._config)
        try:
            await server.serve(sockets=[self._listener])
        finally:
            for each in server.servers:
                each.close()


class _Beside(uvicorn.Server):
    """A server that leaves signals to the one that ends the process."""

    def capture_signals(self) -> "nullcontext[None]":  # type: ignore[override]
        return nullcontext()
