"""Retention: what has outlived its time goes; what is unsettled, or still referred to, stays."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tablecast.domain import identity
from tablecast.domain.deeds import SYSTEM, Asked, deed
from tablecast.domain.identity import first_id, new_id
from tablecast.domain.members import add_member
from tablecast.domain.projects import ProjectWish, create_project
from tablecast.domain.retention import forget_events, forget_keys, forget_operations
from tablecast.domain.states import Noun, OperationState, RevisionState, Role, Verb
from tablecast.domain.tables import Event, KeptAnswer, Operation, Project, Revision, Serving
from tablecast.errors import Conflict
from tests.domain.world import (
    ANN,
    BOB,
    LIMITS,
    a_model_version,
    a_project,
    a_serving,
    a_training,
    a_version,
    settle_all,
)

pytestmark = pytest.mark.usefixtures("world")

DAY = 86_400
NOW = datetime(2027, 6, 1, tzinfo=UTC)
OLD = NOW - timedelta(days=100)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Set the clock that ids are made by."""

    def set_clock(moment: datetime) -> None:
        nanoseconds = int(moment.timestamp() * 1_000) * 1_000_000
        monkeypatch.setattr(identity.time, "time_ns", lambda: nanoseconds)

    return set_clock


async def an_operation(project: Project, subject: str, **columns: Any) -> Operation:
    """An operation made at the clock's time, settled long ago unless `columns` says otherwise."""
    known: dict[str, Any] = {
        "id": new_id(),
        "project_id": project.id,
        "verb": Verb.UPDATE,
        "noun": Noun.MODEL,
        "subject_id": subject,
        "state": OperationState.OBSERVED,
        "requested_by": "ann",
        "settled_at": OLD,
    }
    return await Operation.create(**(known | columns))


async def left() -> set[str]:
    """Ids of the operations that are left."""
    return {str(found) for found in await Operation.all().values_list("id", flat=True)}


async def test_ids_sort_by_the_time_that_they_are_asked_by(at: Callable[..., None]) -> None:
    """A bound made of a time parts what was made before it from the rest."""
    at(NOW)
    made = [new_id() for _ in range(20)]
    assert all(first_id(NOW) <= one < first_id(NOW + timedelta(milliseconds=1)) for one in made)


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"state": "OBSERVED"}, id="observed"),
        pytest.param({"state": "SUPERSEDED"}, id="superseded"),
        pytest.param({"state": "ABANDONED"}, id="given up"),
        pytest.param({"state": "FAILED"}, id="a final no"),
    ],
)
async def test_what_was_settled_long_ago_goes(at: Callable[..., None], columns: Any) -> None:
    """Where its subject is gone, or has newer operations."""
    at(OLD)
    project = await a_project()
    await an_operation(project, "gone", **columns)
    assert await forget_operations(NOW, 90 * DAY, 2) == 1


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"state": "ACCEPTED", "settled_at": None, "due_at": OLD}, id="accepted"),
        pytest.param({"state": "APPLIED", "settled_at": None}, id="applied"),
        pytest.param({"state": "FAILED", "due_at": NOW}, id="parked"),
        pytest.param({"settled_at": NOW - timedelta(days=89)}, id="settled later"),
        pytest.param({"idempotency_key": "k"}, id="its key is good"),
    ],
)
async def test_what_is_unsettled_or_needed_stays_however_old(
    at: Callable[..., None], columns: Any
) -> None:
    """By any number of rounds."""
    at(OLD)
    project = await a_project()
    kept = await an_operation(project, "gone", **columns)
    for _ in range(2):
        await forget_operations(NOW, 90 * DAY, 2)
    assert kept.id in await left()


async def test_of_what_exists_the_newest_operation_stays(at: Callable[..., None]) -> None:
    """How a thing came to be as it is can always be seen; what was before it goes in small batches."""
    at(OLD)
    project = await a_project()
    await Operation.all().delete()
    older = [
        await an_operation(project, project.id, noun=Noun.PROJECT, id=f"{first_id(OLD)[:-1]}{n}")
        for n in range(7)
    ]
    assert await forget_operations(NOW, 90 * DAY, 2) == 6
    assert await left() == {older[-1].id}
    await Project.filter(id=project.id).delete()
    assert await forget_operations(NOW, 90 * DAY, 2) == 1


async def test_what_made_a_revision_that_still_answers_stays(at: Callable[..., None]) -> None:
    """Its id stands on the object in the cluster; that of a retired one goes."""
    at(OLD)
    made = await a_model_version(await a_training(await a_version(await a_project())))
    serving = await a_serving(made)
    maker = await Operation.get(subject_id=serving.id)
    at(OLD + timedelta(seconds=1))
    project = await Project.get()
    await an_operation(project, serving.id, noun=Noun.SERVING, generation=2)
    await settle_all(project.id)
    await Operation.all().update(settled_at=OLD)
    await forget_operations(NOW, 90 * DAY, 2)
    assert maker.id in await left()
    assert await Serving.exists(id=serving.id)
    await Revision.all().update(state=RevisionState.RETIRED)
    await forget_operations(NOW, 90 * DAY, 2)
    assert maker.id not in await left()


