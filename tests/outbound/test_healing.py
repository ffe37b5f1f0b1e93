"""Healing: a model that does not load, or vanished, is made anew under the next name."""

import pytest

from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.revisions import heal
from tablecast.domain.servings import (
    ServingChange,
    update_serving,
)
from tablecast.domain.states import Verb
from tablecast.domain.tables import ModelVersion, Serving
from tablecast.outbound.context import Context
from tablecast.settings import MIB
from tests.domain.world import (
    ANN,
    LIMITS,
    a_model_version,
    a_project,
    a_training,
    a_version,
)
from tests.outbound.fakes import FakeCluster
from tests.outbound.relaying import carry
from tests.outbound.serving import answer, model_names, placed, serve, state_of

pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture
async def model() -> ModelVersion:
    """A model version that may be served."""
    return await a_model_version(await a_training(await a_version(await a_project())))


async def test_healing_is_a_new_name_and_leaves_the_persons_wish_open(
    cluster: FakeCluster, context: Context, model: ModelVersion
) -> None:
    """Its agent never tries again under the old one."""
    serving = await serve(cluster, context, model)
    async with deed(SYSTEM, serving.project_id) as tx:
        await heal(tx, serving.id, 1, "It did not load.")
    async with deed(SYSTEM, serving.project_id) as tx:
        assert await heal(tx, serving.id, 1, "It did not load.") is None
    await carry(context, rounds=2)
    assert cluster.names("TrainedModel") == model_names(serving, 1, 2)
    assert await state_of(serving, Verb.CREATE) == "APPLIED"


async def test_a_model_deleted_by_somebody_is_not_brought_back_under_its_old_name(
    cluster: FakeCluster, context: Context, model: ModelVersion
) -> None:
    """The agent would keep what it knew of that name; the next revision takes its place."""
    serving = await serve(cluster, context, model)
    cluster.vanish("TrainedModel")
    await update_serving(ANN, serving.id, ServingChange(replicas=2), LIMITS)
    await carry(context, rounds=2)
    assert cluster.names("TrainedModel") == []
    async with deed(SYSTEM, serving.project_id) as tx:
        await heal(tx, serving.id, 1, "Its object was deleted.")
    await carry(context, rounds=2)
    assert cluster.names("TrainedModel") == model_names(serving, 2)
    assert await state_of(serving, Verb.UPDATE) == "APPLIED"


async def test_what_its_pool_has_no_room_for_beside_the_old_is_made_in_another(
    cluster: FakeCluster, context: Context, model: ModelVersion
) -> None:
    """A full pool keeps nobody unhealed; who leaves it last has it removed."""
    await ModelVersion.filter(id=model.id).update(bytes=25 * MIB)
    serving = await serve(cluster, context, model)
    for number in (1, 2):
        await Serving.filter(id=serving.id).update(active_revision=number)
        async with deed(SYSTEM, serving.project_id) as tx:
            await heal(tx, serving.id, number, "Some servers lost it.")
        await carry(context)
        cluster.make_ready("InferenceService")
        await carry(context)
    assert placed(cluster) == ["pool-1", "pool-1", "pool-2"]
    await answer(serving)
    await carry(context, rounds=3)
    assert placed(cluster) == ["pool-2"]
    assert cluster.names("InferenceService") == ["pool-2"]


async def test_what_never_loaded_does_not_keep_the_next_one_out_of_a_full_pool(
    cluster: FakeCluster, context: Context, model: ModelVersion
) -> None:
    """It makes room; otherwise healing would end with the second try."""
    await ModelVersion.filter(id=model.id).update(bytes=25 * MIB)
    serving = await serve(cluster, context, model)
    for number in (1, 2):
        async with deed(SYSTEM, serving.project_id) as tx:
            await heal(tx, serving.id, number, "It did not load.")
        await carry(context, rounds=2)
    assert cluster.names("TrainedModel") == model_names(serving, 3)
