"""Pools in the cluster: as many as models need, each with its own replicas, gone with its last model."""

import pytest

from tablecast.domain.canaries import promote_canary, roll_back_canary
from tablecast.domain.pools import DEDICATED
from tablecast.domain.servings import ServingChange, delete_serving, update_serving
from tablecast.domain.states import RevisionState
from tablecast.domain.tables import ModelVersion, Project, Revision, Serving
from tablecast.outbound.context import Context
from tablecast.outbound.sweep import Sweep
from tablecast.settings import MIB
from tests.domain.world import (
    ANN,
    LARGE,
    LIMITS,
    a_large_model,
    a_model_version,
    a_serving,
    a_training,
    a_version,
)
from tests.outbound.fakes import FakeCluster
from tests.outbound.relaying import carry
from tests.outbound.serving import answer, model_names, placed, serve

pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture
async def model() -> ModelVersion:
    """A model of which two fit into a pool."""
    return await a_large_model()


async def another(model: ModelVersion, size: int = LARGE) -> ModelVersion:
    project = await Project.get(id=model.project_id)
    training = await a_training(await a_version(project, name="more"), name="B")
    return await a_model_version(training, size=size)


def replicas(cluster: FakeCluster) -> dict[str, int]:
    """Replicas by InferenceService."""
    services = cluster.of("InferenceService")
    return {one["metadata"]["name"]: one["spec"]["predictor"]["minReplicas"] for one in services}


async def test_a_model_that_has_room_makes_no_new_server(
    cluster: FakeCluster, context: Context, model: ModelVersion
) -> None:
    """And leaves the one that is there exactly as it is; one that has none opens the next."""
    await serve(cluster, context, model)
    before = cluster.of("InferenceService")[0]["spec"]
    await serve(cluster, context, model)
    assert replicas(cluster) == {"pool-1": 1}
    assert cluster.of("InferenceService")[0]["spec"] == before
    await serve(cluster, context, model)
    assert replicas(cluster) == {"pool-1": 1, "pool-2": 1}
    assert placed(cluster) == ["pool-1", "pool-1", "pool-2"]


async def test_each_pool_has_its_own_replicas_and_loses_those_of_who_leaves(
    cluster: FakeCluster, context: Context, model: ModelVersion
) -> None:
    await serve(cluster, context, model)
    most = await serve(cluster, context, model, replicas=3)
    await serve(cluster, context, model, replicas=2)
    assert replicas(cluster) == {"pool-1": 3, "pool-2": 2}
    await delete_serving(ANN, most.id)
    await carry(context, rounds=2)
    assert replicas(cluster) == {"pool-1": 1, "pool-2": 2}


async def test_a_pool_goes_with_its_last_model_and_the_others_stay(
    cluster: FakeCluster, context: Context, model: ModelVersion
) -> None:
    await serve(cluster, context, model)
    await serve(cluster, context, model)
    alone = await serve(cluster, context, model)
    await delete_serving(ANN, alone.id)
    await carry(context, rounds=2)
    assert replicas(cluster) == {"pool-1": 1}
    assert len(cluster.of("TrainedModel")) == 2


async def test_a_pool_that_a_model_moved_out_of_goes_when_the_model_was_seen_gone(
    cluster: FakeCluster, context: Context, model: ModelVersion
) -> None:
    """Its InferenceService first would leave the model's finalizer behind for ever."""
    serving = await serve(cluster, context, model)
    await serve(cluster, context, model)
    await answer(serving)
    # Two are the whole pool: the third copy is made in another one.
    await update_serving(
        ANN, serving.id, ServingChange(model_version_id=(await another(model, 25 * MIB)).id), LIMITS
    )
    await carry(context)
    cluster.make_ready("InferenceService")
    await carry(context)
    assert placed(cluster) == ["pool-1", "pool-2", "pool-1"]
    cluster.slow.add("TrainedModel")
    await answer(serving)
    await carry(context, rounds=2)
    assert replicas(cluster) == {"pool-1": 1, "pool-2": 1}
    cluster.finish_deletions()
    await carry(context, rounds=2)
    assert placed(cluster) == ["pool-2", "pool-1"]


