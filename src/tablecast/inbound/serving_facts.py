"""Facts of what serves: InferenceServices, TrainedModels, Deployments, namespaces. Pure.

None of them says that a model answers: "Ready" there means that objects are in order. They say what
stands in the way, and when they are gone.
"""

from dataclasses import asdict
from typing import Any

from tablecast.cluster.port import Manifest
from tablecast.inbound.blocking import Block, block_of

Facts = dict[str, Any]

DATASTORE = "datastore"
PREDICTOR_SUFFIX = "-predictor"


def inference_service(manifest: Manifest) -> Facts:
    """Whether an InferenceService is Ready, and if not, in which words."""
    condition = _condition(manifest, "Ready")
    ready = condition.get("status") == "True" and not _going(manifest)
    words = _words(condition) or _words(_condition(manifest, "PredictorReady"))
    block = None if ready else block_of(words) or Block("POOL_NOT_READY", words or "Not ready yet.")
    return {"ready": ready, "going": _going(manifest), "block": asdict(block) if block else None}


def trained_model(manifest: Manifest) -> Facts:
    """A TrainedModel's pool, and whether its memory stands in the way."""
    memory = _condition(manifest, "MemoryResourceAvailable")
    block = Block("MEMORY", _words(memory)) if memory.get("status") == "False" else None
    return {
        "inference_service": manifest["spec"].get("inferenceService", ""),
        "going": _going(manifest),
        "block": asdict(block) if block else None,
    }


def deployment(manifest: Manifest) -> Facts:
    """Whether a Deployment's newest pods are available, and why it could not make them."""
    status = manifest.get("status") or {}
    current = status.get("observedGeneration", 0) >= manifest["metadata"].get("generation", 0)
    failed = _condition(manifest, "ReplicaFailure")
    words = _words(failed) if failed.get("status") == "True" else ""
    block = (block_of(words) or Block("REFUSED", words)) if words else None
    return {
        "available": current and bool(status.get("availableReplicas")),
        "block": asdict(block) if block else None,
    }


def namespace(manifest: Manifest) -> Facts:
    """A namespace's phase."""
    return {"phase": (manifest.get("status") or {}).get("phase", "")}


def _condition(manifest: Manifest, type_: str) -> dict[str, Any]:
    conditions = (manifest.get("status") or {}).get("conditions") or []
    return next((one for one in conditions if one["type"] == type_), {})


def _words(condition: dict[str, Any]) -> str:
    return ": ".join(filter(None, (condition.get("reason"), condition.get("message"))))


def _going(manifest: Manifest) -> bool:
    return "deletionTimestamp" in manifest["metadata"]
