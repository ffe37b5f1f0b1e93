"""Trainings: what to learn from which dataset version, in attempts that are each run once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tablecast.domain.access import (
    check_name,
    lock_row,
    require_writable,
    unique_name,
)
from tablecast.domain.deeds import Asked, Deed, Outcome, deed, once
from tablecast.domain.feasibility import check_spec
from tablecast.domain.identity import new_id
from tablecast.domain.states import (
    AttemptState,
    DatasetVersionState,
    Noun,
    StepState,
    TrainingState,
    Verb,
)
from tablecast.domain.tables import (
    Attempt,
    Dataset,
    DatasetVersion,
    Model,
    Operation,
    Project,
    Step,
    Training,
)
from tablecast.domain.withdrawals import MODEL_DELETING, withdraw_training
from tablecast.errors import Conflict, LimitReached, Mistake
from tablecast.settings import Limits

STEPS = ("preprocess", "features", "train")

FAILED_STEP = "FAILED_STEP"
START = "START"

# Counted against the limit: what runs, or will.
_UNFINISHED = (TrainingState.PENDING, TrainingState.RUNNING, TrainingState.CANCELLING)


@dataclass(frozen=True)
class TrainingWish:
    """What to learn. A model that exists (`model_id`) gets another version, or a new one is named
    `model_name`, or after the training. `features` None means every column but the target."""

    dataset_version_id: str
    name: str
    target: str
    model_id: str | None = None
    model_name: str | None = None
    problem: str = "AUTO"
    features: Sequence[str] | None = None
    split: Mapping[str, Any] = field(default_factory=dict)
    algorithm: str = "AUTO"
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    metric: str = "AUTO"
    time_budget_seconds: float = 30
    seed: int = 0

    def spec(self) -> dict[str, Any]:
        """The part of it that the steps read, complete, without ids and paths."""
        split = {"kind": "FRACTION", "test_fraction": 0.2, "column": None, "stratify": True}
        return {
            "target": self.target,
            "problem": self.problem,
            "features": None if self.features is None else list(self.features),
            "split": split | {key: value for key, value in self.split.items() if value is not None},
            "algorithm": self.algorithm,
            "hyperparameters": dict(self.hyperparameters),
            "metric": self.metric,
            "time_budget_seconds": self.time_budget_seconds,
            "seed": self.seed,
        }


def can_cancel(training: Training) -> bool:
    """Whether something of it runs, or will, and is not being stopped already."""
    return training.state in {TrainingState.PENDING, TrainingState.RUNNING}


def can_retry(training: Training) -> bool:
    """Whether it ended without a model."""
    return training.state in {TrainingState.FAILED, TrainingState.CANCELLED, TrainingState.LOST}


def can_delete(training: Training) -> bool:
    """Whether it is not going already."""
    return training.state != TrainingState.DELETING


async def create_training(asked: Asked, wish: TrainingWish, limits: Limits) -> Outcome[Training]:
    """Start a training, unless the dataset version's profile knows that it cannot work."""
    found = await require_writable(
        asked, DatasetVersion, Noun.DATASET_VERSION, wish.dataset_version_id
    )
    name = check_name(wish.name)
    _check_model_choice(wish)
    _check_seed(wish.seed)

    async def act() -> Outcome[Training]:
        with unique_name("modelName"):
            async with deed(asked, found.project_id) as tx:
                version = await _ready_version(found)
                check_spec(wish.spec(), version.profile, limits)
                model = await _model_for(tx, wish, name)
                await _check_room(tx, limits)
                return await _insert(tx, wish, name, model)

    return await once(asked, Training, act)


async def cancel_training(asked: Asked, training_id: str) -> Outcome[Training]:
    """Stop a training; what of it was never started never will be."""
    found = await require_writable(asked, Training, Noun.TRAINING, training_id)

    async def act() -> Outcome[Training]:
        async with deed(asked, found.project_id) as tx:
            training = await _lock(training_id, can_cancel, "TRAINING_NOT_CANCELLABLE", "cancel")
            training.state = TrainingState.CANCELLING
            operation = await _next_wish(tx, training, Verb.CANCEL)
        return Outcome(training, operation)

    return await once(asked, Training, act)


async def retry_training(
    asked: Asked, training_id: str, from_: str, limits: Limits
) -> Outcome[Training]:
    """Make another attempt: from the START, or from the FAILED_STEP on what finished before it."""
    found = await require_writable(asked, Training, Noun.TRAINING, training_id)
    if from_ not in {FAILED_STEP, START}:
        raise Mistake("Retry from where?", field="from", hint=f"{FAILED_STEP} or {START}")

    async def act() -> Outcome[Training]:
        async with deed(asked, found.project_id) as tx:
            version = await DatasetVersion.get_or_none(id=found.dataset_version_id)
            await _ready_version(version)
            await _lock_model(tx, found.model_id)
            training = await _lock(training_id, can_retry, "TRAINING_NOT_RETRYABLE", "retry")
            await _check_room(tx, limits)
            await _next_attempt(training, from_)
            operation = await _next_wish(tx, training, Verb.RETRY)
        return Outcome(training, operation)

    return await once(asked, Training, act)


