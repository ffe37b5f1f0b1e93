"""Plays KServe v0.20 in Standard mode: an InferenceService becomes a Deployment and a Service.

Level-triggered and without memory of its own, so that a pass cut off anywhere is done again.
"""

import asyncio
import contextlib
from collections import defaultdict
from typing import Any

from tablecast.cluster.embedded import moment
from tablecast.cluster.embedded.inference_status import status_invalid, status_of
from tablecast.cluster.embedded.predictor import (
    GROUP,
    InvalidPredictor,
    config_map,
    deployment,
    is_pool,
    service,
)
from tablecast.cluster.embedded.reconciler import Key, Reconciler, Watching, owner_keys
from tablecast.cluster.port import (
    DEPLOYMENT,
    INFERENCE_SERVICE,
    POD,
    SERVING_RUNTIME,
    TRAINED_MODEL,
    Cluster,
    Manifest,
)
from tablecast.errors import ObjectConflict, ObjectExists, ObjectMissing

MANAGER = "tablecast-kserve"
PARENT = "inferenceservice"
FINALIZER = "inferenceservice.finalizers"
_CHILDREN_LEAVE_SECONDS = 0.1


async def run(cluster: Cluster, agent_image: str = "") -> None:
    """Play KServe's InferenceService controller, for ever.

    `agent_image` is for real nodes: an image that holds this package, as the model server's does not.
    """
    controller = _InferenceServices(cluster, agent_image)
    work = Reconciler(controller.reconcile)

    def wake_users(runtime: Key) -> None:
        for user in controller.users[runtime]:
            work.wake(user)

    async with asyncio.TaskGroup() as group:
        group.create_task(work.run())
        group.create_task(Watching(cluster, INFERENCE_SERVICE, work.wake).run())
        owned = Watching(cluster, DEPLOYMENT, work.wake, owner_keys(INFERENCE_SERVICE))
        group.create_task(owned.run())
        group.create_task(Watching(cluster, SERVING_RUNTIME, wake_users).run())


class _InferenceServices:
    def __init__(self, cluster: Cluster, agent_image: str) -> None:
        self._cluster = cluster
        self._agent_image = agent_image
        self.users: defaultdict[Key, set[Key]] = defaultdict(set)

    async def reconcile(self, key: Key) -> float | None:
        """Make what belongs to one InferenceService, and its status."""
        try:
            isvc = await self._cluster.get(INFERENCE_SERVICE, *key)
        except ObjectMissing:
            return None
        if isvc["metadata"].get("deletionTimestamp"):
            return await self._finalize(isvc)
        if FINALIZER not in isvc["metadata"].get("finalizers", []):
            isvc = await self._cluster.apply(_named(isvc, finalizers=[FINALIZER]), manager=MANAGER)
        try:
            status = await self._make(isvc)
        except InvalidPredictor as error:
            status = status_invalid(isvc, error.reason, str(error), moment.now())
        await self._write(isvc, status)
        return None

    async def _make(self, isvc: Manifest) -> dict[str, Any]:
        runtime = await self._runtime(isvc)
        wanted = deployment(isvc, runtime, self._agent_image)
        if is_pool(isvc):
            with contextlib.suppress(ObjectExists):
                await self._cluster.create(config_map(isvc), manager=MANAGER)
        await self._cluster.apply(service(isvc), manager=MANAGER)
        made = await self._cluster.apply(wanted, manager=MANAGER)
        namespace, name = isvc["metadata"]["namespace"], isvc["metadata"]["name"]
        selector = f"{GROUP}/inferenceservice={name}"
        pods = await self._cluster.list(POD, namespace=namespace, selector=selector)
        return status_of(isvc, made, len(pods.objects), moment.now())

    async def _runtime(self, isvc: Manifest) -> Manifest:
        model = isvc["spec"]["predictor"].get("model")
        if not model or "runtime" not in model:
            message = "a predictor must name its model's runtime here"
            raise InvalidPredictor("NoSupportingRuntime", message)
        namespace, name = isvc["metadata"]["namespace"], model["runtime"]
        self.users[Key(namespace, name)].add(Key(namespace, isvc["metadata"]["name"]))
        try:
            return await self._cluster.get(SERVING_RUNTIME, namespace, name)
        except ObjectMissing as error:
            message = "Waiting for runtime to become available"
            raise InvalidPredictor("RuntimeNotRecognized", message) from error

    async def _write(self, isvc: Manifest, status: dict[str, Any]) -> None:
        if status == isvc.get("status"):
            return
        manifest = {**_named(isvc), "status": status}
        await self._cluster.apply(manifest, manager=MANAGER, subresource="status")

    async def _finalize(self, isvc: Manifest) -> float | None:
        """Let the pool's TrainedModels go first, then the InferenceService."""
        metadata = isvc["metadata"]
        if FINALIZER not in metadata.get("finalizers", []):
            return None
        selector = f"{PARENT}={metadata['name']}"
        children = await self._cluster.list(
            TRAINED_MODEL, namespace=metadata["namespace"], selector=selector
        )
        for child in children.objects:
            name, uid = child["metadata"]["name"], child["metadata"]["uid"]
            try:
                await self._cluster.delete(TRAINED_MODEL, metadata["namespace"], name, uid=uid)
            except (ObjectMissing, ObjectConflict):
                continue
        if children.objects:
            return _CHILDREN_LEAVE_SECONDS
        await self._cluster.apply(_named(isvc), manager=MANAGER)
        return None


def _named(manifest: Manifest, **metadata: Any) -> Manifest:
    identity = {key: manifest["metadata"][key] for key in ("name", "namespace", "uid")}
    return {
        "apiVersion": manifest["apiVersion"],
        "kind": manifest["kind"],
        "metadata": {**identity, **metadata},
    }
