"""A project's objects: fenced in, within limits, and able to do their work."""

from base64 import b64encode
from dataclasses import replace
from typing import Any

from tablecast.outbound.manifests import datastore
from tablecast.outbound.manifests.project import project_manifests
from tablecast.settings import GIB
from tests.outbound.manifests.samples import NAMESPACE, PROJECT, all_manifests, named


def test_what_others_need_is_applied_before_them() -> None:
    kinds = [one["kind"] for one in project_manifests(PROJECT)]
    assert kinds[0] == "Namespace"
    assert kinds.index("NetworkPolicy") < kinds.index("Deployment")
    assert kinds.index("PersistentVolumeClaim") < kinds.index("Deployment")


def test_every_object_says_whose_it_is() -> None:
    for manifest in all_manifests():
        labels = manifest["metadata"]["labels"]
        assert labels["tablecast.dev/managed"] == "true"
        assert labels["tablecast.dev/project"] == PROJECT.project_id
        assert labels["tablecast.dev/noun"] in {"project", "training", "serving"}
        assert labels["tablecast.dev/id"]


def test_only_restricted_pods_may_run_in_the_namespace() -> None:
    labels = named("Namespace")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_an_update_of_the_project_does_not_restart_its_datastore() -> None:
    later = replace(PROJECT, operation_id="another", cpu_limit=16, memory_limit_bytes=32 * GIB)
    before, after = (
        next(one for one in project_manifests(spec) if one["kind"] == "Deployment")
        for spec in (PROJECT, later)
    )
    assert before["spec"]["template"] == after["spec"]["template"]
    assert before["metadata"]["labels"] != after["metadata"]["labels"]


def test_the_datastore_fits_into_the_smallest_project_with_room_for_a_step() -> None:
    smallest = replace(PROJECT, memory_limit_bytes=GIB)
    assert datastore.memory_limit(smallest) <= GIB // 2


def test_the_datastore_is_ready_when_it_answers() -> None:
    container = named("Deployment")["spec"]["template"]["spec"]["containers"][0]
    assert container["readinessProbe"]["httpGet"] == {"path": "/healthz", "port": 8080}
    assert container["ports"][0]["containerPort"] == 8080
    assert named("Service")["spec"]["ports"][0]["targetPort"] == 8080


def test_the_datastores_keys_are_in_a_secret_and_nowhere_else() -> None:
    token = b64encode(PROJECT.datastore_token.encode()).decode()
    secret = named("Secret", "datastore")
    assert secret["data"]["token"] == token
    others = [one for one in all_manifests() if one != secret]
    assert not any(text in repr(others) for text in (token, PROJECT.datastore_token))


def test_a_storage_class_is_named_only_where_one_was_chosen() -> None:
    claims = [
        next(one for one in project_manifests(spec) if one["kind"] == "PersistentVolumeClaim")
        for spec in (PROJECT, replace(PROJECT, storage_class="fast"))
    ]
    assert "storageClassName" not in claims[0]["spec"]
    assert claims[1]["spec"]["storageClassName"] == "fast"


def test_steps_may_report_results_and_nothing_else() -> None:
    assert named("Role")["rules"] == [
        {
            "apiGroups": ["argoproj.io"],
            "resources": ["workflowtaskresults"],
            "verbs": ["create", "patch"],
        }
    ]
    secret = named("Secret", "step.service-account-token")
    assert secret["metadata"]["annotations"] == {"kubernetes.io/service-account.name": "step"}


def policy(name: str) -> dict[str, Any]:
    return named("NetworkPolicy", name)["spec"]


def test_nothing_enters_or_leaves_a_pod_that_no_policy_names() -> None:
    spec = policy("default-deny")
    assert spec["podSelector"] == {}
    assert set(spec["policyTypes"]) == {"Ingress", "Egress"}
    assert "ingress" not in spec
    assert "egress" not in spec


def test_the_server_is_no_pod_of_any_project() -> None:
    for name in ("datastore", "predictors"):
        sources = policy(name)["ingress"][0]["from"]
        inside, server = sources
        assert inside == {"podSelector": {}}
        assert server["namespaceSelector"]["matchExpressions"] == [
            {"key": "tablecast.dev/managed", "operator": "DoesNotExist"}
        ]
        assert server["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "tablecast"}


def test_steps_reach_names_the_datastore_and_the_api_server_alone() -> None:
    spec = policy("steps")
    assert spec["policyTypes"] == ["Egress"]
    assert [sorted({port["port"] for port in rule["ports"]}) for rule in spec["egress"]] == [
        [53, 5353],
        [8080],
        [443, 6443, 8443],
    ]
    narrowed = project_manifests(replace(PROJECT, api_server=("10.0.0.1/32",)))
    steps = next(one for one in narrowed if one["metadata"]["name"] == "steps")
    assert steps["spec"]["egress"][-1]["to"] == [{"ipBlock": {"cidr": "10.0.0.1/32"}}]


def test_everything_but_the_namespace_is_in_it() -> None:
    places = {one["metadata"].get("namespace") for one in all_manifests()}
    assert places == {None, NAMESPACE}
