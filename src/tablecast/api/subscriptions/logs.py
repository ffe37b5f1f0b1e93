"""Following a step's log as it grows, until the step has ended and all of it was told."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from tablecast import live
from tablecast.api.context import Context
from tablecast.api.reading import StepLogView, step_log_of
from tablecast.domain.access import not_found
from tablecast.domain.states import Noun
from tablecast.domain.tables import Attempt, Step, Training
from tablecast.errors import NotFound

PART_BYTES = 65_536

# A log grows without an event: this is how far behind its reader may be.
LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class LogPlace:
    """A place in the log of one step of one attempt of a training; `offset` in bytes."""

    training_id: str
    attempt: int
    step: str
    offset: int


async def follow_log(context: Context, place: LogPlace) -> AsyncGenerator[StepLogView, None]:
    """Yield the log's parts as they come, the last one with `ended`. Raises `Mistake`."""
    training = await _training(context, place)
    subjects = frozenset({(str(Noun.TRAINING), place.training_id)})
    offset = place.offset
    with live.hub.subscribe(training.project_id, subjects) as subscription:
        first = True
        while True:
            context.refresh()
            await _training(context, place)
            part = await _part(context, place, offset)
            offset = part.next_offset
            if part.text or part.ended or first:
                yield part
            if part.ended:
                return
            first = False
            if not part.text:
                await subscription.take(LOOK_SECONDS)


async def _training(context: Context, place: LogPlace) -> Training:
    training = await context.loaders.row(Training, place.training_id)
    if training is None:
        raise not_found(Noun.TRAINING, place.training_id)
    return training


async def _part(context: Context, place: LogPlace, offset: int) -> StepLogView:
    attempt = await Attempt.get_or_none(training_id=place.training_id, number=place.attempt)
    if attempt is None:
        raise _no_attempt()
    step = await Step.get_or_none(attempt_id=attempt.id, name=place.step)
    if step is None:
        raise _no_attempt()
    return await step_log_of(context, attempt, step, offset, PART_BYTES)


def _no_attempt() -> NotFound:
    return NotFound("There is no such attempt.", code="ATTEMPT_NOT_FOUND", field="attempt")
