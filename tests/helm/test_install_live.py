"""The chart installed, upgraded and removed by Helm on a real API server: no pod runs, all is judged."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from helm_python import HelmError

from tablecast.cluster.kubernetes.cluster import KubernetesCluster
from tablecast.cluster.kubernetes.server import Ask
from tablecast.cluster.port import DEPLOYMENT, SECRET, SERVICE, Manifest
from tests.cluster import manifests
from tests.cluster.waiting import until
from tests.helm.charts import COMBINATIONS, TABLECAST, TRYING_OUT, objects
from tests.helm.releases import NAME, a_namespace, installed

pytestmark = pytest.mark.cluster

JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def cluster(kubeconfig: str) -> AsyncIterator[KubernetesCluster]:
    async with KubernetesCluster(kubeconfig) as opened:
        yield opened


@pytest.fixture
async def space(cluster: KubernetesCluster) -> AsyncIterator[str]:
    """A namespace for a release, in which pods must be restricted."""
    async with a_namespace(cluster) as name:
        yield name


@pytest.mark.parametrize("values", COMBINATIONS.values(), ids=COMBINATIONS)
async def test_the_api_server_takes_every_object_strictly_as_it_is(
    cluster: KubernetesCluster, space: str, values: Manifest
) -> None:
    found = objects(values, namespace=space)
    taken = [await _dry(cluster, each) for each in found]
    assert [each["metadata"]["name"] for each in taken] == [o["metadata"]["name"] for o in found]


@pytest.mark.parametrize("values", COMBINATIONS.values(), ids=COMBINATIONS)
async def test_the_api_server_lets_every_pod_into_a_restricted_namespace(
    cluster: KubernetesCluster, space: str, values: Manifest
) -> None:
    async def account() -> list[Manifest]:
        path = f"/api/v1/namespaces/{space}/serviceaccounts"
        return list((await cluster._server.ask(Ask("GET", path)))["items"])

    await until(account)
    makers = [o for o in objects(values, namespace=space) if "template" in o.get("spec", {})]
    for maker in makers:
        assert (await _dry(cluster, _pod(maker, space)))["spec"]["containers"]
    assert len(makers) >= 2


def _pod(maker: Manifest, space: str) -> Manifest:
    """The pod that a controller would make."""
    spec: Any = dict(maker["spec"]["template"]["spec"])
    claims = [claim["metadata"]["name"] for claim in maker["spec"].get("volumeClaimTemplates", [])]
    claimed = [{"name": one, "persistentVolumeClaim": {"claimName": one}} for one in claims]
    spec["volumes"] = spec["volumes"] + claimed
    # Who it would be is another test's; here that one need not be there.
    spec["serviceAccountName"] = "default"
    metadata = {"name": "pod", "namespace": space}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


async def _dry(cluster: KubernetesCluster, one: Manifest) -> Manifest:
    """What the API server would store, judged by all of its admission; nothing is."""
    group, _, version = one["apiVersion"].rpartition("/")
    place = f"/apis/{group}/{version}" if group else f"/api/{version}"
    if namespace := one["metadata"].get("namespace"):
        place += f"/namespaces/{namespace}"
    kind = one["kind"].lower()
    plural = (
        kind[:-1] + "ies" if kind.endswith("y") else kind + ("es" if kind.endswith("s") else "s")
    )
    query = {"dryRun": "All", "fieldValidation": "Strict"}
    return await cluster._server.ask(
        Ask("POST", f"{place}/{plural}", query, JSON, orjson.dumps(one))
    )


async def _secrets(cluster: KubernetesCluster, space: str) -> dict[str, Manifest]:
    names = ("tablecast-signing", "tablecast-mariadb")
    return {name: (await cluster.get(SECRET, space, name))["data"] for name in names}


async def test_secrets_are_made_once_and_outlive_upgrades_and_the_release(
    cluster: KubernetesCluster, kubeconfig: str, space: str
) -> None:
    async with installed(kubeconfig, space, TRYING_OUT) as helm:
        first = await _secrets(cluster, space)
        helm.upgrade(TABLECAST, NAME, TRYING_OUT | {"replicas": 3})
        assert await _secrets(cluster, space) == first
        deployment = await cluster.get(DEPLOYMENT, space, NAME)
        assert deployment["spec"]["replicas"] == 3
        helm.uninstall(NAME)
        assert (await cluster.list(SERVICE, namespace=space)).objects == []
        assert await _secrets(cluster, space) == first
        helm.install(TABLECAST, NAME, TRYING_OUT)
        assert await _secrets(cluster, space) == first


async def test_an_upgrade_puts_its_own_migration_in_place_of_the_last_one(
    cluster: KubernetesCluster, kubeconfig: str, space: str
) -> None:
    jobs = Ask("GET", f"/apis/batch/v1/namespaces/{space}/jobs")
    async with installed(kubeconfig, space, TRYING_OUT) as helm:
        helm.upgrade(TABLECAST, NAME, TRYING_OUT)

        async def names() -> bool:
            found = (await cluster._server.ask(jobs))["items"]
            going = [one for one in found if "deletionTimestamp" not in one["metadata"]]
            return [one["metadata"]["name"] for one in going] == ["tablecast-migrate-2"]

        assert await until(names)


async def test_a_projects_namespace_is_no_place_for_a_release(
    cluster: KubernetesCluster, kubeconfig: str, space: str
) -> None:
    labels = {"tablecast.dev/managed": "true"}
    await cluster.apply(
        manifests.namespace(space) | {"metadata": {"name": space, "labels": labels}}
    )
    with pytest.raises(HelmError, match=f"the namespace {space} is a project's"):
        async with installed(kubeconfig, space, TRYING_OUT):
            raise AssertionError("it was installed")
    assert (await cluster.list(SERVICE, namespace=space)).objects == []
