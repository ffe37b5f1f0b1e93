"""Trainings: what cannot work is refused before anything starts; attempts build on one another."""

from typing import Any

import pytest

from tablecast.domain.attempts import end_attempt
from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.models import delete_model
from tablecast.domain.states import AttemptState, DatasetVersionState, OperationState
from tablecast.domain.tables import Attempt, DatasetVersion, Model, Operation, Step, Training
from tablecast.domain.trainings import (
    FAILED_STEP,
    START,
    cancel_training,
    create_training,
    delete_training,
    retry_training,
)
from tablecast.errors import Conflict, LimitReached, Mistake
from tablecast.settings import Limits
from tests.domain.world import (
    ANN,
    LIMITS,
    PROFILE,
    a_model_version,
    a_project,
    a_training,
    a_version,
    end,
    training_wish,
)

pytestmark = pytest.mark.usefixtures("world")


@pytest.mark.parametrize(
    ("changes", "code", "hint"),
    [
        pytest.param({"target": "Specie"}, "TARGET_MISSING", "species", id="near miss"),
        pytest.param({"target": "zzz"}, "TARGET_MISSING", "body_mass_g", id="far miss"),
        pytest.param({"target": "empty"}, "TARGET_ALL_NULL", "", id="all null"),
        pytest.param({"target": "constant"}, "ONE_CLASS", "", id="one class"),
        pytest.param({"target": "id"}, "TOO_MANY_CLASSES", "", id="names as classes"),
        pytest.param(
            {"problem": "BINARY_CLASSIFICATION"}, "TOO_MANY_CLASSES", "", id="three are not two"
        ),
        pytest.param({"problem": "REGRESSION"}, "TARGET_NOT_NUMERIC", "", id="text regression"),
        pytest.param({"target": "studied_on"}, "TARGET_NOT_NUMERIC", "", id="date as target"),
        pytest.param({"features": ["isle"]}, "FEATURE_MISSING", "", id="feature missing"),
        pytest.param({"features": ["species"]}, "TARGET_IS_FEATURE", "", id="leak by choice"),
        pytest.param(
            {"features": ["constant", "empty"]}, "NO_USABLE_FEATURES", "", id="constant features"
        ),
        pytest.param({"features": []}, "NO_USABLE_FEATURES", "", id="no features"),
        pytest.param(
            {"split": {"kind": "TIME", "column": "when"}}, "SPLIT_COLUMN_MISSING", "", id="split"
        ),
        pytest.param({"split": {"kind": "TIME"}}, "SPLIT_COLUMN_MISSING", "", id="no column"),
        pytest.param({"split": {"kind": "HALF"}}, "INVALID_INPUT", "FRACTION", id="no split"),
        pytest.param({"split": {"test_fraction": 1.5}}, "OUT_OF_RANGE", "", id="fraction"),
        pytest.param({"time_budget_seconds": 0.1}, "TIME_BUDGET_TOO_SMALL", "", id="budget"),
        pytest.param({"algorithm": "MAGIC"}, "INVALID_INPUT", "LIGHTGBM", id="algorithm"),
        pytest.param({"seed": -1}, "OUT_OF_RANGE", "", id="seed"),
        pytest.param({"name": "  "}, "INVALID_NAME", "", id="blank name"),
        pytest.param(
            {"problem": "MULTICLASS_CLASSIFICATION", "metric": "RMSE"},
            "METRIC_NOT_FOR_PROBLEM",
            "ACCURACY",
            id="metric",
        ),
        pytest.param(
            {"algorithm": "LIGHTGBM", "hyperparameters": {"tres": 10}},
            "UNKNOWN_HYPERPARAMETER",
            "trees",
            id="misspelt hyperparameter",
        ),
        pytest.param(
            {"algorithm": "LIGHTGBM", "hyperparameters": {"trees": 1.5}},
            "INVALID_HYPERPARAMETER",
            "whole",
            id="half a tree",
        ),
        pytest.param(
            {"algorithm": "LINEAR", "hyperparameters": {"l1_ratio": True}},
            "INVALID_HYPERPARAMETER",
            "0 to 1",
            id="truth as number",
        ),
        pytest.param(
            {"hyperparameters": {"trees": 3}}, "UNKNOWN_HYPERPARAMETER", "itself", id="auto"
        ),
    ],
)
async def test_what_the_profile_knows_cannot_work_starts_nothing(
    changes: dict[str, Any], code: str, hint: str
) -> None:
    """A typed error that says what would be right; no row is left."""
    version = await a_version(await a_project())
    with pytest.raises(Mistake) as refusal:
        await create_training(ANN, training_wish(version, **changes), LIMITS)
    assert refusal.value.code == code
    assert hint in refusal.value.hint
    assert await Training.all().count() == await Model.all().count() == 0


async def test_five_rows_are_too_few() -> None:
    """There would be nothing to hold out."""
    profile = PROFILE | {"rows": 5}
    version = await a_version(await a_project(), profile=profile)
    with pytest.raises(Mistake) as refusal:
        await a_training(version)
    assert refusal.value.code == "TOO_FEW_ROWS"


