"""What tests ask of pods, workflows and services."""

from typing import Any

from tablecast.cluster.port import POD, WORKFLOW, Call, Cluster, Manifest, Target
from tablecast.errors import Unreachable

from .waiting import until, until_object

SLEEP = "import time; time.sleep(60)"


def node(manifest: Manifest, name: str) -> Manifest:
    nodes = manifest["status"]["nodes"].values()
    return next(each for each in nodes if each["displayName"] == name)


async def ended(cluster: Cluster, space: str, name: str) -> Manifest:
    return await until_object(
        cluster, WORKFLOW, space, name, lambda o: "finishedAt" in o.get("status", {})
    )


async def running_pod(cluster: Cluster, space: str, step_name: str) -> Manifest:
    async def look() -> Manifest | None:
        listing = await cluster.list(
            POD, namespace=space, selector="workflows.argoproj.io/workflow"
        )
        for pod in listing.objects:
            named = pod["metadata"]["annotations"]["workflows.argoproj.io/node-name"]
            if named.split(".")[-1].startswith(step_name) and pod["status"]["phase"] == "Running":
                return pod
        return None

    found = await until(look)
    assert found is not None
    return found


def pod(space: str, name: str, container: Manifest, **spec: Any) -> Manifest:
    volumes = [
        {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
        {"name": "tmp", "emptyDir": {}},
        *spec.pop("volumes", []),
    ]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": space, "labels": {"app": name}},
        "spec": {
            "restartPolicy": "Never",
            "containers": [{"name": "main", **container}],
            "volumes": volumes,
            **spec,
        },
    }


def terminated(manifest: Manifest) -> Any:
    statuses = manifest.get("status", {}).get("containerStatuses", [])
    return statuses and statuses[0]["state"].get("terminated")


def condition(manifest: Manifest, type_: str) -> str:
    conditions = manifest.get("status", {}).get("conditions", [])
    return next((c["status"] for c in conditions if c["type"] == type_), "")


def is_ready(manifest: Manifest) -> bool:
    return condition(manifest, "Ready") == "True"


async def predicted(cluster: Cluster, space: str, isvc: str, model: str) -> str | None:
    target = Target(space, f"{isvc}-predictor", 80)
    call = Call(target, method="POST", path=f"/v1/models/{model}:predict", body=b"{}")
    try:
        async with cluster.request(call) as response:
            return (await response.read()).decode() if response.status == 200 else None
    except Unreachable:
        return None
