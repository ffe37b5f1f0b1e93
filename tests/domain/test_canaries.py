"""Canaries: a share of predictions for the new, until somebody promotes it or rolls it back."""

import pytest

from tablecast.domain.canaries import answering, promote_canary, roll_back_canary
from tablecast.domain.deeds import Asked
from tablecast.domain.servings import ServingChange, can_predict, update_serving
from tablecast.domain.states import RevisionState, ServingState, Verb
from tablecast.domain.tables import ModelVersion, Operation, Project, Revision, Serving
from tablecast.errors import Conflict, Mistake
from tests.domain.world import (
    ANN,
    LIMITS,
    a_model_version,
    a_project,
    a_serving,
    a_training,
    a_version,
)

pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture
async def serving() -> Serving:
    """A dedicated serving that answers."""
    version = await a_model_version(await a_training(await a_version(await a_project())))
    serving = await a_serving(version, mode="DEDICATED")
    await Revision.filter(serving_id=serving.id).update(state=RevisionState.LOADED)
    await Serving.filter(id=serving.id).update(
        active_revision=1, loaded_replicas=1, desired_replicas=1, state=ServingState.SERVABLE
    )
    return await now(serving)


async def now(serving: Serving) -> Serving:
    return await Serving.get(id=serving.id)


async def another(serving: Serving, name: str = "other") -> ModelVersion:
    """A model version that the serving could change to."""
    project = await Project.get(id=serving.project_id)
    return await a_model_version(await a_training(await a_version(project, name=name), name=name))


async def with_canary(serving: Serving, percent: int = 20, *, servable: bool = True) -> Serving:
    """The serving with a canary out, which answers or not yet."""
    change = ServingChange(model_version_id=(await another(serving)).id, canary_percent=percent)
    await update_serving(ANN, serving.id, change, LIMITS)
    if servable:
        await Revision.filter(serving_id=serving.id, number=2).update(
            state=RevisionState.LOADED, loaded_replicas=1, desired_replicas=1
        )
        await Serving.filter(id=serving.id).update(canary_servable=True)
    return await now(serving)


async def asked(serving: Serving, chance: float) -> list[int]:
    """Numbers of the revisions that a prediction would be sent to, in order."""
    return [one.number for one in await answering(serving, chance)]


async def test_a_canary_gets_its_share_and_each_is_the_others_fallback(serving: Serving) -> None:
    canary = await with_canary(serving, 20)
    assert await asked(canary, 0.19) == [2, 1]
    assert await asked(canary, 0.2) == [1, 2]
    await Serving.filter(id=serving.id).update(loaded_replicas=0)
    lost = await now(serving)
    assert (await asked(lost, 0.9), can_predict(lost)) == ([2], True)


async def test_a_canary_gets_nothing_before_it_answers(serving: Serving) -> None:
    canary = await with_canary(serving, 100, servable=False)
    assert await asked(canary, 0.0) == [1]


async def test_a_share_of_nothing_is_nothing(serving: Serving) -> None:
    """It is loaded and looked at, and answers nobody."""
    canary = await with_canary(serving, 0)
    assert await asked(canary, 0.0) == [1]
    await Serving.filter(id=serving.id).update(loaded_replicas=0)
    assert not can_predict(await now(serving))


async def test_a_share_is_changed_without_a_new_revision(serving: Serving) -> None:
    await with_canary(serving, 20)
    await update_serving(ANN, serving.id, ServingChange(canary_percent=50), LIMITS)
    after = await now(serving)
    assert (after.canary_percent, after.revision, after.canary_servable) == (50, 2, True)
    await update_serving(ANN, serving.id, ServingChange(replicas=2), LIMITS)
    assert (await now(serving)).canary_percent == 50


async def test_a_promoted_canary_answers_alone_and_the_old_goes(serving: Serving) -> None:
    canary = await with_canary(serving)
    outcome = await promote_canary(ANN, serving.id)
    after = await now(serving)
    assert (after.active_revision, after.revision, after.canary_percent) == (2, 2, None)
    assert after.model_version_id == canary.model_version_id
    assert await asked(after, 0.0) == [2]
    assert (outcome.operation.verb, outcome.operation.generation) == (Verb.UPDATE, 3)
    assert await Operation.exists(subject_id=serving.id, verb=Verb.RETIRE, state="ACCEPTED")