async def test_a_version_that_is_not_ready_is_not_trained_on() -> None:
    """It may become so; the error says which state it is in."""
    version = await a_version(await a_project())
    await DatasetVersion.filter(id=version.id).update(state=DatasetVersionState.CONVERTING)
    with pytest.raises(Conflict, match="CONVERTING") as refusal:
        await a_training(version)
    assert refusal.value.code == "VERSION_NOT_READY"


async def test_a_training_starts_with_one_attempt_of_three_waiting_steps() -> None:
    """Names come from its identity; the spec is complete."""
    training = await a_training(await a_version(await a_project()))
    attempt = await Attempt.get(training_id=training.id)
    steps = await Step.filter(attempt_id=attempt.id).order_by("position")
    assert (attempt.number, attempt.work) == (1, 1)
    assert attempt.workflow_name == f"training-{training.id}-a1"
    assert [(step.name, step.state) for step in steps] == [
        ("preprocess", "WAITING"),
        ("features", "WAITING"),
        ("train", "WAITING"),
    ]
    assert training.spec["split"]["test_fraction"] == 0.2


async def test_unfinished_trainings_are_limited() -> None:
    """What ended does not count."""
    version = await a_version(await a_project())
    limits = Limits(running_trainings=1)
    first = (await create_training(ANN, training_wish(version), limits)).row
    with pytest.raises(LimitReached) as refusal:
        await create_training(ANN, training_wish(version, model_name="b"), limits)
    assert refusal.value.limit == 1
    await end(first, AttemptState.FAILED)
    second = await create_training(ANN, training_wish(version, model_name="b"), limits)
    assert second.row.id != first.id


async def test_a_second_model_of_one_name_is_refused_and_another_version_is_not() -> None:
    """A model's name is its own within the project."""
    version = await a_version(await a_project())
    first = await a_training(version)
    with pytest.raises(Conflict) as refusal:
        await a_training(version)
    assert (refusal.value.code, refusal.value.field) == ("NAME_TAKEN", "modelName")
    second = await a_training(version, model_id=first.model_id)
    assert second.model_id == first.model_id


async def test_retry_from_the_failed_step_keeps_the_work_and_from_the_start_does_not() -> None:
    """Outputs of finished steps are found by `work`."""
    training = await a_training(await a_version(await a_project()))
    works = []
    for from_ in (FAILED_STEP, START, FAILED_STEP):
        await end(await Training.get(id=training.id), AttemptState.FAILED)
        training = (await retry_training(ANN, training.id, from_, Limits())).row
        works.append((await Attempt.get(training_id=training.id, number=training.attempts)).work)
    assert works == [1, 3, 3]
    assert training.state == "PENDING"


async def test_what_runs_cannot_be_retried_and_what_ended_cannot_be_cancelled() -> None:
    """Each is a typed conflict."""
    training = await a_training(await a_version(await a_project()))
    with pytest.raises(Conflict) as retry:
        await retry_training(ANN, training.id, START, Limits())
    await end(training, AttemptState.FAILED)
    with pytest.raises(Conflict) as cancel:
        await cancel_training(ANN, training.id)
    assert (retry.value.code, cancel.value.code) == (
        "TRAINING_NOT_RETRYABLE",
        "TRAINING_NOT_CANCELLABLE",
    )


async def test_a_model_in_training_is_not_deleted_unasked() -> None:
    """With cascade its training goes first."""
    training = await a_training(await a_version(await a_project()))
    with pytest.raises(Conflict) as refusal:
        await delete_model(ANN, training.model_id, cascade=False)
    assert refusal.value.blocking == (("TRAINING", training.id),)
    await delete_model(ANN, training.model_id, cascade=True)
    assert (await Training.get(id=training.id)).state == "DELETING"


async def test_deleting_a_training_keeps_its_model() -> None:
    """What it made stays in service."""
    training = await a_training(await a_version(await a_project()))
    version = await a_model_version(training)
    await delete_training(ANN, training.id)
    assert (await Model.get(id=version.model_id)).state == "READY"


async def test_an_attempts_end_ends_its_steps_and_its_training_once() -> None:
    """What is told later of the same attempt is not written over it."""
    training = await a_training(await a_version(await a_project()))
    await Operation.filter(subject_id=training.id).update(state=OperationState.APPLIED, due_at=None)
    attempt = await Attempt.get(training_id=training.id)
    await Step.filter(attempt_id=attempt.id, name="preprocess").update(state="RUNNING")
    async with deed(SYSTEM, training.project_id) as tx:
        assert await end_attempt(tx, attempt.id, AttemptState.FAILED, "No.")
    async with deed(SYSTEM, training.project_id) as tx:
        assert not await end_attempt(tx, attempt.id, AttemptState.LOST, "Gone.")
    row = await Training.get(id=training.id)
    steps = await Step.filter(attempt_id=attempt.id).order_by("position")
    assert (row.state, row.message) == ("FAILED", "No.")
    assert [step.state for step in steps] == ["FAILED", "OMITTED", "OMITTED"]
    assert (await Operation.get(subject_id=training.id)).state == OperationState.OBSERVED
