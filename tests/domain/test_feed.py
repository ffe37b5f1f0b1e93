"""The feed: numbered without gaps, in the order of commits, and followed by whoever listens."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tablecast.domain.deeds import deed
from tablecast.domain.feed import THE_END, Feed, after, newest, oldest
from tablecast.domain.states import Noun
from tablecast.domain.tables import Event
from tablecast.live import Hub, Signal
from tests.domain.world import ANN, a_project, open_world


@settings(max_examples=15, deadline=None)
@given(deeds=st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=12))
def test_the_feed_has_no_gap_and_no_double_whatever_runs_at_once(
    deeds: list[tuple[int, bool]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Deeds of several lines at once, some of which fail half-way: numbers go 1, 2, 3, …, and those of
    one deed stand together."""
    before, events, newest = asyncio.run(_run_deeds(deeds, tmp_path_factory))
    told = [event for event in events if event.type == "LINE"]
    assert [event.sequence for event in events] == list(range(1, newest + 1))
    assert len(told) == sum(lines for lines, fails in deeds if not fails) == newest - before
    for first, second in pairwise(told):
        same = first.operation_id == second.operation_id
        assert int(second.message) == (int(first.message) + 1 if same else 0)


async def _run_deeds(
    deeds: list[tuple[int, bool]], folders: pytest.TempPathFactory
) -> tuple[int, list[Event], int]:
    async with open_world(folders.mktemp("feed")):
        project = await a_project()
        before = await newest(project.id)
        acts = (_act(project.id, number, *each) for number, each in enumerate(deeds))
        await asyncio.gather(*acts, return_exceptions=True)
        events = await Event.filter(project_id=project.id).order_by("sequence")
        return before, events, await newest(project.id)


async def _act(project_id: str, number: int, lines: int, fails: bool) -> None:
    async with deed(ANN, project_id) as tx:
        for line in range(lines):
            tx.tell("LINE", Noun.PROJECT, project_id, str(line), operation_id=str(number))
            await asyncio.sleep(0)
        if fails:
            raise RuntimeError("half-way")


async def test_who_follows_a_project_hears_of_each_subject_and_nothing_of_another_project(
    tmp_path: Path,
) -> None:
    """Only changes of the followed project arrive, oldest first."""
    async with open_world(tmp_path):
        mine, other = await a_project(), await a_project(name="bees")
        hub = Hub()
        feed = Feed(hub, Signal(), poll_seconds=60)
        with hub.subscribe(mine.id) as subscription:
            await feed.publish_new()
            await subscription.take(timeout=1)
            await _act(mine.id, 1, 2, False)
            await _act(other.id, 2, 2, False)
            await feed.publish_new()
            changes = await subscription.take(timeout=1)
        assert [change.subject_id for change in changes] == [mine.id]
        assert changes[0].sequence == await newest(mine.id)


async def test_who_still_listens_after_a_feeds_last_line_is_woken_at_each_look(
    tmp_path: Path,
) -> None:
    """A deleted project's operation is settled when there is no feed any more to tell it in."""
    async with open_world(tmp_path):
        project = await a_project()
        hub = Hub()
        feed = Feed(hub, Signal(), poll_seconds=60)
        with hub.subscribe(project.id) as subscription:
            async with deed(ANN, project.id) as tx:
                tx.tell(THE_END, Noun.PROJECT, project.id)
            await feed.publish_new()
            assert await subscription.take(timeout=0.1)
            await Event.filter(project_id=project.id).delete()
            await project.delete()
            for _ in range(2):
                await feed.publish_new()
                assert await subscription.take(timeout=0.1)


async def test_the_feed_is_read_on_from_a_number(tmp_path: Path) -> None:
    """After a number come the next ones, and the oldest is known."""
    async with open_world(tmp_path):
        project = await a_project()
        last = await newest(project.id)
        await _act(project.id, 1, 3, False)
        lines = await after(project.id, last, limit=2)
        assert [event.sequence for event in lines] == [last + 1, last + 2]
        assert await oldest(project.id) == 1
