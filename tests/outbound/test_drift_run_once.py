"""A hand on what runs once, and what a hand made: reported and left, until somebody says what to do.

On the embedded objects, and on a real API server.
"""

import pytest

from tablecast.domain.drifts import adopt_object, purge_object, recreate_object
from tablecast.domain.states import DriftKind, RevisionState, TrainingState
from tablecast.domain.tables import Attempt, Operation, Project, Revision, Training
from tablecast.domain.trainings import START, cancel_training, retry_training
from tablecast.errors import Conflict
from tests.cluster.waiting import until
from tests.domain.world import ANN, LIMITS, a_training, a_version
from tests.outbound.drifting import Place, by_hand, drifts, state_of, told
from tests.outbound.relaying import carry

pytestmark = pytest.mark.usefixtures("world")


async def test_a_deleted_workflow_is_lost_and_never_made_again(
    place: Place, project: Project
) -> None:
    """It is shown until somebody tries again: that is another attempt."""
    training = await place.training(project)
    attempt = await Attempt.get(training_id=training.id)
    await place.delete("Workflow", project.namespace, attempt.workflow_name)
    for _ in range(2):
        await place.sweep.sweep()
        await carry(place.context)
    assert not await place.there("Workflow", project.namespace, attempt.workflow_name)
    assert (await Training.get(id=training.id)).state == TrainingState.LOST
    (drift,) = await drifts(project)
    assert (drift.drift, drift.uid) == (DriftKind.LOST, attempt.workflow_uid)
    assert (drift.noun, drift.subject_id) == ("TRAINING", training.id)
    with pytest.raises(Conflict) as refused:
        await recreate_object(ANN, drift.id)
    assert refused.value.code == "RUN_ONCE"
    await retry_training(ANN, training.id, START, LIMITS)
    await carry(place.context)
    await place.sweep.sweep()
    assert await drifts(project) == []
    assert await place.there("Workflow", project.namespace, f"training-{training.id}-a2")


async def _handmade(place: Place, project: Project) -> str:
    """A running training, and a Workflow like its own that a hand made; the name of that."""
    training = await place.training(project)
    own = await place.get("Workflow", project.namespace, f"training-{training.id}-a1")
    copy = by_hand(own)
    copy["metadata"]["name"] = "by-hand"
    await place.make(copy)
    return "by-hand"


async def test_a_workflow_by_hand_is_reported_and_left(place: Place, project: Project) -> None:
    """Until an owner has it deleted: that very one."""
    name = await _handmade(place, project)
    for _ in range(2):
        await place.sweep.sweep()
    assert await place.there("Workflow", project.namespace, name)
    (drift,) = await drifts(project)
    assert (drift.drift, drift.name, drift.purgeable) == (DriftKind.ORPHANED, name, True)
    assert (drift.adoptable, drift.recreatable) == (False, False)
    assert len(await told(project, "DRIFT_FOUND")) == 1
    _, operation = await purge_object(ANN, drift.id)
    await until(lambda: _carried(place, operation))
    assert not await place.there("Workflow", project.namespace, name)
    assert await drifts(project) == []
    assert len(await told(project, "DRIFT_GONE")) == 1
    assert await Attempt.filter(project_id=project.id, state="LOST").count() == 0


async def _carried(place: Place, operation: Operation) -> bool:
    await carry(place.context)
    return (await Operation.get(id=operation.id)).state in ("OBSERVED", "FAILED")


async def test_another_of_the_name_is_not_purged(place: Place, project: Project) -> None:
    """What was found is gone, and what has its name since was not meant."""
    name = await _handmade(place, project)
    await place.sweep.sweep()
    (drift,) = await drifts(project)
    _, operation = await purge_object(ANN, drift.id)
    copy = by_hand(await place.get("Workflow", project.namespace, name))
    await place.delete("Workflow", project.namespace, name)
    await place.make(copy)
    await carry(place.context)
    assert (await state_of(operation))[0] == "OBSERVED"
    assert await place.there("Workflow", project.namespace, name)
    await place.sweep.sweep()
    (other,) = await drifts(project)
    assert other.uid != drift.uid


async def _taken(place: Place, project: Project) -> tuple[Training, str]:
    """A training whose Workflow's name somebody had taken, with a Workflow of another operation's."""
    model = await place.training(project)
    like = await place.get("Workflow", project.namespace, f"training-{model.id}-a1")
    training = await a_training(await a_version(project, name="b"), name="taken")
    copy = by_hand(like, id=training.id, operation="somebody")
    copy["metadata"]["name"] = f"training-{training.id}-a1"
    uid = await place.make(copy)
    await carry(place.context)
    return training, uid


