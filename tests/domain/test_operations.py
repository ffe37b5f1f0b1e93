"""Operations by hand: retried, or given up without anything being undone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tablecast.domain.answers import answered_once
from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.members import add_member, remove_member
from tablecast.domain.operations import abandon_operation, can_abandon, retry_operation
from tablecast.domain.projects import ProjectChange, delete_project, update_project
from tablecast.domain.states import Noun, OperationState, Role, UploadState, Verb
from tablecast.domain.tables import Event, KeptAnswer, Member, Operation, Project, Training, Upload
from tablecast.domain.trainings import cancel_training
from tablecast.domain.uploads import abort_upload, create_upload, finish_upload
from tablecast.errors import Conflict, NotFound
from tests.domain.world import ANN, BOB, LIMITS, a_project, a_training, a_version, an_upload

pytestmark = pytest.mark.usefixtures("world")

HOUR = timedelta(hours=1)


async def of(subject_id: str) -> Operation:
    """The newest operation of a subject."""
    found = await Operation.filter(subject_id=subject_id).order_by("-id").first()
    assert found is not None
    return found


async def park(operation: Operation) -> Operation:
    """The cluster refused it three times: it is tried again in an hour."""
    now = datetime.now(UTC)
    await Operation.filter(id=operation.id).update(
        state=OperationState.FAILED, due_at=now + HOUR, settled_at=now, last_error="no"
    )
    return await Operation.get(id=operation.id)


async def test_what_is_given_up_is_tried_no_more_and_its_subject_says_so() -> None:
    """The row stays as it was wished; only what it waits for is another."""
    training = await a_training(await a_version(await a_project()))
    operation = await park(await of(training.id))
    before = await Training.get(id=training.id)
    done = (await abandon_operation(ANN, operation.id)).row
    assert (done.state, done.due_at, done.lease_token) == ("ABANDONED", None, "")
    assert done.last_error == "no"
    row = await Training.get(id=training.id)
    assert row.blocked_by["code"] == "OPERATION_ABANDONED"
    assert "ann" in row.blocked_by["message"]
    assert (row.state, row.generation, row.spec) == (before.state, before.generation, before.spec)
    told = await Event.filter(operation_id=operation.id, type="OPERATION_ABANDONED").get()
    assert told.message == "Given up by ann."


async def test_what_waits_may_be_given_up_before_it_was_ever_tried() -> None:
    """ACCEPTED, and in nobody's hands."""
    upload = (await create_upload(ANN, (await a_project()).id, "a.csv", 1, None, LIMITS)).row
    assert (await abandon_operation(ANN, (await of(upload.id)).id)).row.state == "ABANDONED"


async def test_a_lease_that_has_run_out_is_nobodys_hands() -> None:
    """Its relay may have been killed; whoever comes back late holds it no more."""
    upload = (await create_upload(ANN, (await a_project()).id, "a.csv", 1, None, LIMITS)).row
    past = datetime.now(UTC) - timedelta(seconds=1)
    await Operation.filter(subject_id=upload.id).update(lease_token="t", lease_until=past)
    done = (await abandon_operation(ANN, (await of(upload.id)).id)).row
    assert (done.lease_token, done.lease_until) == ("", None)


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        pytest.param({"state": "APPLIED", "due_at": None}, "OPERATION_APPLIED", id="applied"),
        pytest.param({"state": "OBSERVED", "due_at": None}, "OPERATION_SETTLED", id="observed"),
        pytest.param({"state": "SUPERSEDED", "due_at": None}, "OPERATION_SETTLED", id="superseded"),
        pytest.param({"state": "FAILED", "due_at": None}, "OPERATION_SETTLED", id="a final no"),
        pytest.param({"state": "ABANDONED", "due_at": None}, "OPERATION_SETTLED", id="given up"),
        pytest.param({"verb": "HEAL"}, "OWN_OPERATION", id="Tablecast's own"),
        pytest.param({"verb": "DELETE"}, "DELETION_GOES_ON", id="a deletion"),
        pytest.param(
            {"lease_until": datetime.now(UTC) + HOUR}, "OPERATION_RUNNING", id="in a relay's hands"
        ),
    ],
)
async def test_what_cannot_be_given_up_is_a_typed_conflict(
    columns: dict[str, Any], code: str
) -> None:
    """And nothing of it, nor of its subject, is changed."""
    training = await a_training(await a_version(await a_project()))
    await Operation.filter(subject_id=training.id).update(**columns)
    operation, events = await of(training.id), await Event.all().count()
    assert not can_abandon(operation)
    with pytest.raises(Conflict) as refusal:
        await abandon_operation(ANN, operation.id)
    assert refusal.value.code == code
    assert (await of(training.id)).state == operation.state
    assert (await Training.get(id=training.id)).blocked_by is None
    assert await Event.all().count() == events