async def delete_training(asked: Asked, training_id: str) -> Outcome[Training]:
    """Delete a training with its attempts and their files. Models made by it stay."""
    found = await require_writable(asked, Training, Noun.TRAINING, training_id)

    async def act() -> Outcome[Training]:
        async with deed(asked, found.project_id) as tx:
            training = await _lock(training_id, can_delete, "TRAINING_DELETING", "delete")
            operation = await withdraw_training(tx, training)
        return Outcome(training, operation)

    return await once(asked, Training, act)


async def _lock(training_id: str, can: Any, code: str, verb: str) -> Training:
    training = await lock_row(Training, Noun.TRAINING, training_id)
    if not can(training):
        raise Conflict(f"This training is {training.state}: there is nothing to {verb}.", code=code)
    return training


async def _next_wish(tx: Deed, training: Training, verb: Verb) -> Operation:
    training.generation += 1
    await training.save()
    operation = await tx.record(verb, Noun.TRAINING, training.id, generation=training.generation)
    tx.tell("TRAINING_UPDATED", Noun.TRAINING, training.id, operation_id=operation.id)
    return operation


async def _ready_version(version: DatasetVersion | None) -> DatasetVersion:
    # The dataset's lock keeps it from being deleted between this look and our commit.
    if version is not None:
        await Dataset.select_for_update().get_or_none(id=version.dataset_id)
        version = await DatasetVersion.get_or_none(id=version.id)
    if version is None or version.state != DatasetVersionState.READY:
        state = version.state if version else "gone"
        raise Conflict(
            f"The dataset version is {state}, not READY.",
            code="VERSION_NOT_READY",
            field="datasetVersionId",
            hint="Wait until it is READY, or choose another.",
        )
    return version


async def _model_for(tx: Deed, wish: TrainingWish, name: str) -> Model:
    if wish.model_id is not None:
        return await _lock_model(tx, wish.model_id)
    model = Model(
        id=new_id(),
        project_id=tx.project_id,
        name=name if wish.model_name is None else check_name(wish.model_name, "modelName"),
    )
    await model.save(force_create=True)
    tx.tell("MODEL_CREATED", Noun.MODEL, model.id)
    return model


async def _lock_model(tx: Deed, model_id: str) -> Model:
    model = await lock_row(Model, Noun.MODEL, model_id, project_id=tx.project_id)
    if model.state == MODEL_DELETING:
        raise Conflict("This model is being deleted.", code="MODEL_DELETING", field="modelId")
    return model


async def _check_room(tx: Deed, limits: Limits) -> None:
    # Counted under the project's lock, so that two at once cannot both be the last.
    await Project.select_for_update().get(id=tx.project_id)
    running = await Training.filter(project_id=tx.project_id, state__in=_UNFINISHED).count()
    if running >= limits.running_trainings:
        raise LimitReached(
            "The project has as many unfinished trainings as it may.",
            limit=limits.running_trainings,
            hint="Wait for one to end, or cancel one.",
        )


async def _insert(tx: Deed, wish: TrainingWish, name: str, model: Model) -> Outcome[Training]:
    training = await Training.create(
        id=new_id(),
        project_id=tx.project_id,
        dataset_version_id=wish.dataset_version_id,
        model_id=model.id,
        name=name,
        spec=wish.spec(),
        state=TrainingState.PENDING,
    )
    await _add_attempt(training, work=1)
    operation = await tx.record(Verb.CREATE, Noun.TRAINING, training.id)
    tx.tell("TRAINING_CREATED", Noun.TRAINING, training.id, operation_id=operation.id)
    return Outcome(training, operation)


async def _next_attempt(training: Training, from_: str) -> None:
    last = await Attempt.get(training_id=training.id, number=training.attempts)
    training.attempts += 1
    training.state = TrainingState.PENDING
    training.finished_at = None
    training.message = ""
    training.blocked_by = None
    await _add_attempt(training, work=last.work if from_ == FAILED_STEP else training.attempts)


async def _add_attempt(training: Training, work: int) -> None:
    attempt = await Attempt.create(
        id=new_id(),
        project_id=training.project_id,
        training_id=training.id,
        number=training.attempts,
        work=work,
        model_version_id=new_id(),
        state=AttemptState.PENDING,
        workflow_name=f"training-{training.id}-a{training.attempts}",
    )
    for position, name in enumerate(STEPS):
        await Step.create(
            id=new_id(),
            project_id=training.project_id,
            attempt_id=attempt.id,
            name=name,
            position=position,
            state=StepState.WAITING,
        )


def _check_model_choice(wish: TrainingWish) -> None:
    if wish.model_id is not None and wish.model_name is not None:
        raise Mistake("Give a model's id, or a name for a new one: not both.", field="modelName")


def _check_seed(seed: int) -> None:
    if not 0 <= seed < 1 << 32:
        raise Mistake(
            "This seed is out of range.", code="OUT_OF_RANGE", field="seed", hint="0 to 4294967295"
        )
