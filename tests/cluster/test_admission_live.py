"""A real API server's admission: what it refuses is told in its words; one that is away is waited for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import pytest

from tablecast.cluster.kubernetes.cluster import KubernetesCluster
from tablecast.cluster.kubernetes.server import Ask
from tablecast.cluster.port import WORKFLOW, Manifest
from tablecast.errors import ClusterBusy, ClusterError, ClusterRefusal
from tests.cluster import manifests
from tests.cluster.test_kubernetes_contract import cluster, space
from tests.cluster.waiting import until

pytestmark = pytest.mark.cluster

__all__ = ["cluster", "space"]

GROUP = "admissionregistration.k8s.io/v1"
PATH = f"/apis/{GROUP}"
JSON = {"Content-Type": "application/json"}
WORKFLOWS = {
    "apiGroups": ["argoproj.io"],
    "apiVersions": ["*"],
    "operations": ["CREATE"],
    "resources": ["workflows"],
}


@asynccontextmanager
async def registered(cluster: KubernetesCluster, *objects: Manifest) -> AsyncIterator[None]:
    """Objects of admission, there while the context lasts."""
    for one in objects:
        body = orjson.dumps({"apiVersion": GROUP} | one)
        await cluster._server.ask(Ask("POST", _path(one), headers=JSON, body=body))
    try:
        yield
    finally:
        for one in objects:
            await cluster._server.ask(Ask("DELETE", f"{_path(one)}/{one['metadata']['name']}"))


def _path(one: Manifest) -> str:
    plural = one["kind"].lower()
    plural = plural[:-1] + "ies" if plural.endswith("y") else plural + "s"
    return f"{PATH}/{plural}"


def _in(space: str) -> Manifest:
    return {"matchLabels": {"kubernetes.io/metadata.name": space}}


async def refused(cluster: KubernetesCluster, space: str) -> ClusterError:
    """What a Workflow meets, once admission has heard of what was registered a moment ago."""
    met: list[ClusterError] = []

    async def no() -> bool:
        try:
            await cluster.create(manifests.workflow(space, f"w-{len(met)}", manifests.step("a")))
        except ClusterError as error:
            met.append(error)
        else:
            await cluster.delete(WORKFLOW, space, f"w-{len(met)}")
        return bool(met)

    await until(no)
    return met[0]


async def test_a_policy_that_refuses_is_told_in_its_own_words(
    cluster: KubernetesCluster, space: str
) -> None:
    words = "no Workflow on a Tuesday: ask the platform team"
    policy = {
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": space},
        "spec": {
            "matchConstraints": {"resourceRules": [WORKFLOWS], "namespaceSelector": _in(space)},
            "validations": [{"expression": "false", "message": words}],
        },
    }
    binding = {
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": space},
        "spec": {"policyName": space, "validationActions": ["Deny"]},
    }
    async with registered(cluster, policy, binding):
        told = await refused(cluster, space)
    assert isinstance(told, ClusterRefusal)
    assert words in str(told)
    assert "\n" not in str(told)


async def test_a_webhook_that_is_away_is_for_now_and_named(
    cluster: KubernetesCluster, space: str
) -> None:
    webhook = {
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": space},
        "webhooks": [
            {
                "name": "judge.example.org",
                "admissionReviewVersions": ["v1"],
                "clientConfig": {"url": "https://127.0.0.1:1/judge"},
                "failurePolicy": "Fail",
                "namespaceSelector": _in(space),
                "rules": [WORKFLOWS],
                "sideEffects": "None",
                "timeoutSeconds": 2,
            }
        ],
    }
    async with registered(cluster, webhook):
        told = await refused(cluster, space)
    assert isinstance(told, ClusterBusy)
    assert 'failed calling webhook "judge.example.org"' in str(told)
