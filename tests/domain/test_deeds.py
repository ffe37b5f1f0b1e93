"""Deeds: all or nothing, once a key, the newest wish above the older."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from tortoise.exceptions import OperationalError

from tablecast.domain.datasets import delete_dataset
from tablecast.domain.deeds import SYSTEM, Deed, deed
from tablecast.domain.identity import new_id
from tablecast.domain.models import delete_model, rename_model
from tablecast.domain.projects import ProjectWish, create_project
from tablecast.domain.states import Noun, OperationState, Verb
from tablecast.domain.tables import Attempt, Event, Operation, Step, Training, Upload
from tablecast.domain.trainings import cancel_training, create_training
from tablecast.domain.uploads import create_upload
from tablecast.errors import Conflict, DatabaseUnavailable
from tests.domain.world import (
    ANN,
    BOB,
    LIMITS,
    a_model_version,
    a_project,
    a_serving,
    a_training,
    a_version,
    training_wish,
)

pytestmark = pytest.mark.usefixtures("world")


async def test_a_failing_outbox_leaves_no_row_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the operation cannot be written, neither training, attempt, step nor event is."""
    version = await a_version(await a_project())
    events = await Event.all().count()

    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the outbox is full")

    monkeypatch.setattr(Deed, "record", fail)
    with pytest.raises(RuntimeError):
        await a_training(version)
    assert await Training.all().count() == 0
    assert await Attempt.all().count() == 0
    assert await Step.all().count() == 0
    assert await Event.all().count() == events


async def test_failing_events_leave_no_row_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Events are the last act, and the whole deed stands or falls with them."""
    project = await a_project()
    operations = await Operation.all().count()

    async def fail(_: Deed) -> None:
        raise RuntimeError("no number")

    monkeypatch.setattr(Deed, "number_events", fail)
    with pytest.raises(RuntimeError):
        await create_upload(ANN, project.id, "a.csv", 1, None, LIMITS)
    assert await Operation.all().count() == operations


async def test_a_replay_returns_the_first_answer() -> None:
    """The same request under the same key makes one training, and one operation."""
    version = await a_version(await a_project())
    asked = replace(ANN, key="k1", fingerprint="f1")
    first = await create_training(asked, training_wish(version), LIMITS)
    again = await create_training(asked, training_wish(version), LIMITS)
    assert (again.row.id, again.operation.id) == (first.row.id, first.operation.id)
    assert await Training.all().count() == 1


async def test_a_replay_is_answered_after_its_deed_has_made_another_impossible() -> None:
    """A second cancel would be refused; the first one's replay is not."""
    training = await a_training(await a_version(await a_project()))
    asked = replace(ANN, key="k2", fingerprint="f2")
    first = await cancel_training(asked, training.id)
    again = await cancel_training(asked, training.id)
    assert again.operation.id == first.operation.id


@pytest.mark.parametrize("delete", [delete_model, delete_dataset])
async def test_what_goes_along_needs_no_key_of_its_own(delete: Any) -> None:
    """A deletion that cascades is one request: its key is that of the operation that it answers with."""
    version = await a_version(await a_project())
    made = await a_model_version(await a_training(version))
    await a_serving(made)
    subject = made.model_id if delete is delete_model else version.dataset_id
    asked = replace(ANN, key="k", fingerprint="f")
    first = await delete(asked, subject, cascade=True)
    second = await delete(asked, subject, cascade=True)
    assert first.operation.id == second.operation.id
    assert first.operation.subject_id == subject
    assert await Operation.filter(idempotency_key="k").count() == 1


async def test_another_payload_under_the_same_key_is_a_conflict() -> None:
    """It is refused, and nothing is made."""
    version = await a_version(await a_project())
    await create_training(replace(ANN, key="k", fingerprint="f1"), training_wish(version), LIMITS)
    with pytest.raises(Conflict) as refusal:
        await create_training(
            replace(ANN, key="k", fingerprint="f2"),
            training_wish(version, name="Another"),
            LIMITS,
        )
    assert refusal.value.code == "IDEMPOTENCY_KEY_REUSED"
    assert await Training.all().count() == 1


