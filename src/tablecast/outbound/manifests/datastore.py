"""The datastore's manifests: one pod beside the volume, its Service, and the Secret of its keys."""

from base64 import b64encode
from typing import Any

from tablecast.cluster.port import DEPLOYMENT, SECRET, SERVICE, Manifest
from tablecast.outbound.manifests.objects import (
    DATASTORE,
    NAME_LABEL,
    PORT,
    container_security,
    data_volume,
    labels,
    manifest,
    mounts,
    pod_security,
    resources,
    tmp_volume,
)
from tablecast.outbound.manifests.specs import ProjectSpec
from tablecast.settings import GIB, MIB

SERVICE_PORT = 80
SELECTOR = {NAME_LABEL: DATASTORE}

# The conversion child may take 2 GiB; the rest is the server's own, which holds no table.
MOST_MEMORY = 2 * GIB + 512 * MIB
OWN_MEMORY = 256 * MIB


def manifests(project: ProjectSpec) -> list[Manifest]:
    """Secret, Deployment and Service, in the order in which to apply them."""
    own = labels(project.project_id, "project", project.project_id, project.operation_id)
    keys = {
        "token": _encoded(project.datastore_token),
        "signing-key": _encoded(project.signing_key),
    }
    service = {"selector": SELECTOR, "ports": [_service_port()]}
    at = project.namespace
    return [
        manifest(SECRET, at, DATASTORE, own, type="Opaque", data=keys),
        manifest(DEPLOYMENT, at, DATASTORE, own | SELECTOR, spec=_deployment(project)),
        manifest(SERVICE, at, DATASTORE, own | SELECTOR, spec=service),
    ]


def memory_limit(project: ProjectSpec) -> int:
    """Bytes that the datastore's pod may take: at most a quarter of the project's, or what it needs."""
    return min(MOST_MEMORY, max(2 * OWN_MEMORY, project.memory_limit_bytes // 4))


def _encoded(secret: str) -> str:
    # Not stringData: that is never given back, so an unchanged apply would look like a change.
    return b64encode(secret.encode()).decode()


def _service_port() -> dict[str, Any]:
    return {"name": "http", "port": SERVICE_PORT, "targetPort": PORT, "protocol": "TCP"}


def _deployment(project: ProjectSpec) -> dict[str, Any]:
    pod_labels = labels(project.project_id, "project", project.project_id) | SELECTOR
    return {
        "replicas": 1,
        "revisionHistoryLimit": 2,
        # a second pod could not mount the volume on another node while the first lives
        "strategy": {"type": "Recreate"},
        "selector": {"matchLabels": SELECTOR},
        "template": {"metadata": {"labels": pod_labels}, "spec": _pod(project)},
    }


def _pod(project: ProjectSpec) -> dict[str, Any]:
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": pod_security(),
        "terminationGracePeriodSeconds": 10,
        "containers": [_container(project)],
        "volumes": [data_volume(), tmp_volume()],
    }


def _container(project: ProjectSpec) -> dict[str, Any]:
    memory = memory_limit(project)
    return {
        "name": "main",
        "image": project.image_server,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-m", "tablecast.datastore"],
        "env": _environment(project, memory),
        "ports": [{"name": "http", "containerPort": PORT, "protocol": "TCP"}],
        "readinessProbe": {
            "httpGet": {"path": "/healthz", "port": PORT},
            "periodSeconds": 2,
            "timeoutSeconds": 2,
        },
        "securityContext": container_security(),
        "resources": resources("2", memory, "100m"),
        "volumeMounts": mounts(),
    }


def _environment(project: ProjectSpec, memory: int) -> list[dict[str, Any]]:
    plain = {
        "DATASTORE_ROOT": "/data",
        "DATASTORE_PORT": str(PORT),
        "DATASTORE_CONVERT_MEMORY_BYTES": str(memory - OWN_MEMORY),
        "DATASTORE_MAX_UPLOAD_BYTES": str(project.upload_bytes),
        "DATASTORE_UPLOAD_SECONDS": str(project.upload_seconds),
    }
    secret = {"DATASTORE_TOKEN": "token", "DATASTORE_SIGNING_KEY": "signing-key"}
    return [
        *({"name": name, "value": value} for name, value in plain.items()),
        *(
            {"name": name, "valueFrom": {"secretKeyRef": {"name": DATASTORE, "key": key}}}
            for name, key in secret.items()
        ),
    ]
