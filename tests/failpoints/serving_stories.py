"""Stories of models in service, and of hands that lay themselves on what is in the cluster."""

import asyncio
from typing import Any

from tablecast.clients.inference import InferenceClient
from tablecast.cluster.embedded.inference import MANAGER as KSERVE
from tablecast.cluster.port import (
    INFERENCE_SERVICE,
    SERVICE,
    TRAINED_MODEL,
    VOLUME_CLAIM,
    WORKFLOW,
    Kind,
)
from tablecast.domain.canaries import promote_canary, roll_back_canary
from tablecast.domain.drifts import adopt_object, purge_object, recreate_object
from tablecast.domain.identity import new_id
from tablecast.domain.operations import abandon_operation
from tablecast.domain.pools import DEDICATED
from tablecast.domain.servings import (
    ServingChange,
    ServingWish,
    create_serving,
    delete_serving,
    update_serving,
)
from tablecast.domain.states import OperationState, TrainingState
from tablecast.domain.tables import (
    Attempt,
    Drift,
    Event,
    Model,
    ModelVersion,
    Operation,
    Project,
    Revision,
    Serving,
    Step,
    Upload,
)
from tablecast.domain.trainings import START, retry_training
from tablecast.domain.uploads import abort_upload, finish_upload
from tablecast.errors import Conflict
from tablecast.outbound import corrections
from tablecast.outbound.objects import found
from tests.failpoints import stories
from tests.failpoints.play import Play
from tests.outbound.drifting import by_hand


async def servings(play: Play) -> None:
    """A shared serving with canaries that are promoted and rolled back, a dedicated one, and their end."""
    project, first = await with_model(play)
    second = await a_version(project, first.model_id, 2)
    serving = await a_serving(play, project, first)
    await _predicted(play, project, serving)
    canary = ServingChange(model_version_id=second.id, canary_percent=20)
    await play.ask(update_serving, serving.id, canary, play.limits)
    await play.until(
        lambda: Serving.exists(id=serving.id, canary_servable=True), "the canary sings"
    )
    await play.ask(promote_canary, serving.id)
    await _answers_alone(play, serving, 2)
    back = ServingChange(model_version_id=first.id, canary_percent=20)
    await play.ask(update_serving, serving.id, back, play.limits)
    await play.until(lambda: Serving.exists(id=serving.id, canary_servable=True), "another sings")
    await play.ask(roll_back_canary, serving.id)
    await _answers_alone(play, serving, 2)
    alone = await a_serving(play, project, first, mode=DEDICATED, name="alone")
    for one in (serving, alone):
        await play.ask(delete_serving, one.id)
        await play.until(lambda row=one: stories.gone(Serving, row.id), "the serving went")
    await play.finish()


async def broken_servings(play: Play) -> None:
    """Models that do not load, or are deleted by a hand, pools too: each is made anew by itself."""
    play.meddled |= {TRAINED_MODEL.kind, INFERENCE_SERVICE.kind}
    project, version = await with_model(play)
    play.site.loads = False
    serving = await a_serving(play, project, version, await_it=False)
    await play.until(lambda: Revision.exists(serving_id=serving.id, number=2), "it is made anew")
    play.site.loads = True
    await _servable(play, serving)
    revision = await Revision.filter(serving_id=serving.id).order_by("-number").first()
    assert revision is not None
    await _delete(play, project, TRAINED_MODEL, revision.object_name)
    await play.until(
        lambda: Revision.exists(serving_id=serving.id, number__gt=revision.number), "it is healed"
    )
    await _servable(play, serving)
    newest = await Revision.filter(serving_id=serving.id).order_by("-number").first()
    assert newest is not None
    await _drop_pool(play, project, newest.inference_service)
    await play.until(lambda: _told(project, "InferenceService", "made again"), "its pool is back")
    play.node.kserve.set()
    await _servable(play, serving)
    await play.finish()


async def _drop_pool(play: Play, project: Project, name: str) -> None:
    """A hand deletes a pool and takes its finalizer away, while KServe sees nothing of it."""
    play.node.kserve.clear()
    await asyncio.sleep(1.0)
    there = await play.store.get(INFERENCE_SERVICE, project.namespace, name)
    await _delete(play, project, INFERENCE_SERVICE, name)
    identity = {key: there["metadata"][key] for key in ("name", "namespace", "uid")}
    names = {key: there[key] for key in ("apiVersion", "kind")}
    await play.store.apply(names | {"metadata": identity}, manager=KSERVE)


