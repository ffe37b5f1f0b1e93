"""What servers do not load, or somebody takes away, is made anew under the next name."""

import asyncio
from collections.abc import Callable

import pytest

from tablecast.domain.states import ProjectState, RevisionState, ServingState, Verb
from tablecast.domain.tables import Event, Project, Revision, Serving
from tests.inbound.servers import Servers, Stage, a_prober, a_stage, is_servable, operations, served


async def test_what_is_not_loaded_in_its_time_is_made_anew_under_another_name(world: None) -> None:
    stage, servers = await a_stage(), Servers()
    await stage.model(1)
    await stage.pod("p1")
    prober = a_prober(servers, load_seconds=0.05)
    await prober.round()
    assert (await stage.seen()).revision == 1
    await asyncio.sleep(0.06)
    await prober.round()
    serving = await stage.seen()
    assert serving.revision == 2
    first, second = await stage.revision(1), await stage.revision(2)
    assert (first.state, second.state) == (RevisionState.FAILED, RevisionState.PENDING)
    assert second.object_name != first.object_name
    assert second.model_version_id == first.model_version_id
    assert len(await operations(stage, Verb.HEAL)) == 1
    servers.load(await stage.model(2), "p1")
    await prober.round()
    assert is_servable(await stage.seen())
    assert len(await operations(stage, Verb.RETIRE)) == 1


async def test_what_a_server_says_of_a_model_that_it_refuses_is_told(world: None) -> None:
    """On the revision that failed and in the feed."""
    stage, servers = (
        await a_stage(),
        Servers(says="the server died 2 times while it loaded this file"),
    )
    await stage.model(1)
    await stage.pod("p1")
    prober = a_prober(servers, load_seconds=0.0)
    await prober.round()
    await asyncio.sleep(0.01)
    await prober.round()
    failed = await stage.revision(1)
    assert (failed.state, servers.says in failed.message) == (RevisionState.FAILED, True)
    (healed,) = await Event.filter(type="SERVING_HEALED", subject_id=stage.serving.id)
    assert servers.says in healed.message


async def test_a_lost_model_is_made_anew_beside_the_one_that_some_still_have(world: None) -> None:
    stage, servers = await a_stage(replicas=2), Servers()
    await served(stage, servers, "p1", "p2")
    servers.loaded["p2"].clear()
    prober = a_prober(servers, load_seconds=0.0)
    await prober.round()
    await asyncio.sleep(0.01)
    await prober.round()
    serving = await stage.seen()
    assert (serving.active_revision, serving.revision) == (1, 2)
    assert (await stage.revision(1)).state == RevisionState.LOADED
    servers.load(await stage.model(2), "p1", "p2")
    await prober.round()
    serving = await stage.seen()
    assert (serving.active_revision, serving.servable) == (2, True)


async def test_each_failure_waits_longer_before_the_next(world: None) -> None:
    stage, servers = await a_stage(), Servers()
    await stage.model(1)
    await stage.pod("p1")
    prober = a_prober(servers, load_seconds=0.1)
    await prober.round()
    await asyncio.sleep(0.11)
    await prober.round()
    await stage.model(2)
    await prober.round()
    await asyncio.sleep(0.11)
    await prober.round()
    assert (await stage.seen()).revision == 2
    await asyncio.sleep(0.1)
    await prober.round()
    assert (await stage.seen()).revision == 3


async def no_pods(stage: Stage) -> None:
    """No server is there that could load anything."""


async def unready(stage: Stage) -> None:
    await stage.pod("p1", ready=False)


async def out_of_memory(stage: Stage) -> None:
    await stage.pod("p1")
    await stage.model(1, memory="False")


async def being_deleted(stage: Stage) -> None:
    await stage.pod("p1")
    await Serving.filter(id=stage.serving.id).update(state=ServingState.DELETING)


async def project_going(stage: Stage) -> None:
    await stage.pod("p1")
    await Project.filter(id=stage.project.id).update(state=ProjectState.DELETING)


@pytest.mark.parametrize(
    "hindrance", [no_pods, unready, out_of_memory, being_deleted, project_going]
)
async def test_nothing_is_made_anew_that_would_not_load_under_another_name_either(
    world: None, hindrance: Callable
) -> None:
    stage, servers = await a_stage(), Servers()
    await stage.model(1)
    await hindrance(stage)
    prober = a_prober(servers, load_seconds=0.0)
    for _ in range(3):
        await prober.round()
        await asyncio.sleep(0.005)
    assert (await stage.seen()).revision == 1


async def test_an_object_that_vanished_is_made_anew_at_once(world: None) -> None:
    stage, servers = await a_stage(), Servers()
    await served(stage, servers, "p1")
    await stage.model_gone(1)
    serving = await stage.seen()
    assert serving.revision == 2
    assert not serving.servable
    assert len(await operations(stage, Verb.HEAL)) == 1


async def test_an_object_told_to_go_is_retired_when_it_has_gone(world: None) -> None:
    stage, servers = await a_stage(), Servers()
    await served(stage, servers, "p1")
    await Revision.filter(id=(await stage.revision(1)).id).update(state=RevisionState.RETIRING)
    await stage.model_gone(1)
    assert (await stage.revision(1)).state == RevisionState.RETIRED
    assert (await stage.seen()).revision == 1