async def test_what_was_given_up_is_taken_up_again_by_hand_until_another_wish_comes() -> None:
    """A retry makes it due; after a newer wish for its subject there is nothing to retry."""
    project = await a_project()
    await update_project(ANN, project.id, ProjectChange(cpu_limit=3))
    operation = await of(project.id)
    await abandon_operation(ANN, operation.id)
    assert (await retry_operation(ANN, operation.id)).row.state == OperationState.ACCEPTED
    await abandon_operation(ANN, operation.id)
    await update_project(ANN, project.id, ProjectChange(cpu_limit=4))
    with pytest.raises(Conflict) as refusal:
        await retry_operation(ANN, operation.id)
    assert refusal.value.code == "OPERATION_SETTLED"
    assert (await Operation.get(id=operation.id)).state == "ABANDONED"


async def test_a_training_whose_start_was_given_up_can_be_cancelled() -> None:
    """Another wish leads on from what was given up."""
    training = await a_training(await a_version(await a_project()))
    await abandon_operation(ANN, (await of(training.id)).id)
    await cancel_training(ANN, training.id)
    assert (await of(training.id)).verb == Verb.CANCEL


async def test_an_upload_whose_finish_was_given_up_can_be_thrown_away() -> None:
    """It would be FINISHING for ever; while it is being finished it stays refused."""
    upload = await an_upload(await a_project(), state=UploadState.OPEN)
    await finish_upload(ANN, upload.id, None)
    with pytest.raises(Conflict):
        await abort_upload(ANN, upload.id)
    await abandon_operation(ANN, (await of(upload.id)).id)
    await abort_upload(ANN, upload.id)
    assert (await Upload.get(id=upload.id)).state == UploadState.ABORTED


async def test_a_projects_own_operations_are_its_owners_to_give_up() -> None:
    """An editor may give up what is in it, and nothing of the project itself."""
    project = await a_project()
    await add_member(ANN, project.id, "bob", Role.EDITOR)
    training = await a_training(await a_version(project))
    await update_project(ANN, project.id, ProjectChange(cpu_limit=3))
    await abandon_operation(BOB, (await of(training.id)).id)
    with pytest.raises(Exception, match="OWNER"):
        await abandon_operation(BOB, (await of(project.id)).id)
    assert (await of(project.id)).state == OperationState.ACCEPTED


async def test_another_projects_owner_can_neither_see_nor_give_up_an_operation() -> None:
    """The answer is that for an operation which is not there."""
    await a_project(BOB, "bees")
    training = await a_training(await a_version(await a_project()))
    operation = await of(training.id)
    for ask in (abandon_operation, retry_operation):
        with pytest.raises(NotFound) as strange:
            await ask(BOB, operation.id)
        with pytest.raises(NotFound) as missing:
            await ask(BOB, "0" * 16)
        assert strange.value.code == missing.value.code == "OPERATION_NOT_FOUND"
        assert str(strange.value) == str(missing.value)
    assert (await of(training.id)).state == OperationState.ACCEPTED


async def test_giving_up_again_under_the_same_key_is_answered_and_not_refused() -> None:
    """Without a key the second one is a conflict."""
    training = await a_training(await a_version(await a_project()))
    operation, asked = await of(training.id), replace(ANN, key="k", fingerprint="f")
    first = await abandon_operation(asked, operation.id)
    again = await abandon_operation(asked, operation.id)
    assert first.row.id == again.row.id
    assert again.row.state == "ABANDONED"
    assert await Event.filter(type="OPERATION_ABANDONED").count() == 1
    with pytest.raises(Conflict):
        await abandon_operation(ANN, operation.id)


async def test_a_retry_under_the_same_key_is_done_once() -> None:
    """What was parked again meanwhile stays so: the repetition is no new wish."""
    training = await a_training(await a_version(await a_project()))
    operation, asked = await park(await of(training.id)), replace(ANN, key="k", fingerprint="f")
    await retry_operation(asked, operation.id)
    await park(operation)
    assert (await retry_operation(asked, operation.id)).row.state == OperationState.FAILED
    assert (await retry_operation(ANN, operation.id)).row.state == OperationState.ACCEPTED


