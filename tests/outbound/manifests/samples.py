"""Specs as handlers make them, and all the manifests that come of them."""

from dataclasses import replace
from typing import Any

from tablecast.outbound.manifests.project import project_manifests
from tablecast.outbound.manifests.serving import dedicated, pool, serving_runtime, trained_model
from tablecast.outbound.manifests.specs import PoolSpec, ProjectSpec, ServingSpec, WorkflowSpec
from tablecast.outbound.manifests.training import STEPS, workflow
from tablecast.settings import GIB, MIB

NAMESPACE = "tc-penguins-000abc"

PROJECT = ProjectSpec(
    project_id="0123456789abcdef",
    name="penguins",
    namespace=NAMESPACE,
    volume_bytes=10 * GIB,
    storage_class="",
    cpu_limit=8,
    memory_limit_bytes=16 * GIB,
    image_server="example/server:1",
    datastore_token="t" * 64,
    signing_key="k" * 64,
    operation_id="operation0000001",
    upload_bytes=20 << 30,
    upload_seconds=86_400,
)
WORKFLOW = WorkflowSpec(
    project_id=PROJECT.project_id,
    namespace=NAMESPACE,
    training_id="training00000001",
    attempt=2,
    operation_id="operation0000002",
    name="training-training00000001-a2",
    images={step: f"example/{step}:1" for step in STEPS},
    step_spec={"target": "species", "quote": '"{{x}}"'},
    deadline_seconds={"preprocess": 600, "features": 600, "train": 690},
    memory_bytes=dict.fromkeys(STEPS, GIB),
    cpu={"preprocess": "500m", "features": "1", "train": "2"},
)
POOL = PoolSpec(
    project_id=PROJECT.project_id,
    namespace=NAMESPACE,
    name="pool-1",
    replicas=2,
    memory_bytes=GIB,
    image_serve="example/serve:1",
)
SHARED = ServingSpec(
    project_id=PROJECT.project_id,
    namespace=NAMESPACE,
    serving_id="serving000000001",
    operation_id="operation0000003",
    revision=3,
    name="serving-serving000000001-r3",
    inference_service="pool-1",
    model_version_id="version000000001",
    memory_bytes=64 * MIB,
    storage_uri=f"http://datastore.{NAMESPACE}.svc.cluster.local/files/models/v/a.tablecast?sig=1",
    replicas=2,
)
DEDICATED = replace(
    SHARED,
    inference_service=SHARED.name,
    storage_uri="pvc://data/models/version000000001",
    memory_bytes=GIB,
)


def all_manifests() -> list[dict[str, Any]]:
    """One of each."""
    return [
        *project_manifests(PROJECT),
        workflow(WORKFLOW),
        serving_runtime(POOL),
        pool(POOL),
        trained_model(SHARED),
        dedicated(DEDICATED),
    ]


def named(kind: str, name: str | None = None) -> dict[str, Any]:
    """The manifest of a kind, and of a name where there are several."""
    found = [
        one
        for one in all_manifests()
        if one["kind"] == kind and name in (None, one["metadata"]["name"])
    ]
    assert len(found) == 1, (kind, name)
    return found[0]
