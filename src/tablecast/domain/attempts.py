"""Attempts: how one ends, whoever learns of it: its Workflow's verdict, or that there is none."""

from datetime import UTC, datetime
from typing import Any

from tablecast.domain.deeds import Deed
from tablecast.domain.observe import observed
from tablecast.domain.states import AttemptState, Noun, StepState, TrainingState
from tablecast.domain.tables import Attempt, Step, Training

_ENDED_STEPS = (
    StepState.SUCCEEDED,
    StepState.FAILED,
    StepState.CANCELLED,
    StepState.OMITTED,
)


async def end_attempt(
    tx: Deed, attempt_id: str, state: AttemptState, message: str = "", error: Any = None
) -> bool:
    """Write an attempt's end, its training's and its unfinished steps', unless it had ended; return
    whether it was written.

    Its operations become OBSERVED. `error` is the typed error of the step that failed, if any.
    """
    attempt = await Attempt.get_or_none(id=attempt_id)
    if attempt is None:
        return False
    training = await Training.select_for_update().get_or_none(id=attempt.training_id)
    attempt = await Attempt.select_for_update().get_or_none(id=attempt_id)
    if training is None or attempt is None or AttemptState(attempt.state).finished:
        return False
    now = datetime.now(UTC)
    attempt.state, attempt.message, attempt.error = state, message, error
    attempt.blocked_by = None
    attempt.finished_at = now
    await attempt.save()
    await _end_steps(attempt, state, now)
    await _end_training(tx, training, attempt)
    return True


async def _end_steps(attempt: Attempt, state: AttemptState, now: datetime) -> None:
    for step in await Step.filter(attempt_id=attempt.id).exclude(state__in=_ENDED_STEPS):
        step.state = _end_of(StepState(step.state), state)
        step.blocked_by = None
        step.finished_at = now
        await step.save()


def _end_of(step: StepState, attempt: AttemptState) -> StepState:
    if step == StepState.WAITING:
        return StepState.OMITTED
    return {
        AttemptState.SUCCEEDED: StepState.SUCCEEDED,
        AttemptState.CANCELLED: StepState.CANCELLED,
    }.get(attempt, StepState.FAILED)


async def _end_training(tx: Deed, training: Training, attempt: Attempt) -> None:
    going = training.state == TrainingState.DELETING
    if training.attempts != attempt.number or going:
        return
    training.state = TrainingState(attempt.state)
    training.message = attempt.message
    training.blocked_by = None
    training.finished_at = attempt.finished_at
    await training.save()
    # Whatever was wished of it, start or cancel: it has ended.
    await observed(tx, Noun.TRAINING, training.id, training.generation)
    tx.tell("TRAINING_FINISHED", Noun.TRAINING, training.id, attempt.message)
