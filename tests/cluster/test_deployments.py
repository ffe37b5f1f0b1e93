"""Deployments keep their pods, which are reached over the port."""

from typing import Any

import pytest

from tablecast.cluster.embedded.cluster import EmbeddedCluster
from tablecast.cluster.port import DEPLOYMENT, POD, Call, Manifest, Target
from tablecast.errors import Unreachable

from .manifests import deployment, service
from .servers import SERVER
from .waiting import answer, until, until_answer, until_gone, until_object


async def test_a_deployments_pod_answers_through_its_service(
    cluster: EmbeddedCluster, space: str
) -> None:
    await cluster.create(deployment(space, "web", SERVER))
    await cluster.create(service(space, "web"))
    assert await until_answer(cluster, space, "web") == b"hello"
    made = await until_object(
        cluster, DEPLOYMENT, space, "web", lambda o: o["status"].get("availableReplicas")
    )
    assert made["status"]["readyReplicas"] == 1
    assert made["status"]["observedGeneration"] == 1
    conditions = {c["type"]: c["status"] for c in made["status"]["conditions"]}
    assert conditions == {"Available": "True", "Progressing": "True"}
    [only] = (await cluster.list(POD, namespace=space, selector="app=web")).objects
    direct = await answer(cluster, space, only["metadata"]["name"], port=8080, kind="Pod")
    assert direct == (200, b"hello")


async def test_a_body_is_streamed_both_ways(cluster: EmbeddedCluster, space: str) -> None:
    await cluster.create(deployment(space, "web", SERVER))
    await cluster.create(service(space, "web"))
    await until_answer(cluster, space, "web")

    async def parts() -> Any:
        for _ in range(64):
            yield b"x" * 65536

    headers = {"Content-Length": str(64 * 65536)}
    call = Call(Target(space, "web", 80), method="POST", headers=headers, body=parts())
    async with cluster.request(call) as response:
        sizes = [len(chunk) async for chunk in response.chunks()]
    assert sum(sizes) == 64 * 65536
    assert len(sizes) > 1


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(("Service", "nobody", 80), id="no service"),
        pytest.param(("Service", "idle", 80), id="no pod behind it"),
        pytest.param(("Service", "idle", 81), id="no such port"),
        pytest.param(("Pod", "nobody", 8080), id="no pod"),
    ],
)
async def test_what_is_not_there_is_unreachable(
    cluster: EmbeddedCluster, space: str, target: tuple[str, str, int]
) -> None:
    await cluster.create(service(space, "idle"))
    kind, name, port = target
    with pytest.raises(Unreachable):
        async with cluster.request(Call(Target(space, name, port, kind))):
            pass


async def test_a_deleted_pod_of_a_deployment_is_replaced(
    cluster: EmbeddedCluster, space: str
) -> None:
    await cluster.create(deployment(space, "web", SERVER))
    await cluster.create(service(space, "web"))
    await until_answer(cluster, space, "web")
    [first] = (await cluster.list(POD, namespace=space, selector="app=web")).objects
    await cluster.delete(POD, space, first["metadata"]["name"])
    await until_gone(cluster, POD, space, first["metadata"]["name"])
    assert await until_answer(cluster, space, "web") == b"hello"
    [second] = (await cluster.list(POD, namespace=space, selector="app=web")).objects
    assert second["metadata"]["uid"] != first["metadata"]["uid"]


async def test_a_new_template_comes_beside_the_old_and_no_request_fails(
    cluster: EmbeddedCluster, space: str
) -> None:
    await cluster.apply(deployment(space, "web", SERVER))
    await cluster.create(service(space, "web"))
    await until_answer(cluster, space, "web")
    changed = deployment(space, "web", SERVER)
    container = changed["spec"]["template"]["spec"]["containers"][0]
    container["env"] = [{"name": "HELLO", "value": "new"}]
    await cluster.apply(changed)
    seen: list[tuple[int, bytes] | None] = []

    async def moved() -> bool:
        seen.append(await answer(cluster, space, "web"))
        return seen[-1] == (200, b"new")

    await until(moved)

    async def alone() -> bool:
        return len((await cluster.list(POD, namespace=space, selector="app=web")).objects) == 1

    await until(alone)
    assert all(got and got[0] == 200 for got in seen)


async def test_replicas_come_and_go(cluster: EmbeddedCluster, space: str) -> None:
    async def scaled(count: int) -> None:
        await cluster.apply(deployment(space, "web", SERVER, replicas=count))

        async def exactly() -> bool:
            pods = (await cluster.list(POD, namespace=space, selector="app=web")).objects
            made = await cluster.get(DEPLOYMENT, space, "web")
            ready = made.get("status", {}).get("readyReplicas")
            return len(pods) == count and ready == count

        await until(exactly)

    for count in (2, 3, 0):
        await scaled(count)
    assert (await cluster.get(DEPLOYMENT, space, "web"))["status"]["replicas"] == 0


async def test_a_deployment_takes_its_pods_with_it(cluster: EmbeddedCluster, space: str) -> None:
    await cluster.create(deployment(space, "web", SERVER))
    await cluster.create(service(space, "web"))
    await until_answer(cluster, space, "web")
    [only] = (await cluster.list(POD, namespace=space, selector="app=web")).objects
    await cluster.delete(DEPLOYMENT, space, "web")
    await until_gone(cluster, POD, space, only["metadata"]["name"])
    assert await answer(cluster, space, "web") is None


async def test_a_server_that_exits_begins_again_and_backs_off(
    cluster: EmbeddedCluster, space: str
) -> None:
    await cluster.create(deployment(space, "web", "print('no'); raise SystemExit(1)"))

    async def crashing() -> Manifest | None:
        for each in (await cluster.list(POD, namespace=space, selector="app=web")).objects:
            for status in each["status"].get("containerStatuses", []):
                if status["state"].get("waiting", {}).get("reason") == "CrashLoopBackOff":
                    return status
        return None

    status = await until(crashing)
    assert status is not None
    assert status["restartCount"] == 1
    assert status["lastState"]["terminated"]["exitCode"] == 1
    made = await cluster.get(DEPLOYMENT, space, "web")
    available = next(c for c in made["status"]["conditions"] if c["type"] == "Available")
    assert available["reason"] == "MinimumReplicasUnavailable"


async def test_a_failed_liveness_probe_ends_the_container(
    cluster: EmbeddedCluster, space: str
) -> None:
    sick = deployment(space, "web", SERVER)
    probe = {"httpGet": {"path": "/", "port": 9}, "periodSeconds": 1, "failureThreshold": 1}
    sick["spec"]["template"]["spec"]["containers"][0]["livenessProbe"] = probe
    await cluster.create(sick)

    async def restarted() -> bool:
        pods = (await cluster.list(POD, namespace=space, selector="app=web")).objects
        statuses = [s for p in pods for s in p["status"].get("containerStatuses", [])]
        return any(status["restartCount"] for status in statuses)

    await until(restarted)