async def test_two_people_may_use_the_same_key() -> None:
    """A key is its person's own."""
    first = await create_project(
        replace(ANN, key="k", fingerprint="f"), ProjectWish(name="one"), LIMITS
    )
    second = await create_project(
        replace(BOB, key="k", fingerprint="f"), ProjectWish(name="one"), LIMITS
    )
    assert first.row.id != second.row.id


async def test_two_requests_with_one_key_at_once_make_one_thing() -> None:
    """Both get the same answer."""
    project = await a_project()
    asked = replace(ANN, key="k", fingerprint="f")
    both = await asyncio.gather(
        *(create_upload(asked, project.id, "a.csv", 1, None, LIMITS) for _ in range(5))
    )
    assert len({outcome.row.id for outcome in both}) == 1


async def test_what_a_fault_undid_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database rolled it back for another's sake: it is done once, as if nothing had been."""
    project = await a_project()
    record, faults = Deed.record, [DatabaseUnavailable("dead lock"), DatabaseUnavailable("killed")]

    async def collide(tx: Deed, *args: Any, **named: Any) -> Operation:
        if faults:
            raise faults.pop()
        return await record(tx, *args, **named)

    monkeypatch.setattr(Deed, "record", collide)
    outcome = await create_upload(ANN, project.id, "a.csv", 1, None, LIMITS)
    assert await Upload.all().values_list("id", flat=True) == [outcome.row.id]


async def test_a_database_that_is_broken_is_not_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Any other error goes up at once."""
    project = await a_project()
    asked: list[int] = []

    async def break_down(*_: object, **__: object) -> Operation:
        asked.append(1)
        raise OperationalError(Exception(1146, "no such table"))

    monkeypatch.setattr(Deed, "record", break_down)
    with pytest.raises(OperationalError):
        await create_upload(ANN, project.id, "a.csv", 1, None, LIMITS)
    assert asked == [1]


async def test_a_newer_wish_supersedes_an_older_one() -> None:
    """Of a subject's operations only the newest is left to the relay."""
    training = await a_training(await a_version(await a_project()))
    await cancel_training(ANN, training.id)
    states = dict(await Operation.filter(subject_id=training.id).values_list("verb", "state"))
    assert states == {
        Verb.CREATE: OperationState.SUPERSEDED,
        Verb.CANCEL: OperationState.ACCEPTED,
    }
    assert await Operation.filter(subject_id=training.id, due_at__isnull=False).count() == 1


async def test_a_newer_wish_takes_the_place_of_a_parked_one() -> None:
    """What was parked is not tried again behind the newer wish's back."""
    training = await a_training(await a_version(await a_project()))
    await Operation.filter(subject_id=training.id).update(state=OperationState.FAILED)
    await cancel_training(ANN, training.id)
    create = await Operation.get(subject_id=training.id, verb=Verb.CREATE)
    assert (create.state, create.due_at) == (OperationState.SUPERSEDED, None)


async def test_what_tablecast_does_by_itself_leaves_a_persons_wish_open() -> None:
    """A model made anew does not fulfil the wish to serve it."""
    project = await a_project()
    subject = new_id()
    async with deed(ANN, project.id) as tx:
        await tx.record(Verb.CREATE, Noun.SERVING, subject)
    for _ in range(2):
        async with deed(SYSTEM, project.id) as tx:
            await tx.record(Verb.HEAL, Noun.SERVING, subject)
    states = (
        await Operation.filter(subject_id=subject).order_by("id").values_list("state", flat=True)
    )
    assert sorted(states) == ["ACCEPTED", "ACCEPTED", "SUPERSEDED"]
    create = await Operation.get(subject_id=subject, verb=Verb.CREATE)
    assert create.state == OperationState.ACCEPTED


async def test_renaming_needs_nothing_of_the_cluster() -> None:
    """Its operation is OBSERVED at once, and a replay works as for any other."""
    training = await a_training(await a_version(await a_project()))
    asked = replace(ANN, key="k", fingerprint="f")
    first = await rename_model(asked, training.model_id, "Penguins", None)
    again = await rename_model(asked, training.model_id, "Penguins", None)
    assert first.operation.state == OperationState.OBSERVED
    assert (again.row.name, again.operation.id) == ("Penguins", first.operation.id)
