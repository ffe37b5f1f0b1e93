"""Stories of models in service, and of what happens to them."""

import asyncio
from typing import Any

from tablecast.clients.inference import InferenceClient
from tablecast.cluster.embedded.inference import MANAGER as KSERVE
from tablecast.cluster.port import (
    INFERENCE_SERVICE,
    TRAINED_MODEL,
    Kind,
)
from tablecast.domain.canaries import promote_canary, roll_back_canary
from tablecast.domain.identity import new_id
from tablecast.domain.pools import DEDICATED
from tablecast.domain.servings import (
    ServingChange,
    ServingWish,
    create_serving,
    delete_serving,
    update_serving,
)
from tablecast.domain.tables import (
    Event,
    Model,
    ModelVersion,
    Project,
    Revision,
    Serving,
)
from tests.failpoints import stories
from tests.failpoints.play import Play


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
    await servable(play, serving)
    revision = await Revision.filter(serving_id=serving.id).order_by("-number").first()
    assert revision is not None
    await delete(play, project, TRAINED_MODEL, revision.object_name)
    await play.until(
        lambda: Revision.exists(serving_id=serving.id, number__gt=revision.number), "it is healed"
    )
    await servable(play, serving)
    newest = await Revision.filter(serving_id=serving.id).order_by("-number").first()
    assert newest is not None
    await _drop_pool(play, project, newest.inference_service)
    await play.until(lambda: _told(project, "InferenceService", "made again"), "its pool is back")
    play.node.kserve.set()
    await servable(play, serving)
    await play.finish()


async def _drop_pool(play: Play, project: Project, name: str) -> None:
    """A hand deletes a pool and takes its finalizer away, while KServe sees nothing of it."""
    play.node.kserve.clear()
    await asyncio.sleep(1.0)
    there = await play.store.get(INFERENCE_SERVICE, project.namespace, name)
    await delete(play, project, INFERENCE_SERVICE, name)
    identity = {key: there["metadata"][key] for key in ("name", "namespace", "uid")}
    names = {key: there[key] for key in ("apiVersion", "kind")}
    await play.store.apply(names | {"metadata": identity}, manager=KSERVE)


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
        await servable(play, serving)
    return serving


async def servable(play: Play, serving: Serving) -> None:
    """See a serving answer, with its newest revision."""

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


async def delete(play: Play, project: Project, kind: Kind, name: str) -> None:
    """A hand deletes an object."""
    await play.store.delete(kind, project.namespace, name)


async def _told(project: Project, *words: str) -> bool:
    told = Event.filter(project_id=project.id, type="DRIFT_CORRECTED")
    return any(all(word in one.message for word in words) for one in await told)
