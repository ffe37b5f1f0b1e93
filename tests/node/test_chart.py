"""The chart on a real node: its servers are pods beside a MariaDB, and people come in by its Service."""

import asyncio
import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from helm_python import Config

from tablecast.api.auth import issue_token
from tablecast.cluster.kubernetes.cluster import KubernetesCluster
from tablecast.cluster.kubernetes.server import Ask
from tablecast.cluster.port import (
    DEPLOYMENT,
    INFERENCE_SERVICE,
    NAMESPACE,
    POD,
    SECRET,
    SERVICE,
    Cluster,
    Manifest,
)
from tablecast.settings import Settings
from tablecast_demo.session import Session
from tests.cluster.waiting import until, until_object
from tests.database import mariadb
from tests.end_to_end import job
from tests.end_to_end.load import predicting
from tests.helm.charts import TABLECAST
from tests.helm.releases import NAME, a_namespace, installed
from tests.lacking import lacking
from tests.node.place import PATIENCE, Place, leave, namespace_of

pytestmark = [pytest.mark.cluster, pytest.mark.node, pytest.mark.slow, pytest.mark.mariadb]

REPLICAS = 2


@pytest.fixture(scope="module")
def database(place: Place) -> Iterator[str]:
    """The URL of a MariaDB beside the cluster, at the address where its node is."""
    if not mariadb.available():
        lacking("mariadb-server is not installed")
    with mariadb.private_mariadb(asyncio.run(_node_address(place.kubeconfig))) as url:
        yield url


async def _node_address(kubeconfig: str) -> str:
    async with KubernetesCluster(kubeconfig) as cluster:
        (node,) = (await cluster._server.ask(Ask("GET", "/api/v1/nodes")))["items"]
    return next(
        str(one["address"]) for one in node["status"]["addresses"] if one["type"] == "InternalIP"
    )


@dataclass
class Release:
    """The chart, installed in a namespace; `url` is its Service's."""

    helm: Config
    cluster: KubernetesCluster
    namespace: str
    values: Manifest
    url: str = ""
    token: str = ""

    def session(self) -> Session:
        """A person's session through its Service."""
        return Session(self.url, self.token)

    async def upgrade(self, **settings: object) -> None:
        """Upgrade it to other settings; return once only their pods are left."""
        self.values = self.values | {"settings": self.values["settings"] | settings}
        await asyncio.to_thread(self.helm.upgrade, TABLECAST, NAME, self.values)
        await self.rolled_out()

    async def rolled_out(self) -> None:
        """Return once all servers are as wished, and those before have drained and gone."""
        await until_object(self.cluster, DEPLOYMENT, self.namespace, NAME, _is_rolled_out, PATIENCE)

        async def alone() -> bool:
            return len(await self.servers()) == REPLICAS

        await until(alone, PATIENCE)

    async def servers(self) -> list[Manifest]:
        """Its servers' pods."""
        found = await self.cluster.list(POD, namespace=self.namespace)
        return [
            pod
            for pod in found.objects
            if [each["name"] for each in pod["spec"]["containers"]] == ["server"]
        ]


def _is_rolled_out(deployment: Manifest) -> bool:
    status = deployment.get("status", {})
    seen = status.get("observedGeneration") == deployment["metadata"]["generation"]
    counts = ("replicas", "updatedReplicas", "availableReplicas")
    return seen and all(status.get(count) == REPLICAS for count in counts)


async def test_the_chart_serves_the_main_job_lives_through_its_pods_and_leaves_what_is_peoples(
    place: Place, database: str
) -> None:
    """Installed, used through its Service, upgraded under load, a pod deleted, removed, installed again."""
    async with (
        KubernetesCluster(place.kubeconfig) as cluster,
        a_namespace(cluster) as namespace,
    ):
        await cluster.create(_secret(namespace, database))
        values = _values(place)
        async with installed(place.kubeconfig, namespace, values) as helm:
            release = Release(helm, cluster, namespace, values)
            await _comes_up(release)
            async with asyncio.timeout(PATIENCE), release.session() as session:
                made = await job.whole(session, "charted")
            await _an_upgrade_loses_no_prediction(release, made)
            await _a_server_may_go(release, made)
            await _what_is_peoples_stays(release, made)
            await leave(release.url, place.kubeconfig, release.token)


async def _comes_up(release: Release) -> None:
    await release.rolled_out()
    service = await release.cluster.get(SERVICE, release.namespace, NAME)
    release.url = f"http://{service['spec']['clusterIP']}"
    signing = await release.cluster.get(SECRET, release.namespace, f"{NAME}-signing")
    release.token = issue_token(Settings(secret=_text(signing["data"]["secret"])), "ann", 3_600)
    # Where uploads go is told to people as the address that they came by.
    await release.upgrade(public_url=release.url)


async def _an_upgrade_loses_no_prediction(release: Release, made: dict[str, str]) -> None:
    before = {pod["metadata"]["uid"] for pod in await release.servers()}
    async with predicting(release.url, made["Serving"], release.token) as load:
        await load.until(made["ModelVersion"])
        await release.upgrade(poll_seconds=1.5)
        await load.until(made["ModelVersion"])
    assert load.failures == []
    assert before.isdisjoint(pod["metadata"]["uid"] for pod in await release.servers())


async def _a_server_may_go(release: Release, made: dict[str, str]) -> None:
    """A deleted pod drains as one of an upgrade does; another takes its place."""
    async with predicting(release.url, made["Serving"], release.token) as load:
        await load.until(made["ModelVersion"])
        gone = (await release.servers())[0]["metadata"]
        await release.cluster.delete(POD, release.namespace, gone["name"], uid=gone["uid"])

        async def replaced() -> bool:
            uids = [pod["metadata"]["uid"] for pod in await release.servers()]
            return gone["uid"] not in uids and len(uids) == REPLICAS

        await until(replaced, PATIENCE)
        await load.until(made["ModelVersion"])
    assert load.failures == []


async def _what_is_peoples_stays(release: Release, made: dict[str, str]) -> None:
    """Without the release models go on; another one on the same database knows them."""
    async with release.session() as session:
        theirs = await namespace_of(session, made["Project"])
    before = await _names(release.cluster, theirs)
    await asyncio.to_thread(release.helm.uninstall, NAME)

    async def ended() -> bool:
        return await release.servers() == []

    await until(ended, PATIENCE)
    assert await _names(release.cluster, theirs) == before
    await asyncio.to_thread(release.helm.install, TABLECAST, NAME, release.values)
    await _comes_up(release)
    async with asyncio.timeout(PATIENCE), release.session() as session:
        await job.servable(session, made["Serving"])
        assert await job.predict(session, made["Serving"]) == "bee"


async def _names(cluster: Cluster, namespace: str) -> dict[str, set[str]]:
    found = {
        kind: await cluster.list(kind, namespace=namespace) for kind in (INFERENCE_SERVICE, POD)
    }
    return {
        kind.kind: {one["metadata"]["name"] for one in listing.objects}
        for kind, listing in found.items()
    } | {"Namespace": {(await cluster.get(NAMESPACE, "", namespace))["metadata"]["uid"]}}


def _secret(namespace: str, url: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": SECRET.kind,
        "metadata": {"name": "mysql", "namespace": namespace},
        "data": {"url": base64.b64encode(url.encode()).decode()},
    }


def _text(encoded: str) -> str:
    return base64.b64decode(encoded).decode()


def _values(place: Place) -> dict[str, Any]:
    return {
        "replicas": REPLICAS,
        "images": place.images,
        "database": {"existingSecret": "mysql"},
        "settings": {},
    }
