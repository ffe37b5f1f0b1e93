"""What the stand-ins write fits the real CRDs, so that they may write to a real cluster too."""

import functools
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tablecast.cluster.embedded.cluster import EmbeddedCluster
from tablecast.cluster.port import INFERENCE_SERVICE, TRAINED_MODEL, WORKFLOW, Manifest

from .manifests import (
    deployment,
    inference_service,
    runtime,
    service,
    step,
    trained_model,
    workflow,
)
from .seeing import is_ready
from .servers import DATASTORE, MODEL_SERVER
from .waiting import until_object

CRDS = Path(__file__).parents[3] / "shared" / "crds"

pytestmark = pytest.mark.skipif(not CRDS.is_dir(), reason="the CRDs are not on this machine")


def strict(schema: Any) -> Any:
    """Return the schema with unknown fields refused, as strict field validation does."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: strict(value) for key, value in schema.items()}
    opened = schema.get("x-kubernetes-preserve-unknown-fields")
    if isinstance(schema.get("properties"), dict) and "type" in schema and not opened:
        closed.setdefault("additionalProperties", False)
    if schema.get("x-kubernetes-int-or-string"):
        closed.pop("type", None)
    return closed


@functools.cache
def loaded(file: str) -> Any:
    # the loader in C where there is one: the Workflow's schema is 5 MB
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((CRDS / file).read_text(), Loader=loader)


def problems(manifest: Manifest, file: str) -> list[str]:
    crd = loaded(file)
    version = manifest["apiVersion"].partition("/")[2]
    [schema] = [
        each["schema"]["openAPIV3Schema"]
        for each in crd["spec"]["versions"]
        if each["name"] == version
    ]
    whole = strict(schema)
    whole["properties"]["metadata"] = {}
    found = Draft202012Validator(whole).iter_errors(manifest)
    return [f"{error.json_path}: {error.message[:200]}" for error in found]


async def test_a_workflow_that_ended_in_every_way(cluster: EmbeddedCluster, space: str) -> None:
    steps = [
        step("preprocess", retryStrategy={"limit": 1}),
        step("features", "raise SystemExit(1)", retryStrategy={"limit": 1}),
        step("train"),
    ]
    await cluster.create(workflow(space, "t1", *steps))
    over = await until_object(
        cluster, WORKFLOW, space, "t1", lambda o: "finishedAt" in o.get("status", {})
    )
    assert problems(over, "argo/argoproj.io_workflows.yaml") == []


async def test_a_pool_and_its_models(cluster: EmbeddedCluster, space: str) -> None:
    await cluster.create(deployment(space, "datastore", DATASTORE))
    await cluster.create(service(space, "datastore"))
    await cluster.create(inference_service(space, "pool-1"))
    invalid = await until_object(
        cluster, INFERENCE_SERVICE, space, "pool-1", lambda o: "modelStatus" in o.get("status", {})
    )
    await cluster.create(runtime(space, MODEL_SERVER))
    ready = await until_object(cluster, INFERENCE_SERVICE, space, "pool-1", is_ready)
    await cluster.create(trained_model(space, "first-r1", "a"))
    model = await until_object(cluster, TRAINED_MODEL, space, "first-r1", is_ready)
    for isvc in (invalid, ready):
        assert problems(isvc, "kserve/serving.kserve.io_inferenceservices.yaml") == []
    assert problems(model, "kserve/serving.kserve.io_trainedmodels.yaml") == []
