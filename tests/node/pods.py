"""Pods of the images, made of the manifests that Tablecast itself applies."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tablecast.cluster.port import POD, Cluster, Manifest
from tablecast.outbound.manifests.objects import container_security, pod_security
from tablecast.outbound.manifests.serving import serving_runtime
from tablecast.outbound.manifests.training import RESULT_PATH, workflow
from tests.cluster.waiting import until_object
from tests.outbound.manifests.samples import POOL, WORKFLOW

# the image is on the node; what takes time is a loaded machine
PATIENCE = 120.0
EMPTY: dict[str, Any] = {"emptyDir": {}}
CLAIM = {"persistentVolumeClaim": {"claimName": "data"}}
MODELS = "models"


def pod(space: str, name: str, container: Manifest, **spec: Any) -> Manifest:
    """A pod of one container that is not started again; its /tmp is a volume."""
    volumes = [{"name": "tmp", **EMPTY}, *spec.pop("volumes", [])]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": space},
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 1,
            "containers": [container],
            "volumes": volumes,
            **spec,
        },
    }


def plain(space: str, name: str, image: str, *command: str, **env: str) -> Manifest:
    """A pod that runs a command, or what the image runs by itself, as the image's own user."""
    container = {
        "name": "main",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "env": [{"name": key, "value": value} for key, value in env.items()],
        "securityContext": container_security(),
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
    }
    if command:
        container["command"] = list(command)
    security = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    return pod(space, name, container, securityContext=security)


def step_pod(
    space: str, step: str, image: str, spec: Mapping[str, Any], volume: Mapping[str, Any]
) -> Manifest:
    """A step's container as its Workflow describes it; its result becomes its termination message."""
    flow = workflow(replace(WORKFLOW, namespace=space, images={**WORKFLOW.images, step: image}))
    templates = {one["name"]: one for one in flow["spec"]["templates"]}
    container = templates[step]["container"] | {"terminationMessagePath": RESULT_PATH}
    for one in container["env"]:
        if one["name"] == "TABLECAST_SPEC":
            one["value"] = json.dumps(spec)
    volumes = [{"name": "data", **volume}]
    return pod(space, step, container, volumes=volumes, securityContext=pod_security())


def serve_pod(space: str, image: str, volume: Mapping[str, Any], folder: str = "") -> Manifest:
    """The model server as its ServingRuntime describes it, over a folder of a volume."""
    runtime = serving_runtime(replace(POOL, namespace=space, image_serve=image))
    container = runtime["spec"]["containers"][0]
    container["args"] = [one.replace("{{.Name}}", "birds") for one in container["args"]]
    mount = {"name": MODELS, "mountPath": "/mnt/models", "readOnly": True}
    container["volumeMounts"].append(mount | ({"subPath": folder} if folder else {}))
    return pod(space, "serve", container, volumes=[{"name": MODELS, **volume}])


async def until_ended(cluster: Cluster, space: str, name: str) -> Manifest:
    """Wait for the pod's container to end; return how it did."""
    seen = await until_object(cluster, POD, space, name, _end, PATIENCE)
    return _end(seen)


async def until_ready(cluster: Cluster, space: str, name: str) -> Manifest:
    """Wait for the pod to be Ready."""
    return await until_object(cluster, POD, space, name, is_ready, PATIENCE)


async def said(cluster: Cluster, space: str, name: str, container: str = "main") -> str:
    """All that a container has printed."""
    chunks = [chunk async for chunk in cluster.logs(space, name, container=container)]
    return b"".join(chunks).decode()


def is_ready(seen: Manifest) -> bool:
    """Whether a pod says that it is Ready."""
    conditions = seen.get("status", {}).get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def _end(seen: Manifest) -> Manifest:
    statuses = seen.get("status", {}).get("containerStatuses", [])
    found: Manifest = statuses[0]["state"].get("terminated", {}) if statuses else {}
    return found
