"""Plays the Deployment controller, without ReplicaSets: Deployments become Pods.

Pods are named `<deployment>-<hash of the template>-<n>` with the least free n, so that a pass that
was cut off is simply done again. New pods stand beside old ones until they are ready.
"""

import asyncio
import math
from typing import Any

import orjson

from tablecast.cluster.embedded import moment, selectors
from tablecast.cluster.embedded.fnv import fnv1a32
from tablecast.cluster.embedded.reconciler import Key, Reconciler, Watching, owner_keys
from tablecast.cluster.port import DEPLOYMENT, POD, Cluster, Manifest
from tablecast.errors import ObjectConflict, ObjectExists, ObjectMissing

MANAGER = "tablecast-deployments"
HASH = "pod-template-hash"


async def run(cluster: Cluster) -> None:
    """Keep every Deployment's pods, for ever."""
    controller = _Deployments(cluster)
    work = Reconciler(controller.reconcile)
    async with asyncio.TaskGroup() as group:
        group.create_task(work.run())
        group.create_task(Watching(cluster, DEPLOYMENT, work.wake).run())
        group.create_task(Watching(cluster, POD, work.wake, owner_keys(DEPLOYMENT)).run())


class _Deployments:
    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    async def reconcile(self, key: Key) -> None:
        """Make one Deployment's pods and status what they should be."""
        try:
            deployment = await self._cluster.get(DEPLOYMENT, *key)
        except ObjectMissing:
            return
        if deployment["metadata"].get("deletionTimestamp"):
            return
        pods = await self._pods(deployment)
        create, delete = plan(deployment, pods)
        for pod in create:
            try:
                await self._cluster.create(pod, manager=MANAGER)
            except ObjectExists:
                continue
        for pod in delete:
            metadata = pod["metadata"]
            try:
                await self._cluster.delete(POD, *key[:1], metadata["name"], uid=metadata["uid"])
            except (ObjectMissing, ObjectConflict):
                continue
        await self._write_status(deployment, await self._pods(deployment))

    async def _pods(self, deployment: Manifest) -> list[Manifest]:
        wanted = selectors.of_labels(deployment["spec"]["selector"].get("matchLabels", {}))
        namespace, uid = (deployment["metadata"][key] for key in ("namespace", "uid"))
        listing = await self._cluster.list(POD, namespace=namespace, selector=wanted)
        return [pod for pod in listing.objects if _owned(pod, uid)]

    async def _write_status(self, deployment: Manifest, pods: list[Manifest]) -> None:
        status = status_of(deployment, pods, moment.now())
        if status == deployment.get("status"):
            return
        identity = {key: deployment["metadata"][key] for key in ("name", "namespace", "uid")}
        await self._cluster.apply(
            {
                "apiVersion": DEPLOYMENT.api_version,
                "kind": DEPLOYMENT.kind,
                "metadata": identity,
                "status": status,
            },
            manager=MANAGER,
            subresource="status",
        )


def template_hash(deployment: Manifest) -> str:
    """Return what tells this template's pods from another's."""
    template = orjson.dumps(deployment["spec"]["template"], option=orjson.OPT_SORT_KEYS)
    return f"{fnv1a32(template.decode()):08x}"


def plan(deployment: Manifest, pods: list[Manifest]) -> tuple[list[Manifest], list[Manifest]]:
    """Return the pods to create and those to delete next. Pure."""
    replicas, current = _replicas(deployment), template_hash(deployment)
    living = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
    new = [pod for pod in living if pod["metadata"]["labels"].get(HASH) == current]
    old = [pod for pod in living if pod not in new]
    spec = deployment["spec"].get("strategy", {})
    if spec.get("type") == "Recreate":
        others = [p for p in pods if p["metadata"]["labels"].get(HASH) != current]
        room = 0 if others else replicas - len(new)
        return _created(deployment, pods, room), [*old, *_surplus(new, replicas)]
    surge, unavailable = _rolling(spec.get("rollingUpdate", {}), replicas)
    room = min(replicas - len(new), replicas + surge - len(living))
    spare = sum(map(is_ready, living)) - (replicas - unavailable)
    unready = [pod for pod in old if not is_ready(pod)]
    retired = unready + [pod for pod in old if is_ready(pod)][: max(0, spare)]
    return _created(deployment, pods, room), [*retired, *_surplus(new, replicas)]