async def test_the_sweep_removes_a_pool_that_nobody_uses_and_no_other(
    cluster: FakeCluster, context: Context, model: ModelVersion
) -> None:
    """The rows went, the objects were left."""
    await serve(cluster, context, model)
    await serve(cluster, context, model)
    lost = await serve(cluster, context, model)
    await Revision.filter(serving_id=lost.id).delete()
    await Serving.filter(id=lost.id).delete()
    await Sweep(context).sweep()
    assert replicas(cluster) == {"pool-1": 1}
    assert len(cluster.of("TrainedModel")) == 2


async def test_the_sweep_brings_the_pool_back_that_somebody_deleted(
    cluster: FakeCluster, context: Context, model: ModelVersion
) -> None:
    """That one: the others are there."""
    await Project.filter(id=model.project_id).update(namespace_uid="seen")
    for _ in range(3):
        await serve(cluster, context, model)
    (second,) = [key for key in cluster.objects if key[2] == "pool-2"]
    del cluster.objects[second]
    await Sweep(context).sweep()
    await Sweep(context).sweep()
    await carry(context)
    assert replicas(cluster) == {"pool-1": 1, "pool-2": 1}


async def with_canary(
    cluster: FakeCluster, context: Context, model: ModelVersion, mode: str
) -> Serving:
    """A serving that answers, and a canary beside it that does too."""
    serving = await serve(cluster, context, model, mode=mode)
    await answer(serving)
    await carry(context)
    change = ServingChange(model_version_id=(await another(model)).id, canary_percent=10)
    await update_serving(ANN, serving.id, change, LIMITS)
    await carry(context, rounds=2)
    await Revision.filter(serving_id=serving.id, number=2).update(state=RevisionState.LOADED)
    await Serving.filter(id=serving.id).update(canary_servable=True)
    return serving


def revisions(cluster: FakeCluster, mode: str) -> list[str]:
    """Names of the objects of a serving's revisions."""
    return cluster.names("InferenceService" if mode == DEDICATED else "TrainedModel")


@pytest.mark.parametrize("mode", ["SHARED", "DEDICATED"])
async def test_a_promoted_canary_stays_and_what_answered_before_goes(
    cluster: FakeCluster, context: Context, model: ModelVersion, mode: str
) -> None:
    serving = await with_canary(cluster, context, model, mode)
    assert revisions(cluster, mode) == model_names(serving, 1, 2)
    await promote_canary(ANN, serving.id)
    await carry(context, rounds=3)
    assert revisions(cluster, mode) == model_names(serving, 2)


@pytest.mark.parametrize("mode", ["SHARED", "DEDICATED"])
async def test_a_canary_rolled_back_goes_and_what_answered_before_stays(
    cluster: FakeCluster, context: Context, model: ModelVersion, mode: str
) -> None:
    serving = await with_canary(cluster, context, model, mode)
    await roll_back_canary(ANN, serving.id)
    await carry(context, rounds=3)
    assert revisions(cluster, mode) == model_names(serving, 1)


async def test_replicas_wished_while_a_canary_is_out_are_both_revisions_replicas(
    cluster: FakeCluster, context: Context, model: ModelVersion
) -> None:
    serving = await with_canary(cluster, context, model, DEDICATED)
    await update_serving(ANN, serving.id, ServingChange(replicas=2), LIMITS)
    await carry(context)
    assert replicas(cluster) == dict.fromkeys(model_names(serving, 1, 2), 2)


async def test_a_canary_that_another_takes_the_place_of_goes_at_once(
    cluster: FakeCluster, context: Context, model: ModelVersion
) -> None:
    serving = await with_canary(cluster, context, model, DEDICATED)
    change = ServingChange(model_version_id=model.id, canary_percent=10)
    await update_serving(ANN, serving.id, change, LIMITS)
    await carry(context, rounds=3)
    assert revisions(cluster, DEDICATED) == model_names(serving, 1, 3)


async def test_a_serving_that_is_there_is_known(model: ModelVersion) -> None:
    """The newest revision of a dedicated serving is in no pool."""
    serving = await a_serving(model, mode=DEDICATED)
    (revision,) = await Revision.filter(serving_id=serving.id)
    assert revision.inference_service == revision.object_name
