"""Consistency: what a watch lost is found out; one that is only late is left in peace."""

import asyncio

from tablecast.cluster.port import POD, Listing, Versions
from tablecast.inbound.consistency import Consistency, unheard
from tablecast.inbound.informer import Informer, Timing
from tests.inbound.fakes import HANG, Item, ScriptedCluster, an_object, bookmark, modified
from tests.inbound.waiting import eventually

QUICK = Timing(silence=60.0, first_pause=0.01, compare=0.01, grace=0.1)


def test_what_is_newer_missing_or_unknown_was_not_heard() -> None:
    known = {"same": "3", "older": "3", "gone": "4", "younger than the list": "9"}
    there = Versions({"same": "3", "older": "5", "new": "6"}, "8")
    assert unheard(known, there) == {"older", "gone", "new"}


def test_an_answer_that_is_older_than_what_was_heard_tells_nothing() -> None:
    assert unheard({"a": "7"}, Versions({"a": "5"}, "6")) == set()


async def _lists(watch: list[Item], there: dict[str, str]) -> int:
    """How often an informer listed, while one watch went as it was told to; its own first list is one."""
    listing = Listing([an_object("a", 1)], "1")
    cluster = ScriptedCluster([listing], [watch])
    cluster.versions_there = there

    async def remembered() -> dict[str, str]:
        return {}

    async def recovered() -> None:
        """Nothing waits for it."""

    informer = Informer(
        cluster.port,
        POD,
        "",
        deliver=lambda change: None,
        remembered=remembered,
        recovered=recovered,
        timing=QUICK,
    )
    consistency = Consistency(cluster.port, POD, "", informer, QUICK)
    tasks = [asyncio.create_task(informer.run()), asyncio.create_task(consistency.run())]
    try:
        await eventually(lambda: sum("versions" in one for one in cluster.asked) >= 3)
        return cluster.asked.count("list")
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_where_both_know_the_same_nothing_is_listed_again() -> None:
    assert await _lists([HANG], {"uid-a": "1"}) == 1


async def test_a_change_of_which_the_watch_is_silent_is_listed() -> None:
    assert await _lists([HANG], {"uid-a": "5"}) > 1


async def test_a_change_that_the_watch_passed_over_is_listed() -> None:
    busy: list[Item] = [bookmark(9), *[each for n in range(10, 60) for each in (0.02, bookmark(n))]]
    assert await _lists([*busy, HANG], {"uid-a": "5"}) > 1


async def test_a_watch_that_is_late_and_under_way_is_left_in_peace() -> None:
    """It tells of others meanwhile, and has not come as far."""
    late: list[Item] = [each for n in range(2, 90) for each in (0.02, modified("b", n))]
    assert await _lists([*late, HANG], {"uid-a": "1", "uid-b": "1", "uid-c": "1000"}) == 1


async def test_a_change_that_comes_within_its_grace_is_no_loss() -> None:
    assert await _lists([0.05, modified("a", 5), HANG], {"uid-a": "5"}) == 1
