"""A canary does not move predictions, however well it answers; what was observed of it is shown."""

import pytest

from tablecast.domain.canaries import promote_canary, roll_back_canary
from tablecast.domain.servings import ServingChange, update_serving
from tablecast.domain.states import OperationState, RevisionState, Verb
from tablecast.domain.tables import Operation
from tablecast.inbound.prober import Prober
from tests.domain.world import ANN, LIMITS, a_model_version, a_training, a_version
from tests.inbound.servers import Servers, Stage, a_stage, is_servable, operations, served
from tests.inbound.telling import types_told


async def canary_of(stage: Stage, servers: Servers, prober: Prober, percent: int = 30) -> str:
    """A second revision, out as a canary that answers; returns its object's name."""
    training = await a_training(await a_version(stage.project, name="other"), name="Other")
    version = await a_model_version(training)
    change = ServingChange(model_version_id=version.id, canary_percent=percent)
    await update_serving(ANN, stage.serving.id, change, LIMITS)
    await Operation.filter(subject_id=stage.serving.id, verb=Verb.UPDATE).update(
        state=OperationState.APPLIED
    )
    name = await stage.model(2)
    await prober.round()
    before = await stage.seen()
    assert (before.canary_servable, before.canary_since) == (False, None)
    servers.load(name, "p1")
    await prober.round()
    return name


@pytest.mark.parametrize("percent", [0, 30, 100])
async def test_a_canary_that_answers_leaves_predictions_where_they_are(
    world: None, percent: int
) -> None:
    stage, servers = await a_stage(), Servers()
    prober = await served(stage, servers, "p1")
    await canary_of(stage, servers, prober, percent)
    await prober.round()
    seen = await stage.seen()
    assert (seen.active_revision, seen.revision, seen.servable) == (1, 2, True)
    assert (seen.canary_servable, seen.canary_since is not None) == (True, True)
    assert await operations(stage, Verb.RETIRE) == []
    assert (await types_told(stage.project.id)).count("SERVING_CANARY") == 1


async def test_the_wish_of_a_canary_is_fulfilled_when_it_answers(world: None) -> None:
    stage, servers = await a_stage(), Servers()
    prober = await served(stage, servers, "p1")
    await canary_of(stage, servers, prober)
    (operation,) = await operations(stage, Verb.UPDATE)
    assert operation.state == OperationState.OBSERVED
    assert (await stage.seen()).observed_generation == 2


async def test_a_canary_that_is_lost_is_shown_so_and_made_anew_as_a_canary(world: None) -> None:
    stage, servers = await a_stage(), Servers()
    prober = await served(stage, servers, "p1")
    await canary_of(stage, servers, prober)
    await stage.model_gone(2)
    await prober.round()
    seen = await stage.seen()
    assert (seen.canary_servable, seen.servable) == (False, True)
    assert (seen.active_revision, seen.revision, seen.canary_percent) == (1, 3, 30)
    servers.load(await stage.model(3), "p1")
    await prober.round()
    assert (await stage.seen()).canary_servable


async def test_a_promoted_canary_is_observed_and_stays(world: None) -> None:
    stage, servers = await a_stage(), Servers()
    prober = await served(stage, servers, "p1")
    await canary_of(stage, servers, prober)
    await promote_canary(ANN, stage.serving.id)
    assert is_servable(await stage.seen())
    await Operation.filter(verb=Verb.UPDATE, state="ACCEPTED").update(state="APPLIED")
    await stage.model_gone(1)
    await prober.round()
    seen = await stage.seen()
    assert (seen.active_revision, seen.revision) == (2, 2)
    assert is_servable(seen)
    assert {one.state for one in await operations(stage, Verb.UPDATE)} == {"OBSERVED"}
    told = await types_told(stage.project.id)
    assert {"SERVING_PROMOTED", "SERVING_MOVED"} <= set(told)
    assert "SERVING_HEALED" not in told


async def test_a_canary_rolled_back_is_not_made_anew_when_it_goes(world: None) -> None:
    stage, servers = await a_stage(), Servers()
    prober = await served(stage, servers, "p1")
    await canary_of(stage, servers, prober)
    await roll_back_canary(ANN, stage.serving.id)
    await Operation.filter(verb=Verb.UPDATE, state="ACCEPTED").update(state="APPLIED")
    await stage.model_gone(2)
    await prober.round()
    seen = await stage.seen()
    assert (seen.active_revision, seen.revision, seen.canary_servable) == (1, 1, False)
    assert (await stage.revision(2)).state == RevisionState.RETIRED
    assert {one.state for one in await operations(stage, Verb.UPDATE)} <= {"OBSERVED", "SUPERSEDED"}
    assert "SERVING_HEALED" not in await types_told(stage.project.id)
    assert is_servable(seen)
