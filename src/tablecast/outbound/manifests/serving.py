"""Serving's manifests: the runtime, the pool that many models share, a model in it, one of its own.

An InferenceService hands its labels on to its pods, so that none of them may ever change: the pool's
names no operation, a revision's always the one that made it. A TrainedModel is immutable in fact (its
agent keeps what it saw first): each revision is an object of another name.
"""

from typing import Any

from tablecast.cluster.port import (
    INFERENCE_SERVICE,
    SERVING_RUNTIME,
    TRAINED_MODEL,
    Manifest,
)
from tablecast.outbound.manifests.objects import (
    PORT,
    PREFIX,
    TMP,
    beside_datastore,
    container_security,
    labels,
    manifest,
    resources,
    tmp_volume,
)
from tablecast.outbound.manifests.specs import PoolSpec, ServingSpec
from tablecast.settings import GIB

RUNTIME = "tabular"
MODEL_FORMAT = "tabular"
CPU_LIMIT = "2"
CPU_REQUEST = "50m"
RUNTIME_MEMORY = GIB

# Standard: plain Deployments, no Knative. No autoscaler: replicas are the person's wish.
ANNOTATIONS = {
    "serving.kserve.io/deploymentMode": "Standard",
    "serving.kserve.io/autoscalerClass": "none",
}
# Each InferenceService's own, in bytes.
_MEMORY_LIMIT = {"resourceFieldRef": {"resource": "limits.memory"}}
# Predictions come through Tablecast, never through an ingress.
VISIBILITY = {"networking.kserve.io/visibility": "cluster-local"}


def serving_runtime(spec: PoolSpec) -> Manifest:
    """The namespace's own runtime; never chosen by itself, always named."""
    own = labels(spec.project_id, "project", spec.project_id)
    content = {
        "supportedModelFormats": [{"name": MODEL_FORMAT, "version": "1", "autoSelect": False}],
        "protocolVersions": ["v1", "v2"],
        "containers": [_server(spec)],
        "volumes": [tmp_volume()],
    }
    return manifest(SERVING_RUNTIME, spec.namespace, RUNTIME, own, spec=content)


def pool(spec: PoolSpec) -> Manifest:
    """The multi-model InferenceService: multi-model because its model has no storage of its own."""
    own = labels(spec.project_id, "project", spec.project_id) | VISIBILITY
    return _inference_service(spec, own, _predictor(spec.replicas, spec.memory_bytes))


def is_pool(there: Manifest) -> bool:
    """Whether an InferenceService of ours is a pool, and not a serving's own."""
    return bool(there["metadata"]["labels"].get(f"{PREFIX}/noun") == "project")


def trained_model(spec: ServingSpec) -> Manifest:
    """One revision in a pool. Its pool must be Ready: a TrainedModel without one is deleted at once."""
    model = {
        "framework": MODEL_FORMAT,
        "storageUri": spec.storage_uri,
        "memory": str(spec.memory_bytes),
    }
    content = {"inferenceService": spec.inference_service, "model": model}
    return manifest(TRAINED_MODEL, spec.namespace, spec.name, _revision_labels(spec), spec=content)


def dedicated(spec: ServingSpec) -> Manifest:
    """One revision as an InferenceService of its own, its model read from the project's volume."""
    predictor = _predictor(spec.replicas, spec.memory_bytes)
    predictor["model"]["storageUri"] = spec.storage_uri
    predictor["affinity"] = beside_datastore()
    return _inference_service(spec, _revision_labels(spec) | VISIBILITY, predictor)


def _revision_labels(spec: ServingSpec) -> dict[str, str]:
    own = labels(spec.project_id, "serving", spec.serving_id, spec.operation_id)
    return own | {f"{PREFIX}/revision": str(spec.revision)}


def _inference_service(
    spec: PoolSpec | ServingSpec, own: dict[str, str], predictor: dict[str, Any]
) -> Manifest:
    return manifest(
        INFERENCE_SERVICE,
        spec.namespace,
        spec.name,
        own,
        annotations=dict(ANNOTATIONS),
        spec={"predictor": predictor},
    )


def _predictor(replicas: int, memory_bytes: int) -> dict[str, Any]:
    model = {
        "modelFormat": {"name": MODEL_FORMAT},
        # pinned, and the protocol said: KServe would choose others
        "runtime": RUNTIME,
        "protocolVersion": "v2",
        # on the InferenceService: unset, no TrainedModel would ever find memory
        "resources": resources(CPU_LIMIT, memory_bytes, CPU_REQUEST),
    }
    return {
        "automountServiceAccountToken": False,
        "minReplicas": replicas,
        "maxReplicas": replicas,
        "model": model,
    }


def _server(spec: PoolSpec) -> dict[str, Any]:
    return {
        "name": "kserve-container",
        "image": spec.image_serve,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-m", "tablecast_steps.serve"],
        "args": [
            "--model_dir=/mnt/models",
            f"--http_port={PORT}",
            "--model_name={{.Name}}",
            # on the pod's own volume: a container that is started again finds what its forerunner died of
            f"--marks={TMP}/loads",
        ],
        "env": [{"name": "TABLECAST_MEMORY_BYTES", "valueFrom": _MEMORY_LIMIT}],
        "ports": [{"containerPort": PORT, "protocol": "TCP"}],
        # KServe's own waits 10 s between looks, and so does the first Ready
        "readinessProbe": {
            "httpGet": {"path": "/v2/health/ready", "port": PORT},
            "periodSeconds": 2,
            "timeoutSeconds": 2,
            "failureThreshold": 3,
        },
        # the agent takes this over too, so the pod's part of "restricted" stands here
        "securityContext": container_security()
        | {
            "runAsNonRoot": True,
            "runAsUser": 1000,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        # each InferenceService says its own; a change here would roll every pod
        "resources": resources(CPU_LIMIT, RUNTIME_MEMORY, CPU_REQUEST),
        "volumeMounts": [{"name": "tmp", "mountPath": TMP}],
    }
