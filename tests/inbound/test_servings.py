"""A serving is what its pods say, and moves when they all answer."""

import random

import pytest

from tablecast.domain.servings import ServingChange, update_serving
from tablecast.domain.states import OperationState, RevisionState, ServingState, Verb
from tablecast.domain.tables import Operation, PredictorPod, Serving
from tests.domain.world import ANN, LIMITS, a_model_version, a_training, a_version
from tests.inbound.servers import Servers, Stage, a_prober, a_stage, is_servable, operations, served
from tests.inbound.telling import types_told


async def another_version(stage: Stage) -> str:
    training = await a_training(await a_version(stage.project, name="other"), name="Other")
    return (await a_model_version(training)).id


async def test_ready_conditions_alone_make_nothing_servable(world: None) -> None:
    stage, servers = await a_stage(), Servers()
    await stage.model(1)
    await stage.pod("p1")
    await a_prober(servers).round()
    serving = await stage.seen()
    assert (serving.state, serving.servable) == (ServingState.LOADING, False)
    assert servers.asked == [("p1", f"serving-{stage.serving.id}-r1")]


async def test_a_serving_is_servable_once_every_replica_answers(world: None) -> None:
    stage, servers = await a_stage(replicas=2), Servers()
    name = await stage.model(1)
    await stage.pod("p1")
    await stage.pod("p2")
    prober = a_prober(servers)
    servers.load(name, "p1")
    await prober.round()
    assert not is_servable(await stage.seen())
    assert (await stage.revision(1)).loaded_replicas == 1
    servers.load(name, "p2")
    await prober.round()
    serving = await stage.seen()
    assert is_servable(serving)
    assert (serving.active_revision, serving.loaded_replicas, serving.desired_replicas) == (1, 2, 2)
    assert (await stage.revision(1)).state == RevisionState.LOADED
    assert "SERVING_SERVABLE" in await types_told(stage.project.id)


async def test_the_wish_is_seen_fulfilled_when_the_model_answers(world: None) -> None:
    stage, servers = await a_stage(), Servers()
    await Operation.filter(subject_id=stage.serving.id).update(state=OperationState.APPLIED)
    await served(stage, servers, "p1")
    operation = (await operations(stage, Verb.CREATE))[0]
    assert operation.state == OperationState.OBSERVED
    assert (await stage.seen()).observed_generation == 1


async def test_a_killed_server_is_not_servable_at_once_nor_before_it_was_asked_again(
    world: None,
) -> None:
    stage, servers = await a_stage(), Servers()
    prober = await served(stage, servers, "p1")
    assert is_servable(await stage.seen())
    await stage.pod("p1", ready=False, restarts=1)
    serving = await stage.seen()
    assert (serving.state, serving.servable) == (ServingState.UNAVAILABLE, False)
    await stage.pod("p1", ready=True, restarts=1)
    assert not (await stage.seen()).servable
    servers.loaded.clear()
    await prober.round()
    assert not (await stage.seen()).servable
    servers.load(f"serving-{stage.serving.id}-r1", "p1")
    await prober.round()
    assert is_servable(await stage.seen())
    told = await types_told(stage.project.id)
    assert told.index("SERVING_UNAVAILABLE") > told.index("SERVING_SERVABLE")


async def test_a_restart_so_quick_that_the_pod_was_never_unready_has_to_answer_anew(
    world: None,
) -> None:
    stage, servers = await a_stage(), Servers()
    await served(stage, servers, "p1")
    await stage.pod("p1", restarts=1)
    assert not (await stage.seen()).servable


async def test_a_ready_pod_without_the_model_takes_servable_away(world: None) -> None:
    stage, servers = await a_stage(), Servers()
    prober = await served(stage, servers, "p1")
    await stage.pod("p2")
    await prober.round()
    serving = await stage.seen()
    assert not serving.servable
    assert serving.state == ServingState.DEGRADED
    await stage.pod_gone("p2")
    assert is_servable(await stage.seen())


async def test_a_pod_that_starts_beside_takes_nothing_away(world: None) -> None:
    stage, servers = await a_stage(), Servers()
    await served(stage, servers, "p1")
    await stage.pod("p2", ready=False)
    assert is_servable(await stage.seen())


async def test_whoever_follows_a_serving_is_told_of_a_pod_beside(world: None) -> None:
    """Its coming and what it waits for, though the serving goes on as it was."""
    stage, servers = await a_stage(), Servers()
    await served(stage, servers, "p1")
    before = len(await types_told(stage.project.id))
    await stage.pod("p2", ready=False)
    await stage.pod("p2", ready=False, waiting={"reason": "ImagePullBackOff", "message": "none"})
    await stage.pod("p2", ready=False, waiting={"reason": "ImagePullBackOff", "message": "none"})
    assert (await types_told(stage.project.id))[before:] == ["SERVING_UPDATED"] * 2


async def test_a_deleted_pod_is_forgotten(world: None) -> None:
    stage, servers = await a_stage(), Servers()
    await served(stage, servers, "p1")
    await stage.pod_gone("p1")
    assert await PredictorPod.all().count() == 0
    assert (await stage.seen()).state == ServingState.UNAVAILABLE


async def test_an_update_moves_when_the_new_revision_answers_everywhere(world: None) -> None:
    stage, servers = await a_stage(replicas=2), Servers()
    prober = await served(stage, servers, "p1", "p2")
    change = ServingChange(model_version_id=await another_version(stage))
    await update_serving(ANN, stage.serving.id, change, LIMITS)
    name = await stage.model(2)
    servers.load(name, "p1")
    await prober.round()
    serving = await stage.seen()
    assert (serving.active_revision, serving.servable) == (1, True)
    assert await operations(stage, Verb.RETIRE) == []
    servers.load(name, "p2")
    await prober.round()
    serving = await stage.seen()
    assert (serving.active_revision, serving.servable) == (2, True)
    assert [one.state for one in await operations(stage, Verb.RETIRE)] == ["ACCEPTED"]
    assert "SERVING_MOVED" in await types_told(stage.project.id)


