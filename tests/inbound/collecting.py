"""A collector, and something for it to collect."""

from typing import Any

from tablecast.domain.states import (
    AttemptState,
    StepState,
    TrainingState,
)
from tablecast.domain.tables import (
    Attempt,
    Step,
    Training,
)
from tablecast.inbound.collector import Collector
from tablecast.inbound.signals import Signals
from tablecast.settings import Settings
from tests.domain.world import a_project, a_training, a_version
from tests.inbound.datastores import Datastore


def a_collector(datastore: Datastore) -> Collector:
    return Collector(datastore, Settings(), Signals())


async def an_attempt(
    state: AttemptState = AttemptState.RUNNING, **columns: Any
) -> tuple[Training, Attempt]:
    """A training's attempt that its Workflow has brought so far."""
    training = await a_training(await a_version(await a_project()))
    attempt = await Attempt.get(training_id=training.id)
    attempt.update_from_dict({"state": state} | columns)
    await attempt.save()
    await Step.filter(attempt_id=attempt.id, name="train").update(state=StepState.RUNNING)
    await Training.filter(id=training.id).update(state=TrainingState.RUNNING)
    return training, attempt


PROGRESS = {"type": "progress", "done": 3, "total": 10, "message": "fitting"}
