"""What steps write as they go is written down once, in whichever pieces it is read."""

import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tablecast.domain.states import (
    AttemptState,
    StepState,
    TrainingState,
)
from tablecast.domain.tables import (
    Attempt,
    Step,
    Training,
    Trial,
)
from tablecast.inbound import attempts, journals
from tablecast.inbound.failures import own_failure, result_of
from tests.inbound.collecting import PROGRESS, a_collector, an_attempt
from tests.inbound.datastores import Datastore
from tests.inbound.telling import types_told


def trial(number: int, *, best: bool = False, value: float | None = 0.5) -> dict[str, Any]:
    return {
        "type": "trial",
        "number": number,
        "algorithm": "LINEAR",
        "hyperparameters": {"regularization": 1.0},
        "metric": {"name": "ACCURACY", "value": value},
        "seconds": 0.4,
        "best": best,
    }


WARNING = {"type": "warning", "code": "TARGET_LEAK", "column": "id", "message": "It leaks."}


OWN_ERROR = {
    "type": "error",
    "code": "ONE_CLASS",
    "column": "species",
    "message": "There is one class.",
    "hint": "Two at least.",
}


async def test_progress_trials_and_warnings_are_written_down_once(world: None) -> None:
    training, attempt = await an_attempt()
    lines = [PROGRESS, trial(1, best=True), WARNING, trial(2), trial(3, best=True), WARNING]
    datastore = Datastore(journals={training.id: {"train": lines}})
    collector = a_collector(datastore)
    assert await collector.round() is True
    told = await types_told(training.project_id)
    await collector.round()
    assert await types_told(training.project_id) == told
    step = await Step.get(attempt_id=attempt.id, name="train")
    assert (step.done, step.total, step.progress_message) == (3, 10, "fitting")
    trials = await Trial.filter(attempt_id=attempt.id).order_by("number")
    assert [(one.number, one.best) for one in trials] == [(1, False), (2, False), (3, True)]
    assert len((await Attempt.get(id=attempt.id)).warnings) == 1
    assert told.count("TRAINING_TRIAL") == told.count("TRAINING_PROGRESS") == 1


@settings(deadline=None)
@given(cuts=st.lists(st.integers(0, 6), max_size=6), page=st.integers(1, 7))
def test_journals_read_in_any_pieces_come_to_the_same(cuts: list[int], page: int) -> None:
    """What a step wrote is a list; reading it by pieces, from where one stopped, gives that list."""
    lines = [PROGRESS, trial(1), trial(2), WARNING, trial(3), PROGRESS]
    datastore = Datastore(page=page)
    read: list[Any] = []
    for end in [*sorted(cuts), *([6] * 7)]:
        datastore.journals = {"t": {"train": lines[:end]}}
        found = _run(datastore.attempt_progress("n", "t", 1, {"train": len(read)}))
        read += found["train"]["entries"]
    assert read == lines


async def test_a_step_that_begins_again_counts_its_trials_anew(world: None) -> None:
    training, attempt = await an_attempt()
    datastore = Datastore(journals={training.id: {"train": [trial(1, value=0.1), trial(2)]}})
    collector = a_collector(datastore)
    await collector.round()
    datastore.journals[training.id]["train"] += [trial(1, value=0.9)]
    await collector.round()
    values = {one.number: one.metric_value for one in await Trial.filter(attempt_id=attempt.id)}
    assert values == {1: 0.9, 2: 0.5}


async def test_a_metric_that_is_no_number_is_none(world: None) -> None:
    training, attempt = await an_attempt()
    lines = [trial(1, value=float("nan")), trial(2, value=None)]
    await a_collector(Datastore(journals={training.id: {"train": lines}})).round()
    trials = await Trial.filter(attempt_id=attempt.id)
    assert [one.metric_value for one in trials] == [None, None]


async def test_a_skipped_step_says_so(world: None) -> None:
    training, attempt = await an_attempt()
    lines = [{"type": "skipped", "message": "Its outputs are there."}]
    await a_collector(Datastore(journals={training.id: {"features": lines}})).round()
    step = await Step.get(attempt_id=attempt.id, name="features")
    assert (step.skipped, step.progress_message) == (True, "Its outputs are there.")


async def test_a_steps_own_error_explains_a_training_that_had_failed_already(world: None) -> None:
    training, attempt = await an_attempt()
    error = {"code": "STEP_FAILED", "message": "The step failed.", "step": "features"}
    await Step.filter(attempt_id=attempt.id, name="features").update(
        state=StepState.FAILED, error=error
    )
    await Attempt.filter(id=attempt.id).update(state=AttemptState.FAILED, error=error)
    await Training.filter(id=training.id).update(state=TrainingState.FAILED)
    await a_collector(Datastore(journals={training.id: {"features": [OWN_ERROR]}})).round()
    row = await Attempt.get(id=attempt.id)
    assert (row.error["code"], row.error["step"], row.collected) == ("ONE_CLASS", "features", True)
    assert (await Training.get(id=training.id)).message == "There is one class."


async def test_an_error_of_a_step_that_succeeded_in_the_end_is_no_error(world: None) -> None:
    training, attempt = await an_attempt()
    await Step.filter(attempt_id=attempt.id, name="features").update(state=StepState.SUCCEEDED)
    await a_collector(Datastore(journals={training.id: {"features": [OWN_ERROR]}})).round()
    assert (await Step.get(attempt_id=attempt.id, name="features")).error is None


@given(st.text())
def test_any_text_in_a_results_place_is_a_result_or_none(text: str) -> None:
    assert isinstance(result_of(text), dict)
    assert own_failure(text) is None or json.loads(text)["error"]["code"]


def test_errors_of_attempts_name_the_first_step_that_failed() -> None:
    steps = [
        Step(name="preprocess", state=StepState.SUCCEEDED),
        Step(name="features", state=StepState.FAILED, error={"code": "A"}),
        Step(name="train", state=StepState.FAILED, error={"code": "B"}),
    ]
    assert attempts.attempt_error(steps, {"code": "C"}) == {"code": "A", "step": "features"}
    assert attempts.attempt_error(steps[:1], {"code": "C"}) == {"code": "C"}


def test_warnings_are_bounded() -> None:
    attempt = Attempt(warnings=[])
    for number in range(300):
        entry = copy.copy(WARNING) | {"message": str(number)}
        journals._warn(attempt, entry)
    assert len(attempt.warnings) == journals.MOST_WARNINGS


def _run(coroutine: Any) -> Any:
    """Run a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waited")


class Overtaken(Datastore):
    """Answers the first question only after another collector has written down a part of it."""

    other: Any = None

    async def attempt_progress(self, *asked: Any) -> dict[str, Any]:
        answer = await super().attempt_progress(*asked)
        if self.other is not None:
            other, self.other = self.other, None
            await other.round()
        return answer


async def test_what_another_replica_has_written_down_meanwhile_is_not_told_twice(
    world: None,
) -> None:
    training, _ = await an_attempt()
    lines = [trial(1, best=True), PROGRESS]
    early = Datastore(journals={training.id: {"train": lines[:1]}})
    late = Overtaken(journals={training.id: {"train": lines}})
    late.other = a_collector(early)
    await a_collector(late).round()
    told = await types_told(training.project_id)
    assert told.count("TRAINING_TRIAL") == 1
    assert (await Step.get(name="train")).progress_offset == 2