async def test_members_come_and_go_once_a_key() -> None:
    """A repetition says what was said at first, and changes nothing that came since."""
    project = await a_project()
    admit, expel = replace(ANN, key="a", fingerprint="1"), replace(ANN, key="b", fingerprint="2")
    first = await add_member(admit, project.id, "bob", Role.VIEWER)
    await add_member(ANN, project.id, "bob", Role.EDITOR)
    again = await add_member(admit, project.id, "bob", Role.VIEWER)
    assert (again.subject, again.role, again.created_at) == ("bob", "VIEWER", first.created_at)
    assert (await Member.get(subject="bob")).role == Role.EDITOR
    await remove_member(expel, project.id, "bob")
    assert (await remove_member(expel, project.id, "bob")).subject == "bob"
    await add_member(ANN, project.id, "bob", Role.VIEWER)
    await remove_member(expel, project.id, "bob")
    assert await Member.exists(subject="bob")


async def test_one_key_is_one_request_whatever_kind_it_is() -> None:
    """With an operation or without one, whichever was first."""
    project = await a_project()
    one, other = replace(ANN, key="k", fingerprint="1"), replace(ANN, key="k", fingerprint="2")
    await add_member(one, project.id, "bob", Role.VIEWER)
    with pytest.raises(Conflict) as after_an_answer:
        await create_upload(other, project.id, "a.csv", 1, None, LIMITS)
    with pytest.raises(Conflict) as another_answer:
        await remove_member(other, project.id, "bob")
    mine = replace(ANN, key="l", fingerprint="1")
    await create_upload(mine, project.id, "a.csv", 1, None, LIMITS)
    with pytest.raises(Conflict) as after_an_operation:
        await add_member(replace(mine, fingerprint="2"), project.id, "eve", Role.VIEWER)
    for refusal in (after_an_answer, another_answer, after_an_operation):
        assert refusal.value.code == "IDEMPOTENCY_KEY_REUSED"
    assert await Upload.all().count() == 1
    assert sorted(await Member.all().values_list("subject", flat=True)) == ["ann", "bob"]


async def test_a_refused_request_uses_its_key_up_for_nothing() -> None:
    """Once it can be done, it is: nothing was kept of the refusal."""
    project = await a_project()
    asked = replace(ANN, key="k", fingerprint="f")
    with pytest.raises(NotFound):
        await remove_member(asked, project.id, "bob")
    assert await KeptAnswer.all().count() == 0
    await add_member(ANN, project.id, "bob", Role.VIEWER)
    await remove_member(asked, project.id, "bob")
    assert not await Member.exists(subject="bob")


async def test_of_two_with_one_key_at_once_the_second_gets_the_firsts_answer() -> None:
    """Where it finds the other's only when it writes its own."""
    project = await a_project()
    asked = replace(ANN, key="k", fingerprint="f")

    async def other_wins() -> str:
        await add_member(asked, project.id, "bob", Role.VIEWER)
        async with deed(asked, project.id) as tx:
            await KeptAnswer.create(
                id="0" * 16,
                project_id=tx.project_id,
                requested_by="ann",
                idempotency_key="k",
                fingerprint="f",
                content={},
            )
        return "mine"

    async def read(content: Any) -> str:
        return str(content["subject"])

    assert await answered_once(asked, other_wins, read) == "bob"


async def test_what_a_deletion_takes_away_was_given_up_before_or_not() -> None:
    """An operation that was given up is settled: its project's end leaves it as it is."""
    project = await a_project()
    training = await a_training(await a_version(project))
    operation = await of(training.id)
    await abandon_operation(ANN, operation.id)
    await delete_project(ANN, project.id, project.name)
    assert (await Operation.get(id=operation.id)).state == "ABANDONED"
    assert (await Project.get(id=project.id)).blocked_by is None


async def test_what_tablecast_does_by_itself_is_recorded_as_its_own() -> None:
    """Who asked stands with each operation: a person's subject, or Tablecast's."""
    project = await a_project()
    async with deed(SYSTEM, project.id) as tx:
        own = await tx.record(Verb.RECONCILE, Noun.PROJECT, project.id)
    asked = await Operation.filter(verb=Verb.CREATE, noun=Noun.PROJECT).get()
    assert (own.requested_by, asked.requested_by) == ("system:tablecast", "ann")
