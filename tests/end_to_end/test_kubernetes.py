"""`tablecast serve` on a real API server: wishes reach it, also those made while it was away."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tablecast.cluster.kubernetes.cluster import KubernetesCluster
from tablecast.cluster.port import NAMESPACE, NETWORK_POLICY, TRAINED_MODEL, Manifest
from tablecast_demo.session import Session
from tests.cluster.control_plane import ControlPlane
from tests.cluster.waiting import until, until_gone
from tests.end_to_end.server import Server

pytestmark = pytest.mark.cluster

CREATE = """
mutation ($input: CreateProjectInput!) {
  createProject(input: $input) {
    ... on CreateProjectPayload { project { id namespace } operation { id } }
    ... on Error { code message }
  }
}"""
DELETE = """
mutation ($input: DeleteProjectInput!) {
  deleteProject(input: $input) {
    ... on DeleteProjectPayload { operation { id } }
    ... on Error { code message }
  }
}"""
OPERATION = "query ($id: ID!) { operation(id: $id) { state lastError tries } }"


@pytest.fixture
def server(tmp_path: Path, kubeconfig: str) -> Iterator[Server]:
    """A server of the test's own, started; killed afterwards."""
    started = Server(tmp_path / "state", TABLECAST_KUBECONFIG=kubeconfig)
    started.start()
    try:
        yield started
        assert "Traceback" not in started.log()
    finally:
        started.kill()


async def until_state(session: Session, operation: str, *states: str) -> dict[str, object]:
    async def look() -> dict[str, object] | None:
        seen = (await session.query(OPERATION, id=operation))["operation"]
        return seen if seen["state"] in states else None

    found = await until(look, 60)
    assert found is not None
    return found


async def test_a_project_is_set_up_on_the_cluster_and_taken_away(
    server: Server, kubeconfig: str
) -> None:
    async with Session(server.url) as session, KubernetesCluster(kubeconfig) as cluster:
        made = await session.mutate(CREATE, name="real")
        seen = await until_state(session, made["operation"]["id"], "APPLIED", "FAILED")
        assert seen == {"state": "APPLIED", "lastError": "", "tries": 1}
        namespace = made["project"]["namespace"]
        stored = await cluster.get(NAMESPACE, "", namespace)
        assert stored["metadata"]["labels"]["tablecast.dev/managed"] == "true"
        policies = await cluster.list(NETWORK_POLICY, namespace=namespace)
        assert len(policies.objects) == 4
        assert (await cluster.list(TRAINED_MODEL, namespace=namespace)).objects == []
        gone = await session.mutate(DELETE, projectId=made["project"]["id"], confirmName="real")
        await until_gone(cluster, NAMESPACE, "", namespace)
        await until_state(session, gone["operation"]["id"], "OBSERVED")


async def test_a_wish_made_while_the_api_server_is_away_reaches_it_when_it_is_back(
    control_plane: ControlPlane, tmp_path: Path
) -> None:
    server = Server(tmp_path / "state", TABLECAST_KUBECONFIG=control_plane.kubeconfig)
    control_plane.kill("kube-apiserver")
    try:
        # a cluster that is away is no reason not to start
        server.start()
        async with Session(server.url) as session:
            made = await session.mutate(CREATE, name="patient")
            operation = made["operation"]["id"]

            async def tried() -> bool:
                seen = (await session.query(OPERATION, id=operation))["operation"]
                return bool(seen["tries"] and "does not answer" in seen["lastError"])

            await until(tried)
            control_plane.up()
            await until_state(session, operation, "APPLIED")
            async with KubernetesCluster(control_plane.kubeconfig) as cluster:
                found: Manifest = await cluster.get(NAMESPACE, "", made["project"]["namespace"])
                assert found["status"]["phase"] == "Active"
        assert "Traceback" not in server.log()
    finally:
        server.kill()
        control_plane.up()


def test_a_kubeconfig_that_is_not_there_ends_the_start_in_one_sentence(tmp_path: Path) -> None:
    server = Server(tmp_path / "state", TABLECAST_KUBECONFIG=str(tmp_path / "none"))
    server.launch()
    assert server.ended() == 1
    assert f"There is no kubeconfig at {tmp_path / 'none'}" in " ".join(server.log().split())
    assert "Traceback" not in server.log()


def test_sigterm_ends_it_with_status_0(server: Server) -> None:
    os.kill(server.pid, signal.SIGTERM)
    began = time.monotonic()
    assert server.ended() == 0
    assert time.monotonic() - began < 10