def status_of(deployment: Manifest, pods: list[Manifest], now: str) -> dict[str, Any]:
    """Return a Deployment's status as its controller writes it. Pure."""
    replicas, current = _replicas(deployment), template_hash(deployment)
    living = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
    new = [pod for pod in living if pod["metadata"]["labels"].get(HASH) == current]
    ready = sum(map(is_ready, living))
    complete = len(new) == len(living) == replicas and ready >= replicas
    return {
        "observedGeneration": deployment["metadata"]["generation"],
        "replicas": len(living),
        "updatedReplicas": len(new),
        "readyReplicas": ready,
        "availableReplicas": ready,
        "unavailableReplicas": max(0, replicas - ready),
        "conditions": _conditions(deployment, ready, complete, now),
    }


def _conditions(deployment: Manifest, ready: int, complete: bool, now: str) -> list[dict[str, Any]]:
    replicas = _replicas(deployment)
    strategy = deployment["spec"].get("strategy", {})
    _, unavailable = _rolling(strategy.get("rollingUpdate", {}), replicas)
    replica_set = f'ReplicaSet "{deployment["metadata"]["name"]}-{template_hash(deployment)}"'
    before = {c["type"]: c for c in deployment.get("status", {}).get("conditions", [])}
    available = ("MinimumReplicasAvailable", "Deployment has minimum availability.")
    missing = ("MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    done = ("NewReplicaSetAvailable", f"{replica_set} has successfully progressed.")
    under_way = ("ReplicaSetUpdated", f"{replica_set} is progressing.")
    enough = ready >= replicas - unavailable
    return [
        _condition(before, now, "Available", enough, available if enough else missing),
        _condition(before, now, "Progressing", True, done if complete else under_way),
    ]


def is_ready(pod: Manifest) -> bool:
    """Say whether a pod's Ready condition is True."""
    conditions = pod.get("status", {}).get("conditions", [])
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def _replicas(deployment: Manifest) -> int:
    return int(deployment["spec"].get("replicas", 1))


def _owned(pod: Manifest, uid: str) -> bool:
    return any(o["uid"] == uid for o in pod["metadata"].get("ownerReferences", []))


def _rolling(limits: dict[str, Any], replicas: int) -> tuple[int, int]:
    """Return (surge, unavailable): the surge rounded up, the other down, never both nothing."""
    surge = math.ceil(_share(limits.get("maxSurge", "25%"), replicas))
    unavailable = math.floor(_share(limits.get("maxUnavailable", "25%"), replicas))
    return surge, unavailable if surge or unavailable else 1


def _share(limit: int | str, replicas: int) -> float:
    text = str(limit)
    return replicas * float(text[:-1]) / 100 if text.endswith("%") else float(text)


def _surplus(new: list[Manifest], replicas: int) -> list[Manifest]:
    order = sorted(new, key=lambda pod: (is_ready(pod), pod["metadata"]["creationTimestamp"]))
    return order[: max(0, len(new) - replicas)]


def _created(deployment: Manifest, pods: list[Manifest], count: int) -> list[Manifest]:
    taken = {pod["metadata"]["name"] for pod in pods}
    prefix = f"{deployment['metadata']['name']}-{template_hash(deployment)}"
    names = (f"{prefix}-{n}" for n in range(len(taken) + max(0, count)))
    free = [name for name in names if name not in taken]
    return [_pod(deployment, name) for name in free[: max(0, count)]]


def _pod(deployment: Manifest, name: str) -> Manifest:
    template, metadata = deployment["spec"]["template"], deployment["metadata"]
    labels = {**template["metadata"].get("labels", {}), HASH: template_hash(deployment)}
    owner = {
        "apiVersion": DEPLOYMENT.api_version,
        "kind": DEPLOYMENT.kind,
        "name": metadata["name"],
        "uid": metadata["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
    return {
        "apiVersion": POD.api_version,
        "kind": POD.kind,
        "metadata": {
            "name": name,
            "namespace": metadata["namespace"],
            "labels": labels,
            "annotations": template["metadata"].get("annotations", {}),
            "ownerReferences": [owner],
        },
        "spec": {"restartPolicy": "Always", **template["spec"]},
    }


def _condition(
    before: dict[str, Any], now: str, type_: str, holds: bool, words: tuple[str, str]
) -> dict[str, Any]:
    status = "True" if holds else "False"
    old = before.get(type_, {})
    since = old["lastTransitionTime"] if old.get("status") == status else now
    return {
        "type": type_,
        "status": status,
        "reason": words[0],
        "message": words[1],
        "lastTransitionTime": since,
        "lastUpdateTime": since,
    }
