"""Stories of hands that lay themselves on what is in the cluster, and of what has outlived its time."""

from typing import Any

from tablecast.cluster.port import (
    SERVICE,
    TRAINED_MODEL,
    VOLUME_CLAIM,
    WORKFLOW,
    Kind,
)
from tablecast.domain.drifts import adopt_object, purge_object, recreate_object
from tablecast.domain.operations import abandon_operation
from tablecast.domain.states import OperationState, TrainingState
from tablecast.domain.tables import (
    Attempt,
    Drift,
    Operation,
    Project,
    Revision,
    Step,
    Upload,
)
from tablecast.domain.trainings import START, retry_training
from tablecast.domain.uploads import abort_upload, finish_upload
from tablecast.errors import Conflict
from tablecast.outbound import corrections
from tablecast.outbound.objects import found
from tests.failpoints import serving_stories, stories
from tests.failpoints.play import Play
from tests.outbound.drifting import by_hand


async def drifts(play: Play) -> None:
    """Hands that delete, change and make objects: put right, or reported and done as a person says."""
    play.meddled |= {SERVICE.kind, VOLUME_CLAIM.kind, WORKFLOW.kind, TRAINED_MODEL.kind}
    project, version = await stories.with_table(play)
    await serving_stories.delete(play, project, SERVICE, "datastore")
    await play.until(lambda: _there(play, project, SERVICE, "datastore"), "it is put right")
    training = await stories.a_training(play, version, "good")
    await stories.reach(play, training, TrainingState.SUCCEEDED)
    there = await play.store.get(WORKFLOW, project.namespace, f"training-{training.id}-a1")
    copy = by_hand(there)
    copy["metadata"]["name"] = "by-hand"
    play.store.made["by-hand"] = []
    await play.store.create(copy, manager="kubectl")
    await _resolve(play, project, "by-hand", purge_object)
    await serving_stories.delete(play, project, VOLUME_CLAIM, "data")
    await _resolve(play, project, "data", recreate_object)
    await _adopted(play, project, version.id, there)
    # What was asked of the cluster was not done: another's was taken instead.
    await play.finish(failed=1)


async def _adopted(play: Play, project: Project, version_id: str, like: Any) -> None:
    """A Workflow of somebody else's in the place of an attempt's, which is taken for it."""
    from tablecast.domain.tables import DatasetVersion

    version = await DatasetVersion.get(id=version_id)
    play.reach.down = True
    training = await stories.a_training(play, version, "taken")
    copy = by_hand(like, id=training.id, operation="somebody")
    copy["metadata"]["name"] = f"training-{training.id}-a1"
    await play.store.create(copy, manager="kubectl")
    play.reach.down = False
    await _resolve(play, project, f"training-{training.id}-a1", adopt_object)
    await stories.reach(play, training, TrainingState.SUCCEEDED)


async def adopted_model(play: Play) -> None:
    """A hand makes the model whose making was given up: it is taken for ours once a person says so."""
    project, version = await serving_stories.with_model(play)
    # So that there is a pool.
    await serving_stories.a_serving(play, project, version)
    play.reach.down = True
    second = await serving_stories.a_serving(play, project, version, await_it=False, name="second")
    (operation,) = await Operation.filter(subject_id=second.id)
    await play.until(lambda: Operation.exists(id=operation.id, tries__gt=0), "it was tried")
    await _abandoned(play, operation)
    revision = await Revision.get(serving_id=second.id)
    wish = await corrections.of_revision(revision, project, play.context())
    assert wish is not None
    # An informer that heard of it would not wait for a person.
    play.reach.deaf = True
    await play.store.create(wish, manager="kubectl")
    play.reach.down = False
    # Nor does the one that a killed replica's successor begins with its list.
    await play.until(lambda: _reported_or_taken(revision), "it is reported, or taken")
    if not await Revision.exists(id=revision.id, state="LOADED"):
        await _resolve(play, project, revision.object_name, adopt_object)
    play.reach.deaf = False
    await serving_stories.servable(play, second)
    await play.finish(failed=1)


async def _reported_or_taken(revision: Revision) -> bool:
    name = revision.object_name
    taken = await Revision.exists(id=revision.id, state="LOADED")
    return taken or await Drift.exists(name=name, project_id=revision.project_id)


async def _abandoned(play: Play, operation: Operation) -> None:
    """A person gives it up, at a moment when it is not being carried out."""

    async def given_up() -> bool:
        try:
            await play.ask(abandon_operation, operation.id)
        except Conflict:
            return False
        return True

    await play.until(given_up, "it is given up")


async def housekeeping(play: Play) -> None:
    """What has outlived its time goes: uploads of every kind, and the details of replaced attempts."""
    project, version = await stories.with_table(play)
    training = await stories.a_training(play, version, "old")
    play.node.failing.add(training.id)
    await stories.reach(play, training, TrainingState.FAILED)
    play.node.failing.clear()
    await play.ask(retry_training, training.id, START, play.limits)
    await stories.reach(play, training, TrainingState.SUCCEEDED)
    unused = await stories.an_upload(play, project)
    await play.ask(finish_upload, unused.id, None)
    unfinished = await stories.an_upload(play, project)
    unwanted = await stories.an_upload(play, project)
    await play.ask(abort_upload, unwanted.id)
    await play.until(lambda: stories.gone(Upload, unused.id), "the unused upload went")
    await play.until(lambda: stories.gone(Upload, unfinished.id), "the unfinished upload went")
    await play.until(lambda: stories.gone(Upload, unwanted.id), "the unwanted upload went")
    first = await Attempt.get(training_id=training.id, number=1)
    await play.until(lambda: stories.without(Step, attempt_id=first.id), "its details went")
    await play.finish()


async def _resolve(play: Play, project: Project, name: str, act: Any) -> None:
    """See something reported as adrift, and have a person say what to do with it."""
    await play.until(lambda: Drift.exists(project_id=project.id, name=name), f"{name} is reported")
    drift = await Drift.filter(project_id=project.id, name=name).first()
    assert drift is not None
    operation = (await play.ask(act, drift.id))[1]
    await play.until(
        lambda: Operation.exists(id=operation.id, state=OperationState.OBSERVED), "it is done"
    )
    await play.until(lambda: stories.gone(Drift, drift.id), "it is reported no more")


async def _there(play: Play, project: Project, kind: Kind, name: str) -> bool:
    return await found(play.store, kind, project.namespace, name) is not None
