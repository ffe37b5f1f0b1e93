"""Health: is the process alive, and should requests come to it, part by part with reasons.

Two parts take a replica out of its Service: a database that does not answer, because no request can be
answered then, and the process's own ending. The cluster's being away takes none out: every replica sees
it at once, and mutations are accepted meanwhile. Nor does a relay that claims nothing: requests do not
need it, and other replicas' relays go on. Those two are told, and have alerts.

Reasons are for anybody who can reach the port: they name no address and nothing of a project.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tortoise.exceptions import BaseORMException

from tablecast import live
from tablecast.api.responses import JSON
from tablecast.domain.tables import Project
from tablecast.errors import DatabaseUnavailable
from tablecast.settings import Settings

DATABASE_SECONDS = 2.0
# Beyond a watch's silence it is opened again, and a cluster that is back answers within this.
BEYOND_SILENCE_SECONDS = 20.0
# Many polls, and longer than a database takes to restart.
RELAY_SECONDS = 30.0

logger = logging.getLogger("tablecast.health")


@dataclass(frozen=True)
class Part:
    """What is known of a part. `required`: without it no requests should come here."""

    name: str
    ok: bool
    reason: str
    required: bool = False


Look = Callable[[], Awaitable[Part]]


def looks(settings: Settings) -> list[Look]:
    """The parts of a whole process."""
    silence = settings.watch_silence_seconds + BEYOND_SILENCE_SECONDS
    relay = max(RELAY_SECONDS, 3 * settings.poll_seconds)
    return [process, database, partial(cluster, silence), partial(relaying, relay)]


def health_routes(parts: Sequence[Look]) -> list[Route]:
    """`/healthz` and `/readyz`."""

    async def ready(request: Request) -> Response:
        told = [await look() for look in parts]
        well = all(part.ok or not part.required for part in told)
        shown = [
            {"name": p.name, "ok": p.ok, "reason": p.reason, "required": p.required} for p in told
        ]
        return JSON({"ready": well, "parts": shown}, 200 if well else 503)

    return [Route("/healthz", _alive), Route("/readyz", ready)]


async def _alive(request: Request) -> Response:
    """The event loop answers; says nothing of what the process depends on."""
    return JSON({"status": "ok"})


async def process() -> Part:
    """Whether this process goes on."""
    begun = live.ending.begun
    reason = "It is shutting down." if begun else "It is not shutting down."
    return Part("process", not begun, reason, required=True)


async def database() -> Part:
    """Whether the database answers."""
    try:
        async with asyncio.timeout(DATABASE_SECONDS):
            await Project.exists()
    except (DatabaseUnavailable, BaseORMException, TimeoutError, OSError) as exc:
        logger.warning("not ready: %r", exc)
        return Part("database", False, "The database does not answer.", required=True)
    return Part("database", True, "It answers.", required=True)


async def cluster(most_silence: float) -> Part:
    """Whether every informer has had a sign of life lately."""
    silent = {
        kind: watching.life.silence
        for kind, watching in sorted(live.watches.items())
        if watching.life.silence > most_silence
    }
    if not silent:
        return Part("cluster", True, "Every kind's watch is alive.")
    told = ", ".join(f"{kind} for {seconds:.0f} s" for kind, seconds in silent.items())
    return Part("cluster", False, f"Nothing was heard of {told}; mutations are accepted meanwhile.")


async def relaying(most_silence: float) -> Part:
    """Whether this process's relay has asked for due operations lately."""
    silence = live.claims.silence
    if silence <= most_silence:
        return Part("relay", True, "It claims.")
    return Part(
        "relay",
        False,
        f"It could claim nothing for {silence:.0f} s: it is busy, or the database refused; other "
        "replicas' relays go on.",
    )
