"""Stories of a relay that was frozen just before it made a Workflow, and goes on when all is over."""

from collections.abc import Awaitable, Callable

from tablecast.cluster.port import WORKFLOW
from tablecast.domain.states import TrainingState
from tablecast.domain.tables import Attempt, DatasetVersion, Project, Training
from tablecast.domain.trainings import cancel_training, delete_training
from tests.failpoints import stories
from tests.failpoints.arming import Armed
from tests.failpoints.play import Play, Story
from tests.simulation.invariants import Violation

POINT = "before outbound.trainings._make create"
Meanwhile = Callable[[Play, Training], Awaitable[None]]


def while_frozen(meanwhile: Meanwhile) -> Story:
    """A training whose relay freezes before the create, another makes its Workflow, `meanwhile` happens,
    and then the first one goes on and makes it once more: it is removed at once, and counts for nothing."""

    async def story(play: Play) -> None:
        project, version = await stories.with_table(play)
        play.node.held = True
        training = await _frozen(play, version)
        await meanwhile(play, training)
        before = await _uids(training)
        # The names of Workflows that are gone may be used again: by what is removed at once.
        play.store.made.clear()
        play.meddled.add(WORKFLOW.kind)
        await play.finish()
        await play.until(lambda: _none_left(play, project), "no Workflow is left")
        if not before <= await _uids(training):
            raise Violation("an attempt has taken what a stale relay made")

    return story


async def _frozen(play: Play, version: DatasetVersion) -> Training:
    play.points.arm(POINT, Armed("freeze"))
    return await stories.a_training(play, version, "late")


async def _uids(training: Training) -> set[str]:
    attempts = Attempt.filter(training_id=training.id)
    seen = await attempts.values_list("workflow_uid", "state")
    # One that had none may have been told of it: that takes nothing from its end.
    return {str(state) for _, state in seen} | {str(uid) for uid, _ in seen if uid}


async def _none_left(play: Play, project: Project) -> bool:
    return not (await play.store.list(WORKFLOW, namespace=project.namespace)).objects


async def lost(play: Play, training: Training) -> None:
    """A hand deletes it: the attempt is lost."""
    await stories.reach(play, training, TrainingState.RUNNING)
    await stories.deleted(play, training)
    await stories.reach(play, training, TrainingState.LOST)


async def cancelled(play: Play, training: Training) -> None:
    """A person cancels it before anybody has made it."""
    await play.ask(cancel_training, training.id)
    await stories.reach(play, training, TrainingState.CANCELLED)


async def removed(play: Play, training: Training) -> None:
    """A person deletes it, Workflow and all."""
    await stories.reach(play, training, TrainingState.RUNNING)
    await play.ask(delete_training, training.id)
    await play.until(lambda: stories.gone(Training, training.id), "the training went")


LATE: dict[str, Meanwhile] = {"lost": lost, "cancelled": cancelled, "removed": removed}
