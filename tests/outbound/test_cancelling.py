"""Cancelling and deleting trainings: nothing starts afterwards, and nothing is left behind."""

import pytest

from tablecast.domain.states import AttemptState, TrainingState
from tablecast.domain.tables import Attempt, Operation, Step, Training
from tablecast.domain.trainings import cancel_training, delete_training
from tablecast.outbound.context import Context
from tests.domain.world import ANN, a_model_version, a_project, a_training, a_version
from tests.outbound.fakes import FakeCluster
from tests.outbound.relaying import carry

pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture
async def training() -> Training:
    """A training whose operation is due."""
    return await a_training(await a_version(await a_project()))


async def newest(training: Training) -> Attempt:
    """The training's newest attempt."""
    return (
        await Attempt.filter(training_id=training.id)
        .order_by("-number")
        .get_or_none(number=(await Training.get(id=training.id)).attempts)
    )


async def states(training: Training) -> dict[str, str]:
    """States of the training's operations by verb."""
    return dict(await Operation.filter(subject_id=training.id).values_list("verb", "state"))


async def test_a_cancel_before_the_start_means_that_nothing_ever_starts(
    training: Training, cluster: FakeCluster, context: Context
) -> None:
    """The create is superseded, the attempt CANCELLED."""
    await cancel_training(ANN, training.id)
    await carry(context, rounds=3)
    assert cluster.created == []
    assert (await newest(training)).state == AttemptState.CANCELLED
    assert await states(training) == {"CREATE": "SUPERSEDED", "CANCEL": "OBSERVED"}
    steps = await Step.filter(attempt_id=(await newest(training)).id)
    assert {step.state for step in steps} == {"OMITTED"}


async def test_a_cancel_finds_the_workflow_whose_answer_was_lost(
    training: Training, cluster: FakeCluster, context: Context
) -> None:
    """By its name: it is told to terminate, with nothing else of it changed."""
    cluster.lose_answer("create", "Workflow")
    await carry(context)
    before = cluster.of("Workflow")[0]["spec"]
    await cancel_training(ANN, training.id)
    await carry(context)
    (workflow,) = cluster.of("Workflow")
    assert workflow["spec"] == {**before, "shutdown": "Terminate"}
    assert (await newest(training)).workflow_uid == workflow["metadata"]["uid"]
    assert await states(training) == {"CREATE": "SUPERSEDED", "CANCEL": "APPLIED"}


async def test_a_cancel_in_the_middle_of_the_create_waits_for_it(
    training: Training, cluster: FakeCluster, context: Context
) -> None:
    """The create was under way: the cancel goes after it, and finds the Workflow."""

    async def cancel_meanwhile(method: str, key: object) -> None:
        if method == "create":
            cluster.hook = None
            await cancel_training(ANN, training.id)
            await carry(context)

    cluster.hook = cancel_meanwhile
    await carry(context)
    assert "shutdown" not in cluster.of("Workflow")[0]["spec"]
    await carry(context)
    assert cluster.of("Workflow")[0]["spec"]["shutdown"] == "Terminate"
    assert await states(training) == {"CREATE": "SUPERSEDED", "CANCEL": "APPLIED"}


async def test_a_cancel_that_comes_too_late_leaves_the_result(
    training: Training, cluster: FakeCluster, context: Context
) -> None:
    """Its Workflow had succeeded, and its model is being read."""
    await carry(context)
    await Attempt.filter(training_id=training.id).update(state=AttemptState.RECORDING)
    await cancel_training(ANN, training.id)
    await carry(context)
    assert (await Training.get(id=training.id)).state == TrainingState.RUNNING
    assert (await states(training))["CANCEL"] == "OBSERVED"


async def test_deleting_waits_until_its_workflows_are_gone(
    training: Training, cluster: FakeCluster, context: Context
) -> None:
    """Then its files go, then its rows; what it published unrecorded goes too."""
    cluster.slow.add("Workflow")
    await carry(context)
    attempt = await newest(training)
    await delete_training(ANN, training.id)
    await carry(context, rounds=3)
    assert await Training.exists(id=training.id)
    assert cluster.asked("DELETE") == []
    cluster.finish_deletions()
    await carry(context)
    assert cluster.asked("DELETE") == [
        f"/v1/trainings/{training.id}",
        f"/v1/models/{attempt.model_version_id}",
    ]
    assert not await Training.exists(id=training.id)
    assert not await Step.exists(attempt_id=attempt.id)
    assert (await states(training))["DELETE"] == "OBSERVED"


async def test_deleting_keeps_the_model_that_was_recorded(
    training: Training, cluster: FakeCluster, context: Context
) -> None:
    """Its file stays on the volume."""
    await carry(context)
    await a_model_version(training)
    await delete_training(ANN, training.id)
    await carry(context, rounds=2)
    assert cluster.asked("DELETE") == [f"/v1/trainings/{training.id}"]
