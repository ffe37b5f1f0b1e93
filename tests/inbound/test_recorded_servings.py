"""What KServe was recorded to do, told to a serving."""

from itertools import groupby

import pytest

from tablecast.domain.states import RevisionState, ServingState
from tablecast.domain.tables import PredictorPod, Revision
from tests.inbound.recordings import events, labelled
from tests.inbound.servers import Servers, Stage, a_prober, a_stage
from tests.inbound.telling import tell


async def played(name: str, object_name: str) -> Stage:
    """A recording told to a serving whose object has that name in it."""
    stage = await a_stage()
    await Revision.filter(serving_id=stage.serving.id).update(
        object_name=object_name, inference_service="shared"
    )
    project = {"tablecast.dev/project": stage.project.id, "tablecast.dev/noun": "project"}
    for one in labelled(events(name), project, stage.project.namespace):
        if one.object["metadata"]["name"] == object_name:
            one.object["metadata"]["labels"].update(stage.own(1))
        await tell(one.kind, one.change)
    return stage


async def test_recorded_crash_loop(world: None) -> None:
    stage = await a_stage()
    await Revision.filter(serving_id=stage.serving.id).update(
        inference_service="shared", state=RevisionState.LOADING
    )
    labels = {"tablecast.dev/project": stage.project.id, "tablecast.dev/noun": "project"}
    for one in labelled(events("crash-loop"), labels, stage.project.namespace):
        await tell(one.kind, one.change)
    serving = await stage.seen()
    assert serving.blocked_by["code"] == "CRASH_LOOP"
    assert not serving.servable
    assert (await PredictorPod.get(inference_service="shared")).restarts == 3


async def test_recorded_artifact_that_is_missing_is_never_servable_though_all_is_ready(
    world: None,
) -> None:
    stage = await played("artifact-missing", "gone-1")
    await a_prober(Servers()).round()
    assert (await stage.seen()).state == ServingState.LOADING
    assert (await stage.revision(1)).state == RevisionState.LOADING


async def test_recorded_model_over_its_pools_memory(world: None) -> None:
    stage = await played("over-memory", "big-2")
    assert (await stage.seen()).blocked_by["code"] == "MEMORY"


@pytest.mark.parametrize(
    ("name", "object_name"), [("model-before-pool", "early-1"), ("pool-deleted-first", "left-1")]
)
async def test_recorded_model_that_a_controller_took_away_is_made_anew(
    world: None, name: str, object_name: str
) -> None:
    stage = await played(name, object_name)
    assert (await stage.seen()).revision == 2
    assert (await stage.revision(1)).state == RevisionState.RETIRED


async def test_recorded_pool_loses_its_pod_and_says_so_at_once(world: None) -> None:
    stage, servers = await a_stage(), Servers()
    await Revision.filter(serving_id=stage.serving.id).update(
        object_name="b-1", inference_service="shared"
    )
    prober, states = a_prober(servers), []
    labels = {"tablecast.dev/project": stage.project.id, "tablecast.dev/noun": "project"}
    for one in labelled(events("pool"), labels, stage.project.namespace):
        metadata = one.object["metadata"]
        if metadata["name"] == "b-1":
            metadata["labels"].update(stage.own(1))
        await tell(one.kind, one.change)
        # As recorded: the first pod loaded it, the one after it never did.
        if metadata["name"] == "b-1" and one.type == "ADDED":
            servers.load("b-1", "shared-predictor-5877df9dc4-2mdch")
            await prober.round()
        states.append(str((await stage.seen()).state))
    assert [state for state, _ in groupby(states)][:3] == ["PENDING", "SERVABLE", "UNAVAILABLE"]
