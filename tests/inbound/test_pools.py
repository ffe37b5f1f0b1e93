"""Pools: a serving is what the pods of its own pool say, and waits for what its own pool waits for."""

from tablecast.domain.tables import ModelVersion, Revision, Serving
from tablecast.inbound.changes import Changed
from tablecast.settings import MIB
from tests.domain.world import a_serving
from tests.inbound.servers import Servers, Stage, a_prober, a_stage, is_servable, served
from tests.inbound.telling import tell

QUOTA = (
    'pods "pool-2-predictor-x" is forbidden: exceeded quota: quota, '
    "requested: limits.memory=1Gi, used: limits.memory=2Gi, limited: limits.memory=2Gi"
)


async def second_pool(stage: Stage, **changes: object) -> Stage:
    """A serving of the same project for which the first pool had no room."""
    version = await ModelVersion.get(id=stage.serving.model_version_id)
    await ModelVersion.filter(id=version.id).update(bytes=20 * MIB)
    other = Stage(stage.project, await a_serving(version, **changes), version=1_000)
    (revision,) = await Revision.filter(serving_id=other.serving.id)
    assert revision.inference_service == "pool-2"
    return other


async def test_a_serving_is_asked_of_the_pods_of_its_own_pool(world: None) -> None:
    stage, servers = await a_stage(), Servers()
    await served(stage, servers, "p1")
    other = await second_pool(stage)
    name = await other.model(1)
    servers.load(name, "p1")
    prober = a_prober(servers)
    await prober.round()
    assert not (await other.seen()).servable
    await other.pod("p2", service="pool-2")
    servers.load(name, "p2")
    servers.asked.clear()
    await prober.round()
    assert is_servable(await other.seen())
    assert sorted(servers.asked) == [("p1", f"serving-{stage.serving.id}-r1"), ("p2", name)]


async def test_replicas_of_one_pool_are_not_waited_for_in_another(world: None) -> None:
    stage, servers = await a_stage(), Servers()
    prober = await served(stage, servers, "p1")
    await second_pool(stage, replicas=3)
    await prober.round()
    seen = await stage.seen()
    assert (seen.desired_replicas, is_servable(seen)) == (1, True)


async def test_a_pool_that_the_quota_has_no_room_for_says_so(world: None) -> None:
    """On the servings that wait for it, and on no other."""
    stage, servers = await a_stage(), Servers()
    await served(stage, servers, "p1")
    other = await second_pool(stage)
    condition = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate"}
    labels = {"serving.kserve.io/inferenceservice": "pool-2"}
    manifest = {
        "metadata": other.metadata("pool-2-predictor", **labels) | {"generation": 1},
        "status": {"observedGeneration": 1, "conditions": [condition | {"message": QUOTA}]},
    }
    await tell("Deployment", Changed(manifest))
    blocked = (await other.seen()).blocked_by
    assert blocked is not None
    assert (blocked["code"], "limits.memory=2Gi" in blocked["message"]) == ("QUOTA", True)
    assert (await Serving.get(id=stage.serving.id)).blocked_by is None