async def drifts(play: Play) -> None:
    """Hands that delete, change and make objects: put right, or reported and done as a person says."""
    play.meddled |= {SERVICE.kind, VOLUME_CLAIM.kind, WORKFLOW.kind, TRAINED_MODEL.kind}
    project, version = await stories.with_table(play)
    await _delete(play, project, SERVICE, "datastore")
    await play.until(lambda: _there(play, project, SERVICE, "datastore"), "it is put right")
    training = await stories.a_training(play, version, "good")
    await stories.reach(play, training, TrainingState.SUCCEEDED)
    there = await play.store.get(WORKFLOW, project.namespace, f"training-{training.id}-a1")
    copy = by_hand(there)
    copy["metadata"]["name"] = "by-hand"
    play.store.made["by-hand"] = []
    await play.store.create(copy, manager="kubectl")
    await _resolve(play, project, "by-hand", purge_object)
    await _delete(play, project, VOLUME_CLAIM, "data")
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
    project, version = await with_model(play)
    # So that there is a pool.
    await a_serving(play, project, version)
    play.reach.down = True
    second = await a_serving(play, project, version, await_it=False, name="second")
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
    await _servable(play, second)
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


async def with_model(play: Play) -> tuple[Project, ModelVersion]:
    """A project with a model, without the way there."""
    project = await stories.a_project(play)
    model = await Model.create(id=new_id(), project_id=project.id, name="m", versions=2)
    return project, await a_version(project, model.id, 1)


async def a_version(project: Project, model_id: str, number: int) -> ModelVersion:
    """A version of a model, without the way there."""
    return await ModelVersion.create(
        id=new_id(),
        project_id=project.id,
        model_id=model_id,
        number=number,
        training_id=new_id(),
        attempt_id=new_id(),
        dataset_version_id=new_id(),
        algorithm="LINEAR",
        problem="MULTICLASS_CLASSIFICATION",
        target="species",
        sha256="b" * 64,
        bytes=50_000,
        file="b" * 64 + ".tablecast",
        metric_name="ACCURACY",
        metric_value=0.98,
        signature={},
        evaluation={},
    )


async def a_serving(
    play: Play, project: Project, version: ModelVersion, *, await_it: bool = True, **wish: Any
) -> Serving:
    """A serving that answers, unless it is not to be waited for."""
    wished = ServingWish(
        **{"project_id": project.id, "name": "s", "model_version_id": version.id} | wish
    )
    serving = (await play.ask(create_serving, wished, play.limits)).row
    if await_it:
        await _servable(play, serving)
    return serving


async def _servable(play: Play, serving: Serving) -> None:
    async def answers() -> bool:
        row = await Serving.get(id=serving.id)
        return bool(row.servable and row.active_revision == row.revision)

    await play.until(answers, "the serving answers")


async def _answers_alone(play: Play, serving: Serving, revision: int) -> None:
    """It answers with one revision, and no other is left."""

    async def alone() -> bool:
        row = await Serving.get(id=serving.id)
        left = Revision.filter(serving_id=serving.id).exclude(state="RETIRED")
        return bool(row.active_revision == revision and await left.count() == 1)

    await play.until(alone, f"revision {revision} answers alone")


async def _predicted(play: Play, project: Project, serving: Serving) -> None:
    client = InferenceClient(play.port())
    revision = await Revision.get(serving_id=serving.id, number=1)

    async def predict() -> None:
        await client.predict(
            project.namespace, revision.inference_service, revision.object_name, [{}]
        )

    await play.call(predict)


async def _delete(play: Play, project: Project, kind: Kind, name: str) -> None:
    await play.store.delete(kind, project.namespace, name)


async def _there(play: Play, project: Project, kind: Kind, name: str) -> bool:
    return await found(play.store, kind, project.namespace, name) is not None


async def _told(project: Project, *words: str) -> bool:
    told = Event.filter(project_id=project.id, type="DRIFT_CORRECTED")
    return any(all(word in one.message for word in words) for one in await told)


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
