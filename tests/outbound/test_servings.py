"""Servings in the cluster: children after their parent, gone before it; the new beside the old."""

import pytest

from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.pools import DEDICATED
from tablecast.domain.revisions import heal
from tablecast.domain.servings import (
    ServingChange,
    ServingWish,
    create_serving,
    delete_serving,
    update_serving,
)
from tablecast.domain.states import RevisionState, Verb
from tablecast.domain.tables import ModelVersion, Project, Revision, Serving
from tablecast.errors import LimitReached, Unreachable
from tablecast.outbound.context import Context
from tablecast.settings import MIB
from tests.domain.world import (
    ANN,
    LIMITS,
    a_model_version,
    a_project,
    a_serving,
    a_training,
    a_version,
)
from tests.outbound.fakes import FakeCluster
from tests.outbound.relaying import carry
from tests.outbound.serving import answer, model_names, serve, state_of

pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture
async def model() -> ModelVersion:
    """A model version that may be served."""
    return await a_model_version(await a_training(await a_version(await a_project())))


async def test_a_model_is_made_only_when_its_pool_is_ready(
    cluster: FakeCluster, context: Context, model: ModelVersion
) -> None:
    """Too early, its controller would delete it."""
    serving = await a_serving(model)
    await carry(context, rounds=3)
    assert cluster.names("InferenceService") == ["pool-1"]
    assert cluster.names("TrainedModel") == []
    assert (await Serving.get(id=serving.id)).blocked_by["code"] == "POOL_NOT_READY"
    cluster.make_ready("InferenceService")
    await carry(context)
    assert cluster.names("TrainedModel") == model_names(serving, 1)
    row = await Serving.get(id=serving.id)
    assert (row.state, row.blocked_by) == ("LOADING", None)
    assert await state_of(serving, Verb.CREATE) == "APPLIED"


async def test_a_pool_that_is_going_is_not_ready(
    cluster: FakeCluster, context: Context, model: ModelVersion
) -> None:
    """Whatever its condition says."""
    await a_serving(model)
    await carry(context)
    cluster.make_ready("InferenceService")
    cluster.of("InferenceService")[0]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    await carry(context)
    assert cluster.names("TrainedModel") == []


async def test_the_models_address_is_signed_and_never_ends(
    cluster: FakeCluster, context: Context, model: ModelVersion
) -> None:
    """Its agent downloads again whenever a pod is made anew."""
    await serve(cluster, context, model)
    (trained,) = cluster.of("TrainedModel")
    namespace = trained["metadata"]["namespace"]
    path = context.datastore.signed_path(namespace, f"models/{model.id}/{model.file}", expires=0)
    uri = trained["spec"]["model"]["storageUri"]
    assert uri == f"http://datastore.{namespace}.svc.cluster.local{path}"


async def test_lost_answers_leave_one_object_of_each(
    cluster: FakeCluster, context: Context, model: ModelVersion
) -> None:
    """And the one that is there is the one that is recorded."""
    for kind in ("ServingRuntime", "InferenceService", "TrainedModel"):
        cluster.lose_answer("apply", kind)
    serving = await a_serving(model)
    for _ in range(5):
        await carry(context)
        cluster.make_ready("InferenceService")
    (trained,) = cluster.of("TrainedModel")
    revision = await Revision.get(serving_id=serving.id)
    assert revision.object_uid == trained["metadata"]["uid"]
    assert cluster.names("InferenceService") == ["pool-1"]


async def test_a_switch_of_the_model_serves_the_new_beside_the_old(
    cluster: FakeCluster, context: Context, model: ModelVersion
) -> None:
    """The old one goes after predictions have moved, not before."""
    serving = await serve(cluster, context, model)
    await answer(serving)
    await carry(context)
    second = await a_model_version(
        await a_training(
            await a_version(await Project.get(id=serving.project_id), name="more"), name="B"
        )
    )
    await update_serving(ANN, serving.id, ServingChange(model_version_id=second.id), LIMITS)
    await carry(context, rounds=3)
    assert cluster.names("TrainedModel") == model_names(serving, 1, 2)
    await answer(serving)
    await carry(context, rounds=2)
    assert cluster.names("TrainedModel") == model_names(serving, 2)
    assert (await Revision.get(serving_id=serving.id, number=1)).state == RevisionState.RETIRED
    assert await state_of(serving, Verb.RETIRE) == "OBSERVED"


async def test_an_old_revision_is_retired_when_it_was_seen_gone(
    cluster: FakeCluster, context: Context, model: ModelVersion
) -> None:
    """Told to go is not gone."""
    cluster.slow.add("TrainedModel")
    serving = await serve(cluster, context, model)
    async with deed(SYSTEM, serving.project_id) as tx:
        await heal(tx, serving.id, 1, "It did not load.")
    await carry(context, rounds=2)
    await answer(serving)
    await carry(context, rounds=2)
    old = Revision.filter(serving_id=serving.id, number=1)
    assert (await old.get()).state == RevisionState.RETIRING
    cluster.finish_deletions()
    await carry(context)
    assert (await old.get()).state == RevisionState.RETIRED


