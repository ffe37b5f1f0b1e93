"""Feeds and logs: followed from a cursor or an offset on, without a gap."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tablecast.api.feedcursors import feed_cursor
from tablecast.domain import feed
from tablecast.domain.retention import forget_events
from tablecast.domain.states import StepState
from tablecast.domain.tables import Event, Step
from tests.api.rows import Whole, gid, whole
from tests.api.streams import EVENTS, data, happen, refusal, result, say
from tests.api.world import ANN, BOB, Api
from tests.domain.world import a_project

LOG = """subscription($id: ID!, $attempt: Int!, $offset: Long!) {
  stepLog(trainingId: $id, attempt: $attempt, step: TRAIN, offset: $offset) {
    text nextOffset ended } }"""


async def events_until(stream: Any, sequence: int) -> tuple[list[int], str]:
    """The numbers of all events up to one, and the cursor after them."""
    found: list[int] = []
    cursor = ""
    while not found or found[-1] < sequence:
        message = await data(stream)
        assert message["__typename"] == "EventBatch"
        found += [event["sequence"] for event in message["events"]]
        cursor = message["cursor"]
    return found, cursor


async def test_a_feed_begins_now_and_goes_on_from_a_cursor_without_a_gap(live_api: Api) -> None:
    project = await a_project()
    async with live_api.follow(ANN, EVENTS, id=gid(project)) as stream:
        first = await data(stream)
        assert first["events"] == []
        await happen(project, 3)
        newest = await feed.newest(project.id)
        seen, cursor = await events_until(stream, newest)
    assert seen == [newest - 2, newest - 1, newest]
    await happen(project, 250)
    async with live_api.follow(ANN, EVENTS, id=gid(project), after=cursor) as stream:
        missed, cursor = await events_until(stream, newest + 250)
        assert missed == list(range(newest + 1, newest + 251))
        await happen(project, 1)
        more, _ = await events_until(stream, newest + 251)
    assert more == [newest + 251]


async def test_every_event_s_cursor_is_one_to_go_on_from(live_api: Api) -> None:
    project = await a_project()
    query = "query($id: ID!) { project(id: $id) { feedCursor } }"
    start = (await live_api.ask(ANN, query, id=gid(project)))["project"]["feedCursor"]
    await happen(project, 3)
    async with live_api.follow(ANN, EVENTS, id=gid(project), after=start) as stream:
        await data(stream)
        events = (await data(stream))["events"]
    middle = events[1]["cursor"]
    async with live_api.follow(ANN, EVENTS, id=gid(project), after=middle) as stream:
        await data(stream)
        assert (await data(stream))["events"] == events[2:]


async def test_a_cursor_older_than_what_is_kept_gets_a_resync_and_goes_on(live_api: Api) -> None:
    project = await a_project()
    old = feed_cursor(project.id, 1)
    await happen(project, 5)
    newest = await feed.newest(project.id)
    await Event.filter(project_id=project.id, sequence__lt=newest).delete()
    async with live_api.follow(ANN, EVENTS, id=gid(project), after=old) as stream:
        message = await data(stream)
        assert message == {"__typename": "Resync", "cursor": feed_cursor(project.id, newest)}
        assert (await data(stream))["events"] == []
        await happen(project, 1)
        assert (await events_until(stream, newest + 1))[0] == [newest + 1]


async def test_where_nothing_is_kept_an_older_cursor_gets_a_resync_too(live_api: Api) -> None:
    project = await a_project()
    newest = await feed.newest(project.id)
    await Event.filter(project_id=project.id).delete()
    async with live_api.follow(
        ANN, EVENTS, id=gid(project), after=feed_cursor(project.id, newest - 1)
    ) as stream:
        assert (await data(stream))["__typename"] == "Resync"
    async with live_api.follow(
        ANN, EVENTS, id=gid(project), after=feed_cursor(project.id, newest)
    ) as stream:
        assert (await data(stream))["events"] == []


async def test_a_feed_that_loses_events_while_it_is_followed_says_so(live_api: Api) -> None:
    project = await a_project()
    async with live_api.follow(ANN, EVENTS, id=gid(project)) as stream:
        await data(stream)
        # Nobody reads meanwhile: this one is slower than events are forgotten.
        await happen(project, 5)
        await forget_events(datetime.now(UTC), 30 * 86_400, 2, 10)
        assert (await data(stream))["__typename"] == "Resync"
        await happen(project, 1)
        newest = await feed.newest(project.id)
        assert (await events_until(stream, newest))[0] == [newest]


async def test_a_cursor_of_the_future_gets_a_resync(live_api: Api) -> None:
    project = await a_project()
    future = feed_cursor(project.id, 10**9)
    async with live_api.follow(ANN, EVENTS, id=gid(project), after=future) as stream:
        assert (await data(stream))["__typename"] == "Resync"


@pytest.mark.parametrize(
    "after", ["", "x", "é", "A" * 5_000, "ZmVlZDp4OjE=", feed_cursor("0" * 16, 3)]
)
async def test_what_is_no_cursor_of_the_feed_is_refused(live_api: Api, after: str) -> None:
    project = await a_project()
    async with live_api.follow(ANN, EVENTS, id=gid(project), after=after) as stream:
        assert await refusal(stream) == "INVALID_CURSOR"


async def test_two_subscribers_of_one_feed_each_hear_all_of_it(live_api: Api) -> None:
    project = await a_project()
    start = await feed.newest(project.id)
    async with (
        live_api.follow(ANN, EVENTS, id=gid(project)) as one,
        live_api.follow(ANN, EVENTS, id=gid(project)) as other,
    ):
        await data(one)
        await data(other)
        await happen(project, 20)
        for stream in (one, other):
            seen, _ = await events_until(stream, start + 20)
            assert seen == list(range(start + 1, start + 21))


async def running(job: Whole) -> None:
    await Step.filter(name="train").update(state=StepState.RUNNING)


async def test_a_log_is_followed_until_its_step_has_ended(live_api: Api) -> None:
    job = await whole()
    await running(job)
    logs = live_api.datastore.logs
    place = (job.training.id, 1, "train")
    asked: dict[str, Any] = {"id": gid(job.training), "attempt": 1, "offset": 0}
    async with live_api.follow(ANN, LOG, **asked) as stream:
        assert await data(stream) == {"text": "", "nextOffset": 0, "ended": False}
        logs[place] = b"one\n"
        assert await data(stream) == {"text": "one\n", "nextOffset": 4, "ended": False}
        logs[place] += b"two\n"
        await Step.filter(name="train").update(state=StepState.SUCCEEDED)
        await say(job.training, "ended")
        assert await data(stream) == {"text": "two\n", "nextOffset": 8, "ended": True}
        with pytest.raises(StopAsyncIteration):
            await result(stream)


async def test_a_log_is_followed_from_an_offset(live_api: Api) -> None:
    job = await whole()
    live_api.datastore.logs[job.training.id, 1, "train"] = b"one\ntwo\n"
    asked: dict[str, Any] = {"id": gid(job.training), "attempt": 1, "offset": 4}
    async with live_api.follow(ANN, LOG, **asked) as stream:
        assert await data(stream) == {"text": "two\n", "nextOffset": 8, "ended": True}


@pytest.mark.parametrize(
    ("who", "changes", "code"),
    [
        (BOB, {}, "TRAINING_NOT_FOUND"),
        (ANN, {"attempt": 7}, "ATTEMPT_NOT_FOUND"),
        (ANN, {"attempt": -1}, "ATTEMPT_NOT_FOUND"),
        (ANN, {"offset": -1}, "OUT_OF_RANGE"),
        (ANN, {"id": "x"}, "INVALID_ID"),
    ],
)
async def test_a_log_that_cannot_be_followed_is_refused(
    live_api: Api, who: Any, changes: dict[str, Any], code: str
) -> None:
    job = await whole()
    asked = {"id": gid(job.training), "attempt": 1, "offset": 0, **changes}
    async with live_api.follow(who, LOG, **asked) as stream:
        assert await refusal(stream) == code
