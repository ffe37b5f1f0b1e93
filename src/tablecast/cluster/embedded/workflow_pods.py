"""The Pod that Argo makes of a Workflow's container template. Pure.

Only `main` is in it: Argo's own `init` and `wait` are played from outside, and an output parameter
comes by the container's termination message instead of through `wait`.
"""

from typing import Any

from tablecast.cluster.embedded.fnv import fnv1a32
from tablecast.cluster.port import POD, WORKFLOW, Manifest

PREFIX = "workflows.argoproj.io"
_FROM_SPEC = (
    "affinity",
    "automountServiceAccountToken",
    "dnsConfig",
    "dnsPolicy",
    "imagePullSecrets",
    "nodeSelector",
    "schedulerName",
    "securityContext",
    "serviceAccountName",
    "tolerations",
)
_NAME_LIMIT = 253 - 11


def node_id(workflow: str, node_name: str) -> str:
    """Return the id of a node by its name; the root's is the Workflow's own name."""
    return workflow if node_name == workflow else f"{workflow}-{fnv1a32(node_name)}"


def pod_name(workflow: str, template: str, node_name: str) -> str:
    """Return Argo's (v2) name for a node's Pod."""
    return f"{f'{workflow}-{template}'[:_NAME_LIMIT]}-{fnv1a32(node_name)}"


def output_parameter(template: dict[str, Any]) -> dict[str, Any] | None:
    """Return the output parameter that comes from a file, where a template has one."""
    parameters = template.get("outputs", {}).get("parameters", [])
    return next((p for p in parameters if "path" in p.get("valueFrom", {})), None)


def pod_of(
    workflow: Manifest, template: dict[str, Any], node_name: str, deadline: int | None
) -> Manifest:
    """Return a node's Pod; `deadline` in seconds bounds it beside the template's own."""
    metadata, spec = workflow["metadata"], workflow["spec"]
    owner = {
        "apiVersion": WORKFLOW.api_version,
        "kind": WORKFLOW.kind,
        "name": metadata["name"],
        "uid": metadata["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
    return {
        "apiVersion": POD.api_version,
        "kind": POD.kind,
        "metadata": {
            "name": pod_name(metadata["name"], template["name"], node_name),
            "namespace": metadata["namespace"],
            "labels": _labels(workflow, template),
            "annotations": _annotations(workflow, template, node_name),
            "ownerReferences": [owner],
        },
        "spec": _pod_spec(spec, template, deadline),
    }


def _labels(workflow: Manifest, template: dict[str, Any]) -> dict[str, str]:
    return {
        **workflow["spec"].get("podMetadata", {}).get("labels", {}),
        **template.get("metadata", {}).get("labels", {}),
        f"{PREFIX}/workflow": workflow["metadata"]["name"],
        f"{PREFIX}/completed": "false",
    }


def _annotations(workflow: Manifest, template: dict[str, Any], node_name: str) -> dict[str, str]:
    return {
        **workflow["spec"].get("podMetadata", {}).get("annotations", {}),
        **template.get("metadata", {}).get("annotations", {}),
        "kubectl.kubernetes.io/default-container": "main",
        f"{PREFIX}/node-id": node_id(workflow["metadata"]["name"], node_name),
        f"{PREFIX}/node-name": node_name,
    }


def _pod_spec(
    spec: dict[str, Any], template: dict[str, Any], deadline: int | None
) -> dict[str, Any]:
    pod = {key: spec[key] for key in _FROM_SPEC if key in spec}
    pod |= {key: template[key] for key in _FROM_SPEC if key in template}
    volumes = [*spec.get("volumes", []), *template.get("volumes", [])]
    bounds = [b for b in (template.get("activeDeadlineSeconds"), deadline) if b is not None]
    pod |= {
        "restartPolicy": "Never",
        # under Argo's executor a step is not process 1, which the kernel spares signals it does not handle
        "shareProcessNamespace": True,
        "containers": [_main(template)],
        "volumes": [*volumes, {"name": "var-run-argo", "emptyDir": {}}],
    }
    if bounds:
        pod["activeDeadlineSeconds"] = max(1, min(int(bound) for bound in bounds))
    return pod


def _main(template: dict[str, Any]) -> dict[str, Any]:
    container = {**template["container"], "name": "main"}
    mounts = container.get("volumeMounts", [])
    container["volumeMounts"] = [*mounts, {"name": "var-run-argo", "mountPath": "/var/run/argo"}]
    progress = {"name": "ARGO_PROGRESS_FILE", "value": "/var/run/argo/progress"}
    container["env"] = [*container.get("env", []), progress]
    if parameter := output_parameter(template):
        container["terminationMessagePath"] = parameter["valueFrom"]["path"]
    return container
