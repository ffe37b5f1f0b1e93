"""Pools: filled by memory, the first with room first, opened as needed and no further than allowed."""

import asyncio

import pytest

from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.pools import DEDICATED, choose, open_pools, replicas
from tablecast.domain.revisions import heal
from tablecast.domain.servings import (
    ServingChange,
    ServingWish,
    create_serving,
    update_serving,
)
from tablecast.domain.sizing import POOL_MODELS_BYTES, model_memory
from tablecast.domain.states import RevisionState, ServingState
from tablecast.domain.tables import ModelVersion, Project, Revision, Serving
from tablecast.errors import LimitReached
from tablecast.settings import MIB, Limits
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

pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture
async def model() -> ModelVersion:
    """A model of which two fit into a pool."""
    return await a_large_model()


async def pools_of(*servings: Serving) -> list[str]:
    """Where the newest revision of each is."""
    found = [
        await Revision.filter(serving_id=one.id).order_by("-number").first() for one in servings
    ]
    return [one.inference_service for one in found if one is not None]


@pytest.mark.parametrize(
    ("filled", "memory", "near", "chosen"),
    [
        pytest.param({}, 1, "", "pool-1", id="the first"),
        pytest.param({"pool-1": [1]}, 1, "", "pool-1", id="room in the first"),
        pytest.param({"pool-10": [1], "pool-9": [1]}, 1, "", "pool-9", id="in order of numbers"),
        pytest.param({"pool-1": [300]}, 300, "", "pool-2", id="no room for a second copy"),
        pytest.param({"pool-1": [300]}, 300, "pool-1", "pool-1", id="it is the second copy"),
        pytest.param({"pool-1": [300, 300]}, 300, "pool-1", "pool-2", id="a third copy"),
        pytest.param({"pool-2": [300]}, 300, "", "pool-1", id="a number that is free again"),
    ],
)
def test_a_model_goes_to_the_first_pool_with_room(
    filled: dict[str, list[int]], memory: int, near: str, chosen: str
) -> None:
    in_bytes = {name: [each * MIB for each in sizes] for name, sizes in filled.items()}
    assert choose(in_bytes, memory * MIB, near) == chosen


def test_a_hundred_small_models_fit_into_one_pool() -> None:
    """With the room that one of them needs to be changed."""
    assert 101 * model_memory(50_000) <= POOL_MODELS_BYTES


async def test_pools_are_filled_one_after_another(model: ModelVersion) -> None:
    servings = [await a_serving(model) for _ in range(5)]
    assert await pools_of(*servings) == ["pool-1", "pool-1", "pool-2", "pool-2", "pool-3"]
    assert await open_pools(model.project_id) == ["pool-1", "pool-2", "pool-3"]


async def test_servings_that_come_at_once_do_not_find_the_same_room(model: ModelVersion) -> None:
    servings = await asyncio.gather(*(a_serving(model) for _ in range(6)))
    assert sorted(await pools_of(*servings)) == sorted(["pool-1", "pool-2", "pool-3"] * 2)


async def test_a_revision_stays_where_it_was_placed_and_the_next_one_beside_it(
    model: ModelVersion,
) -> None:
    first, second = await a_serving(model), await a_serving(model)
    other = await a_model_version(
        await a_training(
            await a_version(await Project.get(id=model.project_id), name="b"), name="B"
        ),
        size=LARGE,
    )
    await update_serving(ANN, second.id, ServingChange(model_version_id=other.id), LIMITS)
    assert await pools_of(first, second) == ["pool-1", "pool-1"]
    await update_serving(ANN, first.id, ServingChange(model_version_id=other.id), LIMITS)
    assert await pools_of(first) == ["pool-2"]
    kept = await Revision.get(serving_id=first.id, number=1)
    assert kept.inference_service == "pool-1"


async def test_room_is_free_again_only_when_a_model_was_seen_to_have_left(
    model: ModelVersion,
) -> None:
    first, _ = await a_serving(model), await a_serving(model)
    await Revision.filter(serving_id=first.id).update(state=RevisionState.RETIRING)
    assert await pools_of(await a_serving(model)) == ["pool-2"]
    await Revision.filter(serving_id=first.id).update(state=RevisionState.RETIRED)
    assert await pools_of(await a_serving(model)) == ["pool-1"]


async def test_no_more_pools_are_opened_than_the_limit_says(model: ModelVersion) -> None:
    """A typed error with what would be right, and nothing is left behind."""
    limits = Limits(pools=1)
    for name in ("a", "b"):
        await create_serving(ANN, ServingWish(model.project_id, name, model.id), limits)
    with pytest.raises(LimitReached) as refusal:
        await create_serving(ANN, ServingWish(model.project_id, "c", model.id), limits)
    assert (refusal.value.code, refusal.value.limit) == ("POOL_FULL", 1)
    assert "DEDICATED" in refusal.value.hint
    assert not await Serving.exists(name="c")
    wish = ServingWish(model.project_id, "c", model.id, mode=DEDICATED)
    assert (await create_serving(ANN, wish, limits)).row.mode == DEDICATED


async def test_what_is_healed_is_placed_all_the_same(model: ModelVersion) -> None:
    """It answered once: a limit of pools is no reason to leave it unserved."""
    servings = [await a_serving(model) for _ in range(8)]
    assert len(await open_pools(model.project_id)) == LIMITS.pools
    for one in servings[:2]:
        await Serving.filter(id=one.id).update(active_revision=1, state=ServingState.SERVABLE)
        async with deed(SYSTEM, one.project_id) as tx:
            assert await heal(tx, one.id, 1, "Some servers lost it.") is not None
    assert await pools_of(*servings[:2]) == ["pool-1", "pool-5"]


async def test_what_never_loaded_keeps_no_room_from_its_own_successor(model: ModelVersion) -> None:
    serving = await a_serving(model)
    await a_serving(model)
    for number in range(1, 6):
        async with deed(SYSTEM, serving.project_id) as tx:
            await heal(tx, serving.id, number, "It did not load.")
    assert await pools_of(serving) == ["pool-1"]
    assert (await Serving.get(id=serving.id)).revision == 6


async def test_a_pool_has_the_replicas_that_its_own_servings_wish(model: ModelVersion) -> None:
    wishes = (1, 2, 3, 1)
    for wish in wishes:
        await a_serving(model, replicas=wish)
    project = model.project_id
    assert [await replicas(project, name) for name in ("pool-1", "pool-2")] == [2, 3]