async def test_two_replicas_that_do_it_at_once_remove_each_thing_once(
    at: Callable[..., None],
) -> None:
    """Neither waits for the other, nor fails; between them they have removed all of it."""
    at(OLD)
    project = await a_project()
    await Operation.all().delete()
    for _ in range(40):
        await an_operation(project, new_id())
    both = await asyncio.gather(*(forget_operations(NOW, 90 * DAY, 3) for _ in range(3)))
    assert sum(both) == 40
    assert await left() == set()


async def test_a_key_is_good_for_its_window_and_can_then_be_used_anew(
    at: Callable[..., None],
) -> None:
    """Of either kind of request; one second before its end it is still its own."""
    at(OLD)
    key = replace(ANN, key="k", fingerprint="f")
    project = (await create_project(key, ProjectWish(name="birds"), LIMITS)).row
    await settle_all(project.id)
    member = replace(ANN, key="m", fingerprint="f")
    await add_member(member, project.id, "bob", Role.VIEWER)
    end = OLD + timedelta(seconds=LIMITS.idempotency_seconds)
    assert await forget_keys(end - timedelta(seconds=1), LIMITS.idempotency_seconds, 1) == 0
    again = (await create_project(key, ProjectWish(name="birds"), LIMITS)).row
    assert again.id == project.id
    assert await forget_keys(end + timedelta(seconds=1), LIMITS.idempotency_seconds, 1) == 2
    assert await KeptAnswer.all().count() == 0
    other = replace(key, fingerprint="g")
    fresh = (await create_project(other, ProjectWish(name="fish"), LIMITS)).row
    assert fresh.id != project.id


async def test_a_key_of_what_is_unsettled_is_good_however_old(at: Callable[..., None]) -> None:
    """A cluster may be down for longer than the window: a repetition is none the less one."""
    at(OLD)
    key = replace(ANN, key="k", fingerprint="f")
    project = (await create_project(key, ProjectWish(name="birds"), LIMITS)).row
    assert await forget_keys(NOW, 60, 10) == 0
    assert (await create_project(key, ProjectWish(name="birds"), LIMITS)).row.id == project.id
    with pytest.raises(Conflict):
        await create_project(replace(key, fingerprint="g"), ProjectWish(name="b"), LIMITS)


async def happen(project: Project, count: int, asked: Asked = SYSTEM) -> None:
    """So many events, a transaction each."""
    for number in range(count):
        async with deed(asked, project.id) as tx:
            tx.tell("TOLD", Noun.PROJECT, project.id, str(number))


async def sequences(project: Project) -> list[int]:
    """Numbers of the events that are left."""
    kept = Event.filter(project_id=project.id).order_by("sequence")
    return [int(found) for found in await kept.values_list("sequence", flat=True)]


async def test_the_oldest_events_go_and_no_gap_is_left(at: Callable[..., None]) -> None:
    """Those beyond their time; another feed's younger ones stay."""
    at(OLD)
    old, young = await a_project(), await a_project(BOB, "bees")
    await happen(old, 7)
    await Event.filter(project_id=young.id).delete()
    at(NOW - timedelta(days=1))
    await happen(old, 3)
    await happen(young, 3)
    newest = (await Project.get(id=old.id)).feed_sequence
    await forget_events(NOW, 30 * DAY, 10_000, 2)
    assert await sequences(old) == [newest - 2, newest - 1, newest]
    assert len(await sequences(young)) == 3


async def test_a_feed_keeps_no_more_events_than_it_may(at: Callable[..., None]) -> None:
    """However young they are; the newest ones are kept."""
    at(NOW)
    project = await a_project()
    await happen(project, 20)
    newest = (await Project.get(id=project.id)).feed_sequence
    await forget_events(NOW, 30 * DAY, 5, 4)
    assert await sequences(project) == list(range(newest - 4, newest + 1))


async def test_a_feed_that_nothing_happens_in_keeps_its_newest_event(
    at: Callable[..., None],
) -> None:
    """By it a cursor can tell whether it is older than what is kept."""
    at(OLD)
    project = await a_project()
    await happen(project, 3)
    newest = (await Project.get(id=project.id)).feed_sequence
    await forget_events(NOW, 30 * DAY, 10_000, 2)
    assert await sequences(project) == [newest]


async def test_it_goes_on_where_an_earlier_round_was_cut_short(
    at: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A round that ends after its first batch leaves whole rows, and the next one takes the rest."""
    at(OLD)
    project = await a_project()
    await Operation.all().delete()
    for _ in range(6):
        await an_operation(project, new_id())
    with monkeypatch.context() as patch:
        patch.setattr("tablecast.domain.retention.asyncio.sleep", _cut)
        with pytest.raises(InterruptedError):
            await forget_operations(NOW, 90 * DAY, 2)
    assert len(await left()) == 4
    assert await forget_operations(NOW, 90 * DAY, 2) == 4


async def _cut(_: float) -> Awaitable[None]:
    raise InterruptedError
