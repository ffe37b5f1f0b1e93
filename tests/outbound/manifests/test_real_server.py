"""A real API server takes every manifest as it is, strictly, and changes nothing at the second time."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tablecast.cluster.kubernetes.cluster import KubernetesCluster
from tablecast.cluster.port import NAMESPACE, POD, SECRET, Manifest
from tablecast.domain.identity import new_id
from tests.cluster.waiting import until
from tests.outbound.manifests import samples

pytestmark = pytest.mark.cluster


@pytest.fixture
async def cluster(kubeconfig: str) -> AsyncIterator[KubernetesCluster]:
    async with KubernetesCluster(kubeconfig) as opened:
        yield opened


@pytest.fixture
async def manifests(cluster: KubernetesCluster) -> AsyncIterator[list[Manifest]]:
    """One of each, in a namespace of its own that is taken away afterwards."""
    name = f"tc-test-{new_id()}"
    yield [_moved(one, name) for one in samples.all_manifests()]
    await cluster.delete(NAMESPACE, "", name)


def _moved(value: Any, namespace: str) -> Any:
    """The same with another namespace, wherever it is named."""
    if isinstance(value, dict):
        return {key: _moved(one, namespace) for key, one in value.items()}
    if isinstance(value, list):
        return [_moved(one, namespace) for one in value]
    return value.replace(samples.NAMESPACE, namespace) if isinstance(value, str) else value


async def test_every_manifest_is_taken_and_taken_again_without_a_change(
    cluster: KubernetesCluster, manifests: list[Manifest]
) -> None:
    first = [await cluster.apply(one) for one in manifests]
    again = [await cluster.apply(one) for one in manifests]
    assert len(again) == len(manifests) >= 15
    for wish, before, after in zip(manifests, first, again, strict=True):
        # Controllers write what nobody wished meanwhile; what is wished stays as it was.
        for part in wish.keys() - {"metadata"}:
            assert after[part] == before[part], after["kind"]
        assert after["metadata"].get("generation") == before["metadata"].get("generation")
        assert after["metadata"]["labels"] == before["metadata"]["labels"]


async def test_the_datastores_pod_passes_pod_security_and_quota(
    cluster: KubernetesCluster, manifests: list[Manifest]
) -> None:
    for one in manifests:
        await cluster.apply(one)
    namespace = manifests[0]["metadata"]["name"]

    async def made() -> list[Manifest]:
        selector = "app.kubernetes.io/name=datastore"
        return (await cluster.list(POD, namespace=namespace, selector=selector)).objects

    # A controller that met the quota before it was counted tries again, later each time.
    [pod] = await until(made, seconds=120)
    assert pod["spec"]["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True


async def test_the_steps_account_gets_the_token_that_argo_mounts(
    cluster: KubernetesCluster, manifests: list[Manifest]
) -> None:
    for one in manifests:
        await cluster.apply(one)
    namespace = manifests[0]["metadata"]["name"]

    async def filled() -> str:
        secret = await cluster.get(SECRET, namespace, "step.service-account-token")
        return str(secret.get("data", {}).get("token", ""))

    assert await until(filled)
