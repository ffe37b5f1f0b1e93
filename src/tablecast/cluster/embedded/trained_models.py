"""Plays KServe's TrainedModel controller, with its ways that mislead.

Ready never means loaded: no model server is asked. InferenceServices are not watched: a
TrainedModel made too early is looked at again with back-off up to 1000 s, and one whose parent
does not exist is deleted.
"""

import asyncio
from typing import Any

from tablecast.cluster.embedded import moment
from tablecast.cluster.embedded.inference import MANAGER, PARENT
from tablecast.cluster.embedded.inference_status import condition, is_ready
from tablecast.cluster.embedded.predictor import (
    GROUP,
    config_map_name,
    is_pool,
    models_of,
    with_models,
)
from tablecast.cluster.embedded.quantity import amount
from tablecast.cluster.embedded.reconciler import Key, Reconciler, Watching
from tablecast.cluster.port import (
    CONFIG_MAP,
    INFERENCE_SERVICE,
    TRAINED_MODEL,
    Cluster,
    Manifest,
)
from tablecast.errors import ClusterBusy, ObjectConflict, ObjectMissing

FINALIZER = "trainedmodel.finalizer"
ALLOCATED = f"{GROUP}/trainedmodel-allocated"

_NOT_READY = (
    "InferenceServiceNotReady",
    "Inference Service needs to be ready before Trained Model can be ready",
)
_NOT_POOL = (
    "IsNotMMSPredictor",
    "Inference Service predictor is not configured for multi-model serving",
)
_NO_MEMORY = (
    "MemoryResourceNotAvailable",
    "Inference Service does not have enough memory resources for Trained Model",
)


async def run(cluster: Cluster) -> None:
    """Play the controller for ever: one worker, as it edits a pool's one ConfigMap."""
    controller = _TrainedModels(cluster)
    work = Reconciler(controller.reconcile, workers=1, first_delay=0.01, longest_delay=1000.0)
    async with asyncio.TaskGroup() as group:
        group.create_task(work.run())
        group.create_task(Watching(cluster, TRAINED_MODEL, work.wake).run())


class _TrainedModels:
    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    async def reconcile(self, key: Key) -> None:
        """Bring one TrainedModel into its pool's ConfigMap, or out of it."""
        try:
            model = await self._cluster.get(TRAINED_MODEL, *key)
        except ObjectMissing:
            return
        try:
            parent = model["spec"]["inferenceService"]
            isvc = await self._cluster.get(INFERENCE_SERVICE, key.namespace, parent)
        except ObjectMissing:
            await self._delete(model)
            return
        if model["metadata"].get("deletionTimestamp"):
            await self._configure(isvc, model, present=False)
            await self._apply(model, isvc, finalizers=[])
            return
        others = await self._memory_of_others(model, isvc)
        room = others + amount(model["spec"]["model"]["memory"]) <= _limit(isvc)
        model = await self._apply(model, isvc, finalizers=[FINALIZER], allocated=room)
        await self._write_status(model, isvc, room)
        await self._configure(isvc, model, present=True)

    async def _delete(self, model: Manifest) -> None:
        metadata = model["metadata"]
        try:
            await self._cluster.delete(
                TRAINED_MODEL, metadata["namespace"], metadata["name"], uid=metadata["uid"]
            )
        except (ObjectMissing, ObjectConflict):
            return

    async def _apply(
        self, model: Manifest, isvc: Manifest, *, finalizers: list[str], allocated: bool = False
    ) -> Manifest:
        name = isvc["metadata"]["name"]
        labels = {PARENT: name}
        if allocated or ALLOCATED in model["metadata"].get("labels", {}):
            labels[ALLOCATED] = name
        return await self._cluster.apply(
            _named(model, labels=labels, finalizers=finalizers), manager=MANAGER
        )

    async def _memory_of_others(self, model: Manifest, isvc: Manifest) -> float:
        selector = f"{ALLOCATED}={isvc['metadata']['name']}"
        namespace, uid = model["metadata"]["namespace"], model["metadata"]["uid"]
        listing = await self._cluster.list(TRAINED_MODEL, namespace=namespace, selector=selector)
        others = [each for each in listing.objects if each["metadata"]["uid"] != uid]
        return sum(amount(other["spec"]["model"]["memory"]) for other in others)

    async def _write_status(self, model: Manifest, isvc: Manifest, room: bool) -> None:
        """Write the conditions; `ClusterBusy`, to be tried again, where one of them is False."""
        status = status_of(model, isvc, room, moment.now())
        if status != model.get("status"):
            manifest = {**_named(model), "status": status}
            await self._cluster.apply(manifest, manager=MANAGER, subresource="status")
        if not is_ready({"status": status}):
            raise ClusterBusy(f"TrainedModel {model['metadata']['name']} must wait")

    async def _configure(self, isvc: Manifest, model: Manifest, *, present: bool) -> None:
        namespace, name = model["metadata"]["namespace"], model["metadata"]["name"]
        try:
            config = await self._cluster.get(
                CONFIG_MAP, namespace, config_map_name(isvc["metadata"]["name"])
            )
        except ObjectMissing:
            if present:
                raise
            return
        models = models_of(config)
        before = dict(models)
        if present:
            fields = ("storageUri", "framework", "memory")
            models[name] = {field: model["spec"]["model"][field] for field in fields}
        else:
            models.pop(name, None)
        if models != before:
            await self._cluster.apply(with_models(config, models), manager=MANAGER)


def status_of(model: Manifest, isvc: Manifest, room: bool, now: str) -> dict[str, Any]:
    """Return a TrainedModel's status as KServe writes it, whatever a server has loaded. Pure."""
    checks = (
        ("InferenceServiceReady", is_ready(isvc), _NOT_READY),
        ("IsMMSPredictor", is_pool(isvc), _NOT_POOL),
        ("MemoryResourceAvailable", room, _NO_MEMORY),
    )
    conditions = [
        condition(model, now, type_, *(("True",) if holds else ("False", *why)))
        for type_, holds, why in checks
    ]
    bad = next((why for _, holds, why in reversed(checks) if not holds), None)
    conditions.append(condition(model, now, "Ready", *(("False", *bad) if bad else ("True",))))
    status: dict[str, Any] = {"conditions": conditions}
    if bad:
        return {**model.get("status", {}), **status}
    protocol = isvc["spec"]["predictor"]["model"].get("protocolVersion", "v1")
    name = model["metadata"]["name"]
    path = f"/v2/models/{name}/infer" if protocol == "v2" else f"/v1/models/{name}:predict"
    return status | {
        "address": {"url": isvc["status"]["address"]["url"] + path},
        "url": isvc["status"]["url"] + path,
    }


def _limit(isvc: Manifest) -> float:
    model = isvc["spec"]["predictor"].get("model", {})
    return amount(model.get("resources", {}).get("limits", {}).get("memory", 0))


def _named(manifest: Manifest, **metadata: Any) -> Manifest:
    identity = {key: manifest["metadata"][key] for key in ("name", "namespace", "uid")}
    return {
        "apiVersion": manifest["apiVersion"],
        "kind": manifest["kind"],
        "metadata": {**identity, **metadata},
    }
