"""An informer ends up with what is there, whatever the API does on the way."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tablecast.cluster.port import POD, Listing
from tablecast.errors import (
    ClusterBusy,
    ClusterRefusal,
    DatabaseUnavailable,
    Unreachable,
    VersionGone,
)
from tablecast.inbound.changes import Change, Changed, Gone
from tablecast.inbound.informer import Backoff, Informer, Timing
from tests.inbound.fakes import (
    HANG,
    ScriptedCluster,
    added,
    an_object,
    bookmark,
    deleted,
    modified,
)
from tests.inbound.waiting import eventually

QUICK = Timing(silence=0.15, first_pause=0.01, longest_pause=0.04, at_once=0.0, relist=60.0)
AWAY = DatabaseUnavailable("it is away")
GARBAGE = Unreachable("<html>502 Bad Gateway</html> is no JSON", 502)


class Listener:
    """Keeps what an informer told: names there are, by UID, and how often each thing was said."""

    def __init__(self, remembered: dict[str, str] | None = None) -> None:
        self.there: dict[str, str] = {}
        self.told: list[Change] = []
        self.recoveries = 0
        self.unread: list[DatabaseUnavailable] = []
        self.unwoken: list[DatabaseUnavailable] = []
        self._remembered = remembered

    def deliver(self, change: Change) -> None:
        self.told.append(change)
        if isinstance(change, Gone):
            self.there.pop(change.uid, None)
        else:
            self.there[change.uid] = change.object["metadata"]["resourceVersion"]

    async def remembered(self) -> dict[str, str]:
        if self.unread:
            raise self.unread.pop()
        return dict(self.there if self._remembered is None else self._remembered)

    async def recovered(self) -> None:
        if self.unwoken:
            raise self.unwoken.pop()
        self.recoveries += 1


@asynccontextmanager
async def informing(
    cluster: ScriptedCluster, timing: Timing = QUICK, remembered: dict[str, str] | None = None
) -> AsyncIterator[Listener]:
    listener = Listener(remembered)
    informer = Informer(
        cluster.port,
        POD,
        "managed=true",
        deliver=listener.deliver,
        remembered=listener.remembered,
        recovered=listener.recovered,
        timing=timing,
    )
    task = asyncio.create_task(informer.run())
    try:
        yield listener
    finally:
        assert not task.done(), task.exception()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(listener: Listener, there: dict[str, str]) -> None:
    """Wait until what is there is what ought to be."""
    await eventually(lambda: listener.there == there)


async def until_asked(cluster: ScriptedCluster, what: str, times: int = 1) -> None:
    await eventually(lambda: cluster.asked.count(what) >= times)


def listing(*objects: tuple[str, int], version: int = 10) -> Listing:
    return Listing([an_object(name, at) for name, at in objects], str(version))


async def test_it_lists_then_watches_from_there_and_follows_events() -> None:
    events = [added("b", 11), modified("a", 12), deleted("b", 13), HANG]
    cluster = ScriptedCluster([listing(("a", 5))], [events])
    async with informing(cluster) as listener:
        await until(listener, {"uid-a": "12"})
    assert cluster.asked[:2] == ["list", "watch 10"]
    assert [type(one) for one in listener.told] == [Changed, Changed, Changed, Gone]


@pytest.mark.parametrize("events", [[], [added("b", 11)]], ids=["as status", "in the stream"])
async def test_410_means_one_list_in_which_what_is_missing_was_deleted(events: list) -> None:
    lists = [listing(("a", 5), ("c", 6)), listing(("a", 15), version=20)]
    cluster = ScriptedCluster(lists, [[*events, VersionGone("too old", 410)]])
    async with informing(cluster) as listener:
        await until_asked(cluster, "watch 20")
        await until(listener, {"uid-a": "15"})
    assert cluster.asked == ["list", "watch 10", "list", "watch 20"]


async def test_silence_is_resumed_from_the_newest_version_without_a_list() -> None:
    cluster = ScriptedCluster(
        [listing(("a", 5))], [[modified("a", 11), bookmark(30), HANG], [modified("a", 31), HANG]]
    )
    async with informing(cluster) as listener:
        await until(listener, {"uid-a": "31"})
    assert cluster.asked[:3] == ["list", "watch 10", "watch 30"]


async def test_a_quiet_end_is_resumed_from_the_last_event_without_a_list() -> None:
    cluster = ScriptedCluster([listing(("a", 5))], [[modified("a", 12)], [deleted("a", 13)]])
    async with informing(cluster) as listener:
        await until_asked(cluster, "watch 13")
        assert listener.there == {}
    assert cluster.asked[:3] == ["list", "watch 10", "watch 12"]


@pytest.mark.parametrize(
    "error", [GARBAGE, Unreachable("connection refused"), ClusterBusy("slow down", 429)]
)
async def test_an_error_of_the_moment_is_watched_again_without_a_list(error: ClusterBusy) -> None:
    cluster = ScriptedCluster(
        [listing(("a", 5))], [[modified("a", 11), error], [error], [modified("a", 12), HANG]]
    )
    async with informing(cluster) as listener:
        await until(listener, {"uid-a": "12"})
    assert cluster.asked[:4] == ["list", "watch 10", "watch 11", "watch 11"]


async def test_a_database_that_is_away_when_it_lists_is_asked_again() -> None:
    """What it remembers is compared with the list, only later."""
    cluster = ScriptedCluster([listing(("a", 5))], [[HANG]])
    async with informing(cluster, remembered={"uid-b": "3"}) as listener:
        listener.unread = [AWAY] * 3
        await eventually(lambda: Gone("uid-b") in listener.told)
    assert listener.there == {"uid-a": "5"}
    assert listener.unread == []


async def test_a_recovery_that_the_database_did_not_take_is_told_of_again() -> None:
    """Whoever waits for the cluster is woken, only later; and no event is lost by that."""
    back: list = [added("b", 12), bookmark(13), HANG]
    cluster = ScriptedCluster([listing(("a", 5))], [[Unreachable("refused")], back])
    async with informing(cluster) as listener:
        listener.unwoken = [AWAY] * 2
        await eventually(lambda: listener.recoveries == 1)
        await until(listener, {"uid-a": "5", "uid-b": "12"})
    assert listener.unwoken == []


async def test_a_cluster_that_answers_again_is_told_of_once_an_outage() -> None:
    """What waits for its next try need not wait that long."""
    outage: list = [[Unreachable("refused")], [Unreachable("refused")]]
    back: list = [added("b", 12), added("c", 13), Unreachable("refused")]
    cluster = ScriptedCluster([listing(("a", 5))], [*outage, back, *outage, [bookmark(30), HANG]])
    async with informing(cluster) as listener:
        await eventually(lambda: listener.recoveries == 2)
        await until_asked(cluster, "watch 13", 3)
    assert listener.recoveries == 2


async def test_a_kind_that_is_not_there_is_asked_for_until_it_is() -> None:
    missing = ClusterRefusal("the server could not find the requested resource", 404)
    cluster = ScriptedCluster([missing, missing, listing(("a", 5))])
    async with informing(cluster) as listener:
        await until(listener, {"uid-a": "5"})
    assert cluster.asked[:4] == ["list", "list", "list", "watch 10"]


async def test_watches_that_end_at_once_and_empty_make_no_hot_loop() -> None:
    cluster = ScriptedCluster([listing()], [[] for _ in range(10_000)])
    timing = Timing(silence=1, first_pause=0.05, longest_pause=0.2, at_once=1.0)
    async with informing(cluster, timing):
        await asyncio.sleep(0.5)
    assert 2 <= len(cluster.asked) < 60


async def test_410_again_and_again_makes_no_hot_loop() -> None:
    watches = [[VersionGone("too old", 410)] for _ in range(10_000)]
    cluster = ScriptedCluster([listing()], watches)
    timing = Timing(silence=1, first_pause=0.05, longest_pause=0.2, at_once=1.0)
    async with informing(cluster, timing):
        await asyncio.sleep(0.5)
    assert 2 <= len(cluster.asked) < 60


async def test_events_that_were_never_sent_are_made_up_for_by_the_next_list() -> None:
    lists = [listing(("a", 5), ("b", 6)), listing(("a", 15), ("c", 16), version=20)]
    cluster = ScriptedCluster(lists, [[HANG]])
    timing = Timing(silence=5, first_pause=0.01, at_once=0.0, relist=0.2)
    async with informing(cluster, timing) as listener:
        await until(listener, {"uid-a": "15", "uid-c": "16"})


async def test_what_went_while_nobody_watched_is_told_as_gone() -> None:
    cluster = ScriptedCluster([listing(("a", 5))])
    async with informing(cluster, remembered={"uid-a": "4", "uid-b": "3"}) as listener:
        await until_asked(cluster, "watch 10")
    assert [one.uid for one in listener.told if isinstance(one, Gone)] == ["uid-b"]


async def test_a_list_older_than_what_was_seen_deletes_nothing() -> None:
    cluster = ScriptedCluster([listing(version=10)])
    async with informing(cluster, remembered={"uid-new": "15", "uid-old": "9"}) as listener:
        await until_asked(cluster, "watch 10")
    assert [one.uid for one in listener.told] == ["uid-old"]


async def test_an_object_made_anew_under_its_name_is_another_one() -> None:
    again = Listing([an_object("a", 15, uid="uid-a2")], "20")
    cluster = ScriptedCluster([listing(("a", 5)), again], [[VersionGone("too old", 410)]])
    async with informing(cluster) as listener:
        await until(listener, {"uid-a2": "15"})
    assert Gone("uid-a") in listener.told


async def test_something_that_is_no_object_is_taken_for_a_broken_answer() -> None:
    broken = modified("a", 11)
    del broken.object["metadata"]["uid"]
    cluster = ScriptedCluster([listing(("a", 5))], [[broken], [modified("a", 12), HANG]])
    async with informing(cluster) as listener:
        await until(listener, {"uid-a": "12"})


@pytest.mark.parametrize(
    "share", [pytest.param(0.9, id="shortest"), pytest.param(1.0, id="longest")]
)
async def test_a_cluster_that_is_away_is_asked_ten_times_a_minute_at_most(
    monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("tablecast.inbound.informer.random.uniform", lambda low, high: share)
    monkeypatch.setattr("tablecast.inbound.informer.asyncio.sleep", sleep)
    backoff = Backoff(Timing())
    for _ in range(60):
        await backoff.pause()
    assert slept[:4] == pytest.approx([share * each for each in (1, 4, 8.5, 8.5)])
    # What comes back is noticed soon, and any ten tries in a row take a minute.
    assert max(slept) < 9
    assert all(sum(slept[first : first + 10]) > 60 for first in range(50))


async def test_pauses_are_short_again_after_a_calm_time_and_as_long_as_the_cluster_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("tablecast.inbound.informer.random.uniform", lambda low, high: high)
    monkeypatch.setattr("tablecast.inbound.informer.asyncio.sleep", sleep)
    backoff = Backoff(Timing())
    for _ in range(5):
        await backoff.pause()
    now = time.monotonic()
    monkeypatch.setattr("tablecast.inbound.informer.time.monotonic", lambda: now + 121)
    await backoff.pause()
    assert slept[-1] == 1.0
    await backoff.pause(at_least=7.0)
    assert slept[-1] == 7.0
