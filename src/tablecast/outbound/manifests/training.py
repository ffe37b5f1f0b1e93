"""An attempt's Workflow: preprocess → features → train, each a pod of its own image.

Written for Argo as it is: `command` always set (or the controller asks the image registry), outputs
by file without an artifact store, and Argo's own containers patched to meet Pod Security "restricted"
and a quota on limits.
"""

import json
import math
from typing import Any

from tablecast.cluster.port import WORKFLOW, Manifest
from tablecast.domain.sizing import EXECUTOR_BYTES
from tablecast.outbound.manifests.objects import (
    PREFIX,
    TMP,
    beside_datastore,
    container_security,
    data_volume,
    labels,
    manifest,
    mounts,
    pod_security,
    resources,
    tmp_volume,
)
from tablecast.outbound.manifests.project import STEP_ACCOUNT
from tablecast.outbound.manifests.specs import WorkflowSpec
from tablecast.settings import MIB

STEPS = ("preprocess", "features", "train")
RESULT_PATH = f"{TMP}/result.json"

# Only what the cluster did wrong is tried again: a step's own failure would fail the same way.
RETRIES = 2
# The verdict is in the database by then; phase Error would never expire by secondsAfterFailure.
KEEP_SECONDS = 86_400
KEEP_PODS = "600s"


def workflow(spec: WorkflowSpec) -> Manifest:
    """The Workflow of one attempt; immutable: what was created once is never created again."""
    own = labels(spec.project_id, "training", spec.training_id, spec.operation_id)
    own[f"{PREFIX}/attempt"] = str(spec.attempt)
    return manifest(WORKFLOW, spec.namespace, spec.name, own, spec=_spec(spec, own))


def _spec(spec: WorkflowSpec, own: dict[str, str]) -> dict[str, Any]:
    return {
        "entrypoint": "dag",
        "serviceAccountName": STEP_ACCOUNT,
        # main gets no token; Argo's executor gets one from the Secret of this account
        "automountServiceAccountToken": False,
        "executor": {"serviceAccountName": STEP_ACCOUNT},
        "securityContext": pod_security(),
        "podSpecPatch": _executor_patch(),
        "podMetadata": {"labels": own},
        "ttlStrategy": {"secondsAfterCompletion": KEEP_SECONDS},
        "podGC": {"strategy": "OnPodCompletion", "deleteDelayDuration": KEEP_PODS},
        "affinity": beside_datastore(),
        "volumes": [data_volume(), tmp_volume()],
        "templates": [_dag(), *(_template(step, spec) for step in STEPS)],
    }


def _executor_patch() -> str:
    executor = {
        "securityContext": container_security(),
        "resources": {
            "requests": {"cpu": "10m", "memory": "32Mi"},
            "limits": {"cpu": "500m", "memory": f"{EXECUTOR_BYTES // MIB}Mi"},
        },
    }
    patch = {
        "initContainers": [{"name": "init"} | executor],
        "containers": [{"name": "wait"} | executor],
    }
    return json.dumps(patch)


def _dag() -> dict[str, Any]:
    tasks: list[dict[str, str]] = []
    for step in STEPS:
        task = {"name": step, "template": step}
        if tasks:
            task["depends"] = tasks[-1]["name"]
        tasks.append(task)
    return {"name": "dag", "dag": {"tasks": tasks}}


def _template(step: str, spec: WorkflowSpec) -> dict[str, Any]:
    result = {"name": "result", "valueFrom": {"path": RESULT_PATH}}
    return {
        "name": step,
        "retryStrategy": {"limit": RETRIES, "retryPolicy": "OnError"},
        # counts from the pod's start, image pull included: a missing image ends here too
        "activeDeadlineSeconds": spec.deadline_seconds[step],
        "container": _container(step, spec),
        "outputs": {"parameters": [result]},
    }


def _container(step: str, spec: WorkflowSpec) -> dict[str, Any]:
    cpu = spec.cpu[step]
    environment = {
        "TABLECAST_DATA": "/data",
        "TABLECAST_RESULT": RESULT_PATH,
        "TABLECAST_SPEC": json.dumps(spec.step_spec, sort_keys=True),
        # libraries would start a thread for each of the node's cores, and be throttled
        "OMP_NUM_THREADS": str(_threads(cpu)),
    }
    return {
        "name": "main",
        "image": spec.images[step],
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-m", f"tablecast_steps.{step}"],
        "env": [{"name": name, "value": value} for name, value in environment.items()],
        "securityContext": container_security(),
        "resources": resources(cpu, spec.memory_bytes[step], "100m"),
        "volumeMounts": mounts(),
    }


def _threads(cpu: str) -> int:
    cores = float(cpu[:-1]) / 1000 if cpu.endswith("m") else float(cpu)
    return max(1, math.ceil(cores))
