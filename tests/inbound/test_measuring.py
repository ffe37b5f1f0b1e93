"""What informers count: why a watch was opened again, why a kind was listed, what was merged."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from tablecast import live
from tablecast.cluster.port import POD, Listing
from tablecast.errors import ClusterBusy, ClusterRefusal, Unreachable, VersionGone
from tablecast.inbound.changes import Change, Changed
from tablecast.inbound.informer import Timing
from tablecast.inbound.workers import Workers
from tablecast.metering import REGISTRY
from tests.inbound.fakes import HANG, Item, ScriptedCluster, added, an_object, bookmark
from tests.inbound.test_informer import QUICK, informing
from tests.inbound.waiting import eventually

EMPTY = Listing([], "7")


def counted(name: str, **labels: str) -> float:
    """What was counted so far."""
    return REGISTRY.get_sample_value(f"tablecast_{name}", labels) or 0.0


@asynccontextmanager
async def counting(name: str, **labels: str) -> AsyncIterator[None]:
    """Wait at the end until one more was counted."""
    before = counted(name, **labels)
    yield
    await eventually(lambda: counted(name, **labels) > before)


@pytest.mark.parametrize(
    ("reason", "script", "timing"),
    [
        pytest.param("silence", [HANG], QUICK, id="silence"),
        pytest.param("end", [added("a", 8)], QUICK, id="the server's own end"),
        pytest.param("empty", [], replace(QUICK, at_once=1.0), id="an end at once"),
        pytest.param("unreachable", [Unreachable("reset")], QUICK, id="a broken connection"),
        pytest.param("busy", [ClusterBusy("429")], QUICK, id="asked for patience"),
        pytest.param("refused", [ClusterRefusal("forbidden")], QUICK, id="a refusal"),
        pytest.param("gone", [VersionGone("410")], QUICK, id="a version that is gone"),
        pytest.param("due", [HANG], replace(QUICK, relist=0.05), id="time to list again"),
    ],
)
async def test_a_watch_that_is_opened_again_is_counted_with_the_reason(
    reason: str, script: list[Item], timing: Timing
) -> None:
    cluster = ScriptedCluster([EMPTY], [script])
    async with (
        counting("watch_reconnects_total", kind="pods", reason=reason),
        informing(cluster, timing),
    ):
        wanted = 3 if reason in ("gone", "due") else 2
        await eventually(lambda: len(cluster.asked) > wanted)


@pytest.mark.parametrize(
    ("reason", "script", "timing"),
    [
        pytest.param("start", [HANG], QUICK, id="at the start"),
        pytest.param("gone", [VersionGone("410")], QUICK, id="a version that is gone"),
        pytest.param("due", [HANG], replace(QUICK, relist=0.05), id="time to"),
    ],
)
async def test_a_list_is_counted_with_the_reason(
    reason: str, script: list[Item], timing: Timing
) -> None:
    cluster = ScriptedCluster([EMPTY], [script])
    async with (
        counting("watch_relists_total", kind="pods", reason=reason),
        informing(cluster, timing),
    ):
        wanted = 1 if reason == "start" else 2
        await eventually(lambda: cluster.asked.count("list") >= wanted)


async def test_a_bookmark_is_news_and_a_list_is_only_life() -> None:
    """Lag is since the newest event or bookmark, silence since anything at all."""
    cluster = ScriptedCluster([EMPTY], [[0.05, bookmark(9), HANG]])
    async with informing(cluster, replace(QUICK, silence=5.0)):
        await eventually(lambda: cluster.asked == ["list", "watch 7"])
        watching = live.watches[POD.plural]
        await asyncio.sleep(0.02)
        assert watching.news.silence > watching.life.silence
        before = watching.news.silence
        await eventually(lambda: watching.news.silence < before)


async def test_a_cluster_that_is_away_shows_no_life() -> None:
    cluster = ScriptedCluster([Unreachable("refused")])
    async with informing(cluster):
        await eventually(lambda: len(cluster.asked) > 5)
        watching = live.watches[POD.plural]
        assert watching.life.silence >= 0.03
        assert abs(watching.life.silence - watching.news.silence) < 0.01


async def test_a_change_that_takes_anothers_place_is_counted() -> None:
    looked: list[Change] = []

    async def look(change: Change) -> None:
        looked.append(change)

    before = counted("messages_merged_total", where="worker")
    async with asyncio.TaskGroup() as group:
        workers = Workers(group, look)
        for version in range(5):
            workers.offer(Changed(an_object("a", version)))
    assert len(looked) == 1
    assert counted("messages_merged_total", where="worker") == before + 4
