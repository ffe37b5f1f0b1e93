"""Objects: what every manifest has alike: metadata, labels, and pods fit for "restricted"."""

from collections.abc import Mapping
from typing import Any

from tablecast.cluster.port import MANAGED, Kind, Manifest

PREFIX = "tablecast.dev"
NAME_LABEL = "app.kubernetes.io/name"
DATASTORE = "datastore"
VOLUME = "data"
PORT = 8080
TMP = "/tmp"  # noqa: S108 -- a path in the container, on an emptyDir of its own

# Large enough for a library's scratch files, small enough to spare the node's disk.
TMP_SIZE = "1Gi"


def labels(project_id: str, noun: str, id_: str, operation_id: str = "") -> dict[str, str]:
    """Labels that say whose an object is; no operation where the label would reach a pod template.

    A changed label of a template rolls its pods, and an update must not.
    """
    found = {
        MANAGED: "true",
        f"{PREFIX}/project": project_id,
        f"{PREFIX}/noun": noun,
        f"{PREFIX}/id": id_,
    }
    if operation_id:
        found[f"{PREFIX}/operation"] = operation_id
    return found


def manifest(
    kind: Kind, namespace: str, name: str, object_labels: Mapping[str, str], **content: Any
) -> Manifest:
    """Return an object of `kind` with its metadata; `content` is the rest of it."""
    metadata: dict[str, Any] = {"name": name, "labels": dict(object_labels)}
    if kind.namespaced:
        metadata["namespace"] = namespace
    annotations = content.pop("annotations", None)
    if annotations:
        metadata["annotations"] = annotations
    return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata} | content


def pod_security() -> dict[str, Any]:
    """A pod's securityContext under Pod Security "restricted", able to write the volume."""
    return {
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "runAsGroup": 1000,
        "fsGroup": 1000,
        # without it each pod start walks the whole volume
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def container_security() -> dict[str, Any]:
    """A container's securityContext under Pod Security "restricted", root file system read-only."""
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def resources(cpu: str, memory_bytes: int, cpu_request: str) -> dict[str, Any]:
    """Limits, and requests that ask for all of the memory: a node must not promise it twice."""
    memory = str(memory_bytes)
    return {
        "requests": {"cpu": cpu_request, "memory": memory},
        "limits": {"cpu": cpu, "memory": memory},
    }


def tmp_volume() -> dict[str, Any]:
    """The one place that a container may write beside the project's volume."""
    return {"name": "tmp", "emptyDir": {"sizeLimit": TMP_SIZE}}


def data_volume() -> dict[str, Any]:
    """The project's volume."""
    return {"name": VOLUME, "persistentVolumeClaim": {"claimName": VOLUME}}


def mounts() -> list[dict[str, Any]]:
    """Where a container finds the two: /data and /tmp."""
    return [{"name": VOLUME, "mountPath": "/data"}, {"name": "tmp", "mountPath": TMP}]


def beside_datastore() -> dict[str, Any]:
    """Affinity to the datastore's node: a ReadWriteOnce volume is mounted on one node at a time."""
    selector = {"matchLabels": {NAME_LABEL: DATASTORE}}
    term = {"labelSelector": selector, "topologyKey": "kubernetes.io/hostname"}
    return {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
