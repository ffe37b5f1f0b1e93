"""An attempt's Workflow: what Argo is told, and what its pods may do."""

import json
from typing import Any

import pytest
import yaml

from tests.outbound.manifests.samples import WORKFLOW, named

STEPS = ("preprocess", "features", "train")


@pytest.fixture
def spec() -> dict[str, Any]:
    return named("Workflow")["spec"]


def template(spec: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in spec["templates"] if one["name"] == name)


def test_the_steps_follow_each_other(spec: dict[str, Any]) -> None:
    tasks = template(spec, spec["entrypoint"])["dag"]["tasks"]
    assert [(task["template"], task.get("depends")) for task in tasks] == [
        ("preprocess", None),
        ("features", "preprocess"),
        ("train", "features"),
    ]


@pytest.mark.parametrize("step", STEPS)
def test_a_step_has_its_own_image_command_limits_and_deadline(
    spec: dict[str, Any], step: str
) -> None:
    found = template(spec, step)
    container = found["container"]
    assert container["image"] == f"example/{step}:1"
    assert container["command"] == ["python", "-m", f"tablecast_steps.{step}"]
    assert container["resources"]["limits"]["memory"] == str(WORKFLOW.memory_bytes[step])
    assert found["activeDeadlineSeconds"] == WORKFLOW.deadline_seconds[step]
    assert found["retryStrategy"] == {"limit": 2, "retryPolicy": "OnError"}
    assert found["outputs"]["parameters"] == [
        {"name": "result", "valueFrom": {"path": "/tmp/result.json"}}
    ]


@pytest.mark.parametrize("step", STEPS)
def test_a_step_reads_its_spec_as_it_was_written(spec: dict[str, Any], step: str) -> None:
    environment = {one["name"]: one["value"] for one in template(spec, step)["container"]["env"]}
    assert json.loads(environment["TABLECAST_SPEC"]) == WORKFLOW.step_spec
    assert environment["TABLECAST_DATA"] == "/data"
    assert environment["TABLECAST_RESULT"] == "/tmp/result.json"


@pytest.mark.parametrize(("step", "threads"), [("preprocess", "1"), ("train", "2")])
def test_libraries_start_as_many_threads_as_the_limit_has_cores(
    spec: dict[str, Any], step: str, threads: str
) -> None:
    environment = {one["name"]: one["value"] for one in template(spec, step)["container"]["env"]}
    assert environment["OMP_NUM_THREADS"] == threads


@pytest.mark.parametrize("step", STEPS)
def test_a_step_writes_only_to_the_volume_and_its_own_tmp(spec: dict[str, Any], step: str) -> None:
    container = template(spec, step)["container"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert [mount["mountPath"] for mount in container["volumeMounts"]] == ["/data", "/tmp"]
    assert [volume["name"] for volume in spec["volumes"]] == ["data", "tmp"]


def test_argos_own_containers_meet_restricted_and_a_quota_too(spec: dict[str, Any]) -> None:
    patch = yaml.safe_load(spec["podSpecPatch"])
    patched = [*patch["initContainers"], *patch["containers"]]
    assert [one["name"] for one in patched] == ["init", "wait"]
    for one in patched:
        assert one["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert one["resources"]["limits"] == {"cpu": "500m", "memory": "128Mi"}


def test_a_step_holds_no_token_while_argos_executor_has_one(spec: dict[str, Any]) -> None:
    assert spec["automountServiceAccountToken"] is False
    assert spec["executor"] == {"serviceAccountName": "step"}


def test_pods_run_where_the_volume_is(spec: dict[str, Any]) -> None:
    terms = spec["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert terms[0]["topologyKey"] == "kubernetes.io/hostname"
    pods = named("Deployment")["spec"]["template"]["metadata"]["labels"].items()
    assert terms[0]["labelSelector"]["matchLabels"].items() <= pods


def test_pods_carry_the_workflows_labels(spec: dict[str, Any]) -> None:
    labels = named("Workflow")["metadata"]["labels"]
    assert spec["podMetadata"]["labels"] == labels
    assert labels["tablecast.dev/attempt"] == "2"


def test_a_finished_workflow_goes_whatever_its_phase(spec: dict[str, Any]) -> None:
    assert spec["ttlStrategy"] == {"secondsAfterCompletion": 86_400}
    assert spec["podGC"]["strategy"] == "OnPodCompletion"
