"""Plays Argo Workflows v4.1: a Workflow becomes Pods, a task at a time.

Remembers nothing between passes: what a pass needs is in the Workflow and its Pods, and names are
deterministic, so that it may be cut off at any line and done again. Unlike Argo it does not wait
ten seconds between looks.
"""

import asyncio
import time

from tablecast.cluster.embedded import moment
from tablecast.cluster.embedded.duration import seconds_of
from tablecast.cluster.embedded.node import STOP
from tablecast.cluster.embedded.reconciler import Key, Reconciler, Watching, owner_keys
from tablecast.cluster.embedded.workflow_nodes import Node, end
from tablecast.cluster.embedded.workflow_plan import Plan, plan
from tablecast.cluster.embedded.workflow_pods import PREFIX
from tablecast.cluster.port import POD, WORKFLOW, Cluster, Kind, Manifest
from tablecast.errors import ClusterRefusal, ObjectConflict, ObjectExists, ObjectMissing

MANAGER = "tablecast-workflows"
_NAME_TAKEN_SECONDS = 1.0
_QUOTA_SECONDS = 10.0
_POD_GC_DELAY = "5s"


async def run(cluster: Cluster, *, obeyed: bool = True) -> None:
    """Play Argo's controller, for ever.

    `obeyed`: the node ends a pod that is annotated so, as ours does; a real one is not told by Argo's
    executor here, so the pod is deleted.
    """
    controller = _Workflows(cluster, obeyed)
    work = Reconciler(controller.reconcile)
    async with asyncio.TaskGroup() as group:
        group.create_task(work.run())
        group.create_task(Watching(cluster, WORKFLOW, work.wake).run())
        pods = Watching(
            cluster, POD, work.wake, owner_keys(WORKFLOW), selector=f"{PREFIX}/workflow"
        )
        group.create_task(pods.run())


class _Workflows:
    def __init__(self, cluster: Cluster, obeyed: bool) -> None:
        self._cluster = cluster
        self._obeyed = obeyed

    async def reconcile(self, key: Key) -> float | None:
        """Take one Workflow a step on; return the seconds after which time matters."""
        try:
            workflow = await self._cluster.get(WORKFLOW, *key)
        except ObjectMissing:
            return None
        if workflow["metadata"].get("deletionTimestamp"):
            return None
        pods = await self._pods(workflow)
        if "finishedAt" in workflow.get("status", {}):
            return await self._clean_up(workflow, pods)
        next_ = plan(workflow, pods, time.time())
        for node_id, pod in next_.create:
            await self._create(next_, node_id, pod)
        for pod in next_.stop:
            await (self._annotate(pod) if self._obeyed else self._delete(POD, pod))
        for pod in next_.delete:
            await self._delete(POD, pod)
        await self._write(workflow, next_)
        await self._collect_pods(workflow, next_.status, pods, next_)
        return next_.wake

    async def _pods(self, workflow: Manifest) -> list[Manifest]:
        namespace, name, uid = (workflow["metadata"][k] for k in ("namespace", "name", "uid"))
        selector = f"{PREFIX}/workflow={name}"
        listing = await self._cluster.list(POD, namespace=namespace, selector=selector)
        return [
            pod
            for pod in listing.objects
            if any(o["uid"] == uid for o in pod["metadata"].get("ownerReferences", []))
        ]

    async def _create(self, next_: Plan, node_id: str, pod: Manifest) -> None:
        node: Node = next_.status["nodes"][node_id]
        try:
            await self._cluster.create(pod, manager=MANAGER)
        except ObjectExists:
            # our own of a pass that was cut off, or one that is still on its way out
            next_.wake_in(_NAME_TAKEN_SECONDS)
        except ClusterRefusal as error:
            if "exceeded quota" in str(error):
                node["message"] = str(error)
                next_.wake_in(_QUOTA_SECONDS)
            else:
                end(node, "Error", moment.now(), str(error))
                next_.wake_in(0)

    async def _annotate(self, pod: Manifest) -> None:
        if STOP in pod["metadata"].get("annotations", {}):
            return
        identity = {key: pod["metadata"][key] for key in ("name", "namespace", "uid")}
        metadata = {**identity, "annotations": {STOP: "true"}}
        try:
            await self._cluster.apply(
                {"apiVersion": POD.api_version, "kind": POD.kind, "metadata": metadata},
                manager=MANAGER,
            )
        except (ObjectMissing, ObjectConflict):
            return

    async def _delete(self, kind: Kind, manifest: Manifest) -> None:
        metadata = manifest["metadata"]
        try:
            await self._cluster.delete(
                kind, metadata["namespace"], metadata["name"], uid=metadata["uid"]
            )
        except (ObjectMissing, ObjectConflict):
            return

    async def _write(self, workflow: Manifest, next_: Plan) -> None:
        if next_.status == workflow.get("status"):
            return
        identity = {key: workflow["metadata"][key] for key in ("name", "namespace", "uid")}
        labels = {
            f"{PREFIX}/phase": next_.status["phase"],
            f"{PREFIX}/completed": "true" if "finishedAt" in next_.status else "false",
        }
        annotations = {f"{PREFIX}/pod-name-format": "v2"}
        try:
            await self._cluster.apply(
                {
                    "apiVersion": WORKFLOW.api_version,
                    "kind": WORKFLOW.kind,
                    "metadata": {**identity, "labels": labels, "annotations": annotations},
                    "status": next_.status,
                },
                manager=MANAGER,
            )
        except ObjectConflict:
            return

    async def _clean_up(self, workflow: Manifest, pods: list[Manifest]) -> float | None:
        """Remove what its time has come for: the Workflow itself (TTL), or its pods."""
        status = workflow["status"]
        rest = Plan(status)
        age = time.time() - moment.seconds(status["finishedAt"])
        lifetime = _time_to_live(workflow)
        if lifetime is not None and age >= lifetime:
            await self._delete(WORKFLOW, workflow)
            return None
        if lifetime is not None:
            rest.wake_in(lifetime - age)
        await self._collect_pods(workflow, status, pods, rest)
        return rest.wake

    async def _collect_pods(
        self, workflow: Manifest, status: Manifest, pods: list[Manifest], rest: Plan
    ) -> None:
        collection = workflow["spec"].get("podGC") or {}
        strategy: str = collection.get("strategy", "")
        delay = seconds_of(collection.get("deleteDelayDuration", _POD_GC_DELAY))
        for pod in pods if strategy else ():
            since = _collectable_since(strategy, status, pod)
            if since is None or pod["metadata"].get("deletionTimestamp"):
                continue
            left = since + delay - time.time()
            if left > 0:
                rest.wake_in(left)
            else:
                await self._delete(POD, pod)


def _time_to_live(workflow: Manifest) -> float | None:
    """Return the seconds that a finished Workflow is kept; None for ever."""
    ttl = workflow["spec"].get("ttlStrategy") or {}
    by_phase = {"Succeeded": "secondsAfterSuccess", "Failed": "secondsAfterFailure"}
    own = ttl.get(by_phase.get(workflow["status"]["phase"], ""))
    found = own if own is not None else ttl.get("secondsAfterCompletion")
    return None if found is None else float(found)


def _collectable_since(strategy: str, status: Manifest, pod: Manifest) -> float | None:
    node = status.get("nodes", {}).get(pod["metadata"]["annotations"].get(f"{PREFIX}/node-id"), {})
    source = status if "Workflow" in strategy else node
    if "finishedAt" not in source or "finishedAt" not in node:
        return None
    if strategy.endswith("Success") and source["phase"] != "Succeeded":
        return None
    return moment.seconds(source["finishedAt"])
