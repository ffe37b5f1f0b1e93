"""A cluster's only node is drained and comes back: what stood on it waits, says so, and goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import pytest

from tablecast.cluster.kubernetes.cluster import KubernetesCluster
from tablecast.cluster.kubernetes.server import Ask
from tablecast.cluster.port import POD
from tablecast.errors import ClusterBusy, ObjectMissing
from tablecast_demo import documents as demo
from tablecast_demo.session import Session
from tests.cluster.waiting import until
from tests.end_to_end import documents, job
from tests.end_to_end.server import Server
from tests.node.place import PATIENCE, namespace_of, running_step

pytestmark = [pytest.mark.cluster, pytest.mark.node, pytest.mark.slow]

NODES = "/api/v1/nodes"
MERGE = {"Content-Type": "application/merge-patch+json"}
JSON = {"Content-Type": "application/json"}
# Rows and seconds: a search that is under way when the node goes.
ROWS = 20_000
LONG = {"algorithm": "AUTO", "timeBudgetSeconds": 20, "name": "drained"}


async def test_a_drained_node_is_waited_for_and_nothing_is_lost(
    server: Server, kubernetes: KubernetesCluster
) -> None:
    """A training under way and a model in service: both say what they wait for, and both go on."""
    async with asyncio.timeout(2 * PATIENCE), Session(server.url) as session:
        made = await job.whole(session, "drained")
        namespace = await namespace_of(session, made["Project"])
        upload = await job.upload(session, made["Project"], job.table(ROWS))
        version = await job.dataset(session, upload, "large")
        await job.seen(session, demo.FOLLOW_VERSION, version, state="READY")
        training = await job.training(session, version, **LONG)
        await running_step(kubernetes, namespace, "train")
        async with _cordoned(kubernetes):
            await _evicted(kubernetes, namespace)
            await job.seen(session, documents.FOLLOW_SERVING, made["Serving"], servable=False)
            await _waits_for_a_node(session, documents.FOLLOW_SERVING, made["Serving"])
            await _waits_for_a_node(session, documents.FOLLOW_TRAINING, training)
        await job.servable(session, made["Serving"])
        assert await job.predict(session, made["Serving"]) == "bee"
        await job.seen(session, documents.FOLLOW_TRAINING, training, state="SUCCEEDED")


async def _waits_for_a_node(session: Session, document: str, subject: str) -> None:
    async for seen in session.follow(document, id=subject):
        if (seen["blockedBy"] or {}).get("code") == "UNSCHEDULABLE":
            return
        assert seen["state"] not in ("FAILED", "SUCCEEDED"), seen


@asynccontextmanager
async def _cordoned(cluster: KubernetesCluster) -> AsyncIterator[None]:
    """No new pod finds a node while the context lasts."""
    nodes = (await cluster._server.ask(Ask("GET", NODES)))["items"]
    if len(nodes) != 1:
        pytest.skip("needs a cluster of one node: others would be drained of what is not ours")
    name = nodes[0]["metadata"]["name"]
    await _schedulable(cluster, name, False)
    try:
        yield
    finally:
        await _schedulable(cluster, name, True)


async def _schedulable(cluster: KubernetesCluster, name: str, may: bool) -> None:
    body = orjson.dumps({"spec": {"unschedulable": not may}})
    await cluster._server.ask(Ask("PATCH", f"{NODES}/{name}", headers=MERGE, body=body))


async def _evicted(cluster: KubernetesCluster, namespace: str) -> None:
    """Evict a namespace's pods as `kubectl drain` does; return once those are gone."""
    there = (await cluster.list(POD, namespace=namespace)).objects
    running = [one["metadata"] for one in there if one["status"]["phase"] == "Running"]
    for pod in running:
        await until(lambda pod=pod: _evict(cluster, pod), PATIENCE)

    async def gone() -> bool:
        left = (await cluster.list(POD, namespace=namespace)).objects
        uids = {one["metadata"]["uid"] for one in left}
        return uids.isdisjoint(pod["uid"] for pod in running)

    await until(gone, PATIENCE)


async def _evict(cluster: KubernetesCluster, pod: dict[str, str]) -> bool:
    """Whether it is going; a disruption budget may ask for patience."""
    named = {"name": pod["name"], "namespace": pod["namespace"]}
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": named}
    path = "/api/v1/namespaces/{namespace}/pods/{name}/eviction".format(**named)
    try:
        await cluster._server.ask(Ask("POST", path, headers=JSON, body=orjson.dumps(body)))
    except ClusterBusy:
        return False
    except ObjectMissing:
        pass
    return True
