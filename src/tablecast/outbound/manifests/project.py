"""A project's manifests: its namespace, and all that every training and serving in it leans on."""

from typing import Any

from tablecast.cluster.port import (
    NAMESPACE,
    RESOURCE_QUOTA,
    ROLE,
    ROLE_BINDING,
    SECRET,
    SERVICE_ACCOUNT,
    VOLUME_CLAIM,
    Manifest,
)
from tablecast.outbound.manifests import datastore, network
from tablecast.outbound.manifests.objects import VOLUME, labels, manifest
from tablecast.outbound.manifests.specs import ProjectSpec

STEP_ACCOUNT = "step"
RBAC = "rbac.authorization.k8s.io"

# Pods that have not ended: far above what a project's limits let run, far below what hurts a cluster.
MOST_PODS = 100


def project_manifests(project: ProjectSpec) -> list[Manifest]:
    """Every object of a project, in the order in which to apply them."""
    return [
        namespace(project),
        volume_claim(project),
        quota(project),
        *step_account(project),
        *network.policies(project),
        *datastore.manifests(project),
    ]


def namespace(project: ProjectSpec) -> Manifest:
    """The namespace; every pod in it must meet Pod Security "restricted"."""
    security = {
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/warn": "restricted",
    }
    return manifest(NAMESPACE, "", project.namespace, _labels(project) | security)


def volume_claim(project: ProjectSpec) -> Manifest:
    """The volume that datastore and steps share, on one node at a time."""
    spec: dict[str, Any] = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": str(project.volume_bytes)}},
    }
    if project.storage_class:
        spec["storageClassName"] = project.storage_class
    return _object(VOLUME_CLAIM, project, VOLUME, spec=spec)


def quota(project: ProjectSpec) -> Manifest:
    """What all of the project's pods may take together; a pod without limits is refused by it."""
    cpu, memory = str(project.cpu_limit), str(project.memory_limit_bytes)
    hard = {
        "limits.cpu": cpu,
        "limits.memory": memory,
        "requests.cpu": cpu,
        "requests.memory": memory,
        "pods": str(MOST_PODS),
    }
    return _object(RESOURCE_QUOTA, project, "quota", spec={"hard": hard})


def step_account(project: ProjectSpec) -> list[Manifest]:
    """The steps' account: only Argo's own containers get its token, to report results with it.

    Kubernetes no longer makes the Secret that Argo mounts by this name; without it a pod hangs in Init.
    """
    rule = {
        "apiGroups": ["argoproj.io"],
        "resources": ["workflowtaskresults"],
        "verbs": ["create", "patch"],
    }
    role_ref = {"apiGroup": RBAC, "kind": "Role", "name": STEP_ACCOUNT}
    subject = {
        "kind": "ServiceAccount",
        "name": STEP_ACCOUNT,
        "namespace": project.namespace,
    }
    return [
        _object(SERVICE_ACCOUNT, project, STEP_ACCOUNT, automountServiceAccountToken=False),
        _object(
            SECRET,
            project,
            f"{STEP_ACCOUNT}.service-account-token",
            annotations={"kubernetes.io/service-account.name": STEP_ACCOUNT},
            type="kubernetes.io/service-account-token",
        ),
        _object(ROLE, project, STEP_ACCOUNT, rules=[rule]),
        _object(ROLE_BINDING, project, STEP_ACCOUNT, roleRef=role_ref, subjects=[subject]),
    ]


def _labels(project: ProjectSpec) -> dict[str, str]:
    return labels(project.project_id, "project", project.project_id, project.operation_id)


def _object(kind: Any, project: ProjectSpec, name: str, **content: Any) -> Manifest:
    return manifest(kind, project.namespace, name, _labels(project), **content)