async def test_a_canary_rolled_back_answers_nobody_and_goes(serving: Serving) -> None:
    await with_canary(serving)
    outcome = await roll_back_canary(ANN, serving.id)
    after = await now(serving)
    assert (after.active_revision, after.revision, after.canary_percent) == (1, 1, None)
    assert after.model_version_id == serving.model_version_id
    assert await asked(after, 0.0) == [1]
    assert outcome.operation.state == "ACCEPTED"
    assert await Operation.exists(subject_id=serving.id, verb=Verb.RETIRE, state="ACCEPTED")


async def test_what_comes_after_a_roll_back_has_a_number_of_its_own(serving: Serving) -> None:
    await with_canary(serving)
    await roll_back_canary(ANN, serving.id)
    change = ServingChange(model_version_id=(await another(serving, "third")).id)
    await update_serving(ANN, serving.id, change, LIMITS)
    assert (await now(serving)).revision == 3


async def test_a_roll_back_to_what_was_lost_meanwhile_makes_it_anew_beside_the_canary(
    serving: Serving,
) -> None:
    """Predictions go on: the canary answers until the old one does again."""
    await with_canary(serving)
    await Revision.filter(serving_id=serving.id, number=1).update(state=RevisionState.RETIRED)
    await roll_back_canary(ANN, serving.id)
    after = await now(serving)
    made = await Revision.get(serving_id=serving.id, number=3)
    assert (after.active_revision, after.revision) == (2, 3)
    assert (made.state, made.model_version_id) == ("PENDING", serving.model_version_id)


@pytest.mark.parametrize("settle", [promote_canary, roll_back_canary])
async def test_what_is_no_canary_cannot_be_settled(serving: Serving, settle) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Conflict) as refusal:
        await settle(ANN, serving.id)
    assert refusal.value.code == "NO_CANARY"


async def test_a_canary_that_does_not_answer_is_not_promoted(serving: Serving) -> None:
    await with_canary(serving, servable=False)
    with pytest.raises(Conflict) as refusal:
        await promote_canary(ANN, serving.id)
    assert refusal.value.code == "CANARY_NOT_SERVABLE"
    assert (await roll_back_canary(ANN, serving.id)).row.revision == 1


@pytest.mark.parametrize("settle", [promote_canary, roll_back_canary])
async def test_the_same_key_settles_once(serving: Serving, settle) -> None:  # type: ignore[no-untyped-def]
    """The second answer is the first one."""
    await with_canary(serving)
    key = Asked(subject="ann", key="k", fingerprint="f")
    first, second = await settle(key, serving.id), await settle(key, serving.id)
    assert first.operation.id == second.operation.id
    assert (await now(serving)).generation == 3


async def test_the_next_update_takes_a_canary_s_place(serving: Serving) -> None:
    """Without a share it moves as soon as it is loaded; the canary before it goes."""
    await with_canary(serving)
    change = ServingChange(model_version_id=(await another(serving, "third")).id)
    await update_serving(ANN, serving.id, change, LIMITS)
    after = await now(serving)
    assert (after.canary_percent, after.canary_servable, after.revision) == (None, False, 3)
    assert await asked(after, 0.0) == [1]
    assert await Operation.exists(subject_id=serving.id, verb=Verb.RETIRE, state="ACCEPTED")


@pytest.mark.parametrize("percent", [-1, 101])
async def test_a_share_is_a_percentage(serving: Serving, percent: int) -> None:
    change = ServingChange(model_version_id=serving.model_version_id, canary_percent=percent)
    with pytest.raises(Mistake) as refusal:
        await update_serving(ANN, serving.id, change, LIMITS)
    assert (refusal.value.code, refusal.value.field) == ("OUT_OF_RANGE", "canaryPercent")


async def test_a_canary_needs_something_new_and_something_old(serving: Serving) -> None:
    with pytest.raises(Conflict) as nothing_new:
        await update_serving(ANN, serving.id, ServingChange(canary_percent=5), LIMITS)
    assert nothing_new.value.code == "NO_CANARY"
    await Serving.filter(id=serving.id).update(active_revision=0)
    change = ServingChange(model_version_id=(await another(serving)).id, canary_percent=5)
    with pytest.raises(Conflict) as nothing_old:
        await update_serving(ANN, serving.id, change, LIMITS)
    assert nothing_old.value.code == "NOT_SERVABLE"
    assert (await now(serving)).canary_percent is None