async def test_a_workflow_in_an_attempts_place_can_be_adopted(
    place: Place, project: Project
) -> None:
    """Then it is the attempt's: its UID is recorded, and it is cancelled like one of ours."""
    training, uid = await _taken(place, project)
    assert (await Attempt.get(training_id=training.id)).workflow_uid == ""
    await place.sweep.sweep()
    (drift,) = await drifts(project)
    assert (drift.drift, drift.adoptable, drift.uid) == (DriftKind.ORPHANED, True, uid)
    _, operation = await adopt_object(ANN, drift.id)
    await carry(place.context)
    assert await state_of(operation) == ("OBSERVED", "")
    assert (await Operation.get(id=operation.id)).object_uid == uid
    assert (await Attempt.get(training_id=training.id)).workflow_uid == uid
    await place.sweep.sweep()
    assert await drifts(project) == []
    await cancel_training(ANN, training.id)
    await carry(place.context)
    there = await place.get("Workflow", project.namespace, drift.name)
    assert there["spec"]["shutdown"] == "Terminate"


async def test_what_has_changed_since_is_not_adopted(place: Place, project: Project) -> None:
    """The attempt ended meanwhile; the operation says so, and nothing is recorded."""
    training, _ = await _taken(place, project)
    await place.sweep.sweep()
    (drift,) = await drifts(project)
    _, operation = await adopt_object(ANN, drift.id)
    await Attempt.filter(training_id=training.id).update(state="CANCELLED")
    await carry(place.context)
    state, words = await state_of(operation)
    assert (state, "no more" in words) == ("FAILED", True)
    assert (await Attempt.get(training_id=training.id)).workflow_uid == ""


async def test_a_running_workflow_that_was_changed_is_reported(
    place: Place, project: Project
) -> None:
    """And left: what runs once is not applied again."""
    training = await place.training(project)
    name = f"training-{training.id}-a1"
    await place.edit("Workflow", project.namespace, name, spec={"suspend": True})
    await place.sweep.sweep()
    (drift,) = await drifts(project)
    assert (drift.drift, "spec.suspend" in drift.reason) == (DriftKind.DIVERGED, True)
    assert (await place.get("Workflow", project.namespace, name))["spec"]["suspend"] is True
    assert await told(project) == []


async def test_a_cancelled_attempts_workflow_is_removed_and_told(
    place: Place, project: Project
) -> None:
    """A create that came through after its cancel: a person wished it away."""
    training = await place.training(project)
    await Attempt.filter(training_id=training.id).update(state="CANCELLED")
    await place.sweep.sweep()
    assert not await place.there("Workflow", project.namespace, f"training-{training.id}-a1")
    assert ["its attempt was cancelled" in each for each in await told(project)] == [True]


async def test_a_model_by_hand_is_reported_and_can_be_purged(
    place: Place, project: Project
) -> None:
    serving = await place.serving(project)
    copy = by_hand(await place.get("TrainedModel", project.namespace, f"serving-{serving.id}-r1"))
    copy["metadata"]["name"] = "by-hand"
    await place.make(copy)
    await place.sweep.sweep()
    (drift,) = await drifts(project)
    assert (drift.kind, drift.drift, drift.subject_id) == ("TrainedModel", "ORPHANED", serving.id)
    _, operation = await purge_object(ANN, drift.id)
    await until(lambda: _carried(place, operation))
    assert not await place.there("TrainedModel", project.namespace, "by-hand")
    assert await drifts(project) == []


async def test_a_model_that_its_revision_waits_for_can_be_adopted(
    place: Place, project: Project
) -> None:
    """A serving whose own try was given up, and the same made by hand."""
    serving = await place.serving(project)
    name = f"serving-{serving.id}-r1"
    copy = by_hand(await place.get("TrainedModel", project.namespace, name))
    await place.delete("TrainedModel", project.namespace, name)
    waiting = {"object_uid": "", "state": RevisionState.PENDING, "applied_at": None}
    await Revision.filter(serving_id=serving.id).update(**waiting)
    await Operation.filter(subject_id=serving.id).update(state="FAILED", due_at=None)
    uid = await place.make(copy)
    await place.sweep.sweep()
    (drift,) = await drifts(project)
    assert (drift.adoptable, drift.uid) == (True, uid)
    _, operation = await adopt_object(ANN, drift.id)
    await carry(place.context)
    assert await state_of(operation) == ("OBSERVED", "")
    revision = await Revision.get(serving_id=serving.id)
    assert (revision.object_uid, revision.state) == (uid, RevisionState.LOADING)
    await place.sweep.sweep()
    assert await drifts(project) == []


async def test_another_managed_object_is_reported_and_is_for_its_maker_to_delete(
    place: Place, project: Project
) -> None:
    own = await place.get("Service", project.namespace, "datastore")
    copy = by_hand(own)
    copy["metadata"]["name"] = "by-hand"
    copy["spec"] = {"selector": {"a": "b"}, "ports": [{"port": 80}]}
    await place.make(copy)
    await place.sweep.sweep()
    (drift,) = await drifts(project)
    assert (drift.kind, drift.name, drift.purgeable) == ("Service", "by-hand", False)
    assert await place.there("Service", project.namespace, "by-hand")