async def test_the_pool_has_as_many_replicas_as_any_of_its_servings_wishes(
    cluster: FakeCluster, context: Context, model: ModelVersion
) -> None:
    """And fewer again when that one goes."""
    await serve(cluster, context, model)
    most = await serve(cluster, context, model, replicas=3)
    assert cluster.of("InferenceService")[0]["spec"]["predictor"]["minReplicas"] == 3
    await delete_serving(ANN, most.id)
    await carry(context, rounds=2)
    other = await serve(cluster, context, model)
    assert cluster.of("InferenceService")[0]["spec"]["predictor"]["minReplicas"] == 1
    assert cluster.names("TrainedModel")[-1] == model_names(other, 1)[0]


async def test_nothing_that_serves_is_rolled_by_another_serving(
    cluster: FakeCluster, context: Context, model: ModelVersion
) -> None:
    """A second serving leaves the pool exactly as it is: its pods would be made anew."""
    await serve(cluster, context, model)
    before = cluster.of("InferenceService")[0]
    spec, labels = before["spec"], before["metadata"]["labels"]
    await serve(cluster, context, model)
    after = cluster.of("InferenceService")[0]
    assert (after["spec"], after["metadata"]["labels"]) == (spec, labels)


async def test_a_dedicated_serving_has_a_server_of_its_own(
    cluster: FakeCluster, context: Context, model: ModelVersion
) -> None:
    """From the volume, without the pool; switching to shared removes it in the end."""
    serving = await a_serving(model, mode=DEDICATED, replicas=2)
    await carry(context)
    (service,) = cluster.of("InferenceService")
    predictor = service["spec"]["predictor"]
    assert service["metadata"]["name"] == model_names(serving, 1)[0]
    assert predictor["model"]["storageUri"] == f"pvc://data/models/{model.id}"
    assert predictor["minReplicas"] == 2
    await answer(serving)
    await update_serving(ANN, serving.id, ServingChange(mode="SHARED"), LIMITS)
    await carry(context)
    cluster.make_ready("InferenceService")
    await carry(context, rounds=2)
    await answer(serving)
    await carry(context, rounds=2)
    assert cluster.names("InferenceService") == ["pool-1"]
    assert cluster.names("TrainedModel") == model_names(serving, 2)


async def test_deleting_removes_models_first_and_the_pool_with_the_last(
    cluster: FakeCluster, context: Context, model: ModelVersion
) -> None:
    """The serving stays until its model was seen gone; the pool until no serving is left."""
    first = await serve(cluster, context, model)
    second = await serve(cluster, context, model)
    cluster.slow.add("TrainedModel")
    await delete_serving(ANN, first.id)
    await carry(context, rounds=3)
    assert await Serving.exists(id=first.id)
    cluster.finish_deletions()
    await carry(context)
    assert not await Serving.exists(id=first.id)
    assert cluster.names("TrainedModel") == model_names(second, 1)
    cluster.slow.clear()
    await delete_serving(ANN, second.id)
    await carry(context, rounds=2)
    assert cluster.names("TrainedModel") == cluster.names("InferenceService") == []
    assert await Revision.all().count() == 0
    assert await state_of(second, Verb.DELETE) == "OBSERVED"


async def test_deleting_finds_the_model_whose_answer_was_lost(
    cluster: FakeCluster, context: Context, model: ModelVersion
) -> None:
    """By its label: no row knew that it was made."""
    serving = await a_serving(model)
    await carry(context)
    cluster.make_ready("InferenceService")
    cluster.lose_answer("apply", "TrainedModel")
    await carry(context)
    await delete_serving(ANN, serving.id)
    await carry(context, rounds=2)
    assert cluster.names("TrainedModel") == []


async def test_what_no_pool_could_hold_is_refused_at_once(model: ModelVersion) -> None:
    """A typed error with what would be right; DEDICATED is accepted."""
    await ModelVersion.filter(id=model.id).update(bytes=200 * MIB)
    with pytest.raises(LimitReached) as refusal:
        await create_serving(ANN, ServingWish(model.project_id, "big", model.id), LIMITS)
    assert refusal.value.code == "POOL_FULL"
    assert "DEDICATED" in refusal.value.hint
    assert (await a_serving(model, mode=DEDICATED)).mode == DEDICATED


async def test_an_unreachable_cluster_delays_and_loses_nothing(
    cluster: FakeCluster, context: Context, model: ModelVersion
) -> None:
    """Faults at every call of the way: in the end it serves."""
    for method, kind in (
        ("apply", "ServingRuntime"),
        ("apply", "InferenceService"),
        ("apply", "TrainedModel"),
    ):
        cluster.fail(method, kind, Unreachable("reset"), Unreachable("reset"))
        cluster.lose_answer(method, kind)
    serving = await a_serving(model)
    for _ in range(12):
        await carry(context)
        cluster.make_ready("InferenceService")
    assert cluster.names("TrainedModel") == model_names(serving, 1)
    assert await state_of(serving, Verb.CREATE) == "APPLIED"
