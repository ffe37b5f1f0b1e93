"""Readiness says of each part how it is; only what requests need takes a replica out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tablecast import health, live
from tablecast.cluster.port import POD, Listing
from tablecast.errors import Unreachable
from tablecast.inbound.informer import Informer, Timing
from tests.domain.world import open_world
from tests.inbound.fakes import ScriptedCluster
from tests.inbound.waiting import eventually, eventually_so

# Seconds: stands for the minute and a half of a real process.
SILENCE = 0.2
QUICK = Timing(first_pause=0.01, longest_pause=0.02, at_once=0.0)
AWAY = Unreachable("connection refused by 10.0.0.1")


@pytest.fixture(autouse=True)
def nothing_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other test's informers, and no ending."""
    monkeypatch.setattr(live, "watches", {})
    monkeypatch.setattr(live, "ending", live.Ending())


async def told(*parts: health.Look) -> tuple[int, dict[str, Any]]:
    """Status of /readyz, and its parts by name."""
    app = Starlette(routes=health.health_routes(parts))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://tablecast") as client:
        answer = await client.get("/readyz")
    assert answer.json()["ready"] is (answer.status_code == 200)
    return answer.status_code, {part["name"]: part for part in answer.json()["parts"]}


@asynccontextmanager
async def following(cluster: ScriptedCluster) -> AsyncIterator[None]:
    """An informer of pods on a cluster."""

    async def nothing() -> dict[str, str]:
        return {}

    informer = Informer(
        cluster.port,
        POD,
        "managed=true",
        deliver=lambda change: None,
        remembered=nothing,
        recovered=nothing,
        timing=QUICK,
    )
    task = asyncio.create_task(informer.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_cluster_that_is_away_is_told_and_takes_no_replica_out() -> None:
    """Mutations are accepted then: with every replica out, nobody could make any."""
    cluster = ScriptedCluster([AWAY])
    look = partial(health.cluster, SILENCE)
    async with following(cluster):
        await eventually(lambda: live.watches["pods"].life.silence > SILENCE)
        status, parts = await told(look)
        assert (status, parts["cluster"]["ok"], parts["cluster"]["required"]) == (200, False, False)
        assert parts["cluster"]["reason"].startswith("Nothing was heard of pods for 0 s")
        assert "10.0.0.1" not in parts["cluster"]["reason"], "anybody may read it"
        cluster.lists = [Listing([], "7")]

        async def heard() -> bool:
            return (await told(look))[1]["cluster"]["ok"]

        await eventually_so(heard)


async def test_a_process_that_ends_is_not_ready() -> None:
    assert (await told(health.process))[0] == 200
    live.ending.begun = True
    status, parts = await told(health.process)
    assert (status, parts["process"]["reason"]) == (503, "It is shutting down.")


async def test_a_relay_that_claims_nothing_is_told_and_takes_no_replica_out() -> None:
    """Other replicas' relays go on, and requests need none."""
    live.claims.beat()
    status, parts = await told(partial(health.relaying, 5.0))
    assert (status, parts["relay"]["ok"]) == (200, True)
    status, parts = await told(partial(health.relaying, 0.0))
    assert (status, parts["relay"]["ok"], parts["relay"]["required"]) == (200, False, False)


async def test_a_database_that_does_not_answer_in_time_takes_a_replica_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_world(tmp_path):
        assert (await told(health.database))[0] == 200
        monkeypatch.setattr(health, "DATABASE_SECONDS", 0.0)
        status, parts = await told(health.database)
    assert (status, parts["database"]["reason"]) == (503, "The database does not answer.")
