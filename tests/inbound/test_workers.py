"""Workers look at each object's newest change, one at a time, and survive what they meet."""

import asyncio
from collections import defaultdict

import pytest

from tablecast.errors import DatabaseUnavailable
from tablecast.inbound import workers as workers_module
from tablecast.inbound.changes import Change, Changed, Gone
from tablecast.inbound.workers import Workers
from tests.inbound.fakes import an_object
from tests.inbound.waiting import eventually


def change(name: str, version: int) -> Changed:
    return Changed(an_object(name, version))


async def settled(workers: Workers) -> None:
    await eventually(lambda: not workers.busy)


async def test_what_was_overtaken_is_skipped_and_the_newest_is_looked_at() -> None:
    seen: list[str] = []
    go = asyncio.Event()

    async def handle(one: Change) -> None:
        await go.wait()
        assert one.object is not None
        seen.append(one.object["metadata"]["resourceVersion"])

    async with asyncio.TaskGroup() as group:
        workers = Workers(group, handle)
        workers.offer(change("a", 1))
        await asyncio.sleep(0.01)
        for version in range(2, 50):
            workers.offer(change("a", version))
        go.set()
        await settled(workers)
    assert seen == ["1", "49"]


async def test_changes_of_one_object_are_never_looked_at_together() -> None:
    inside: dict[str, int] = defaultdict(int)
    most: dict[str, int] = defaultdict(int)

    async def handle(one: Change) -> None:
        inside[one.uid] += 1
        most[one.uid] = max(most[one.uid], inside[one.uid])
        await asyncio.sleep(0.001)
        inside[one.uid] -= 1

    async with asyncio.TaskGroup() as group:
        workers = Workers(group, handle)
        for version in range(100):
            for name in "abc":
                workers.offer(change(name, version))
            await asyncio.sleep(0.0005)
        await settled(workers)
    assert most == {"uid-a": 1, "uid-b": 1, "uid-c": 1}


async def test_a_slow_object_holds_up_no_other() -> None:
    seen: list[str] = []
    quick_seen = asyncio.Event()

    async def handle(one: Change) -> None:
        if one.uid == "uid-slow":
            await quick_seen.wait()
        seen.append(one.uid)
        quick_seen.set()

    async with asyncio.timeout(3), asyncio.TaskGroup() as group:
        workers = Workers(group, handle)
        workers.offer(change("slow", 1))
        workers.offer(change("quick", 1))
    assert seen == ["uid-quick", "uid-slow"]


async def test_a_passing_trouble_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    tries: list[int] = []

    async def handle(one: Change) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise OSError("the database went away")

    async with asyncio.TaskGroup() as group:
        workers = Workers(group, handle)
        workers.offer(change("a", 1))
        await settled(workers)
    assert len(tries) == 3
    assert "looking at object uid-a failed" in caplog.text


async def test_a_change_that_the_database_cannot_take_is_kept_until_it_can(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """However long that lasts; a line each time, and no stack trace."""
    monkeypatch.setattr(workers_module, "LONGEST_PAUSE", 0.01)
    faults = [DatabaseUnavailable("it is away")] * (5 * workers_module.TRIES)
    seen: list[str] = []

    async def handle(one: Change) -> None:
        if faults:
            raise faults.pop()
        seen.append(one.uid)

    async with asyncio.TaskGroup() as group:
        workers = Workers(group, handle)
        workers.offer(change("a", 1))
        await settled(workers)
    assert seen == ["uid-a"]
    assert caplog.text.count("object uid-a is looked at again: ") == 5 * workers_module.TRIES
    assert "Traceback" not in caplog.text


async def test_a_poisonous_object_ends_neither_the_loop_nor_another_objects_worker() -> None:
    seen: list[str] = []

    async def handle(one: Change) -> None:
        if one.uid == "uid-poison":
            raise KeyError("status")
        seen.append(one.uid)

    async with asyncio.TaskGroup() as group:
        workers = Workers(group, handle)
        workers.offer(change("poison", 1))
        await settled(workers)
        workers.offer(change("good", 1))
        await settled(workers)
    assert seen == ["uid-good"]


async def test_a_disappearance_without_a_last_state_keeps_the_one_that_waited() -> None:
    seen: list[Change] = []

    async def handle(one: Change) -> None:
        seen.append(one)

    async with asyncio.TaskGroup() as group:
        workers = Workers(group, handle)
        workers.offer(change("a", 7))
        workers.offer(Gone("uid-a"))
        await settled(workers)
    assert seen == [Gone("uid-a", an_object("a", 7))]