async def test_whoever_follows_a_serving_is_told_of_each_change_of_its_revisions(
    world: None,
) -> None:
    """Also of those that leave the serving's own row as it was: it loads, on one replica, and is gone."""
    stage, servers = await a_stage(replicas=2), Servers()
    prober = await served(stage, servers, "p1", "p2")
    change = ServingChange(model_version_id=await another_version(stage))
    await update_serving(ANN, stage.serving.id, change, LIMITS)

    async def told_since(sequence: int) -> list[str]:
        return (await types_told(stage.project.id))[sequence:]

    before = len(await types_told(stage.project.id))
    name = await stage.model(2)
    assert "SERVING_UPDATED" in await told_since(before)

    before = len(await types_told(stage.project.id))
    servers.load(name, "p1")
    await prober.round()
    assert (await stage.revision(2)).loaded_replicas == 1
    assert "SERVING_UPDATED" in await told_since(before)

    servers.load(name, "p2")
    await prober.round()
    await prober.round()
    before = len(await types_told(stage.project.id))
    await stage.model_gone(1)
    assert (await stage.revision(1)).state == RevisionState.RETIRED
    assert "SERVING_UPDATED" in await told_since(before)


@pytest.mark.parametrize(
    ("waiting", "code"),
    [
        ({"reason": "CrashLoopBackOff", "message": "back-off 10s"}, "CRASH_LOOP"),
        ({"reason": "ImagePullBackOff", "message": "no such image"}, "IMAGE_PULL"),
        ({"reason": "CreateContainerConfigError", "message": "no secret"}, "CONTAINER"),
    ],
)
async def test_what_a_pod_waits_for_is_what_its_servings_wait_for(
    world: None, waiting: dict[str, str], code: str
) -> None:
    stage, servers = await a_stage(), Servers()
    await stage.model(1)
    await stage.pod("p1", ready=False, waiting=waiting)
    blocked = (await stage.seen()).blocked_by
    assert (blocked["code"], waiting["message"] in blocked["message"]) == (code, True)
    told = len(await types_told(stage.project.id))
    await stage.pod("p1", ready=False, waiting=waiting | {"message": "back-off 20s"})
    assert len(await types_told(stage.project.id)) == told
    await stage.pod("p1")
    servers.load(f"serving-{stage.serving.id}-r1", "p1")
    await a_prober(servers).round()
    assert (await stage.seen()).blocked_by is None


async def test_a_model_that_its_pool_has_no_memory_for_says_so(world: None) -> None:
    stage = await a_stage()
    await stage.pod("p1")
    await stage.model(1, memory="False")
    blocked = (await stage.seen()).blocked_by
    assert blocked["code"] == "MEMORY"
    assert "not have enough memory" in blocked["message"]


async def test_what_the_relay_waits_for_is_not_taken_away(world: None) -> None:
    stage = await a_stage()
    told = {"code": "OPERATION_FAILED", "message": "denied", "since": "2026-01-01"}
    await Serving.filter(id=stage.serving.id).update(blocked_by=told)
    await stage.pod("p1")
    assert (await stage.seen()).blocked_by == told


async def test_a_quiet_round_writes_nothing_and_tells_nobody(world: None) -> None:
    stage, servers = await a_stage(), Servers()
    prober = await served(stage, servers, "p1")
    before = (await stage.seen()).updated_at, await types_told(stage.project.id)
    assert await prober.round() is False
    assert ((await stage.seen()).updated_at, await types_told(stage.project.id)) == before


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_pods_do_servable_means_that_each_one_in_service_answers(
    world: None, seed: int
) -> None:
    """Between rounds it may fall by itself, but never rise."""
    chance = random.Random(seed)
    stage, servers = await a_stage(replicas=2), Servers()
    name, prober = await stage.model(1), a_prober(servers)
    ready: dict[str, bool] = {}
    restarts = dict.fromkeys(("p1", "p2", "p3"), 0)
    for _ in range(40):
        pod = chance.choice(list(restarts))
        match chance.choice(
            ("ready", "unready", "restart", "load", "lose", "go", "round", "round")
        ):
            case "ready" | "unready" as what:
                ready[pod] = what == "ready"
                await stage.pod(pod, ready=ready[pod], restarts=restarts[pod])
            case "restart" if pod in ready:
                restarts[pod] += 1
                servers.loaded.pop(pod, None)
                await stage.pod(pod, ready=ready[pod], restarts=restarts[pod])
            case "load":
                servers.load(name, pod)
            case "lose":
                servers.loaded.pop(pod, None)
                await prober.round()
            case "go" if ready.pop(pod, None) is not None:
                # A pod of the same name is another one to the cluster; here names stay gone.
                await stage.pod_gone(pod)
                del restarts[pod]
                if not restarts:
                    break
            case _:
                await prober.round()
        if (await stage.seen()).servable:
            serving = [one for one, yes in ready.items() if yes]
            assert serving
            assert all(name in servers.loaded.get(one, ()) for one in serving)


async def test_an_old_event_of_a_pod_changes_nothing(world: None) -> None:
    stage, servers = await a_stage(), Servers()
    await served(stage, servers, "p1")
    stage.version = 10
    await stage.pod("p1", ready=False)
    assert is_servable(await stage.seen())
