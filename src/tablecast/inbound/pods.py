"""A Pod's facts: how a step goes, or whether a predictor takes requests. Pure: object in, facts out."""

import re
from dataclasses import asdict, dataclass
from typing import Any

from tablecast.cluster.port import Manifest
from tablecast.inbound.blocking import Block, block_of, is_image
from tablecast.inbound.failures import Failure, cluster_failure, own_failure, result_of

ARGO = "workflows.argoproj.io"
ISVC_LABEL = "serving.kserve.io/inferenceservice"
_SERVER = "kserve-container"
_NODE = re.compile(r"[^.]+\.([^.(]+)(?:\((\d+)\))?$")

PENDING, RUNNING, SUCCEEDED, FAILED = "PENDING", "RUNNING", "SUCCEEDED", "FAILED"


@dataclass(frozen=True)
class StepPod:
    """One pod of a step. `order` sorts the pods of a step by when they were made.

    `gone` is not the object's to say: it is set where the pod was seen to be there no more.
    """

    step: str
    owner_uid: str
    name: str
    uid: str
    order: list[Any]
    state: str
    started_at: str | None
    finished_at: str | None
    exit_code: int | None
    reason: str
    result: dict[str, Any] | None
    error: Failure | None
    block: dict[str, str] | None
    role: str = "step"
    gone: bool = False


@dataclass(frozen=True)
class Predictor:
    """One pod of an InferenceService; `ready` while the Service sends it requests.

    `restarts` counts the model server's: with each it lost what it had loaded.
    """

    inference_service: str
    ready: bool
    restarts: int
    reason: str
    message: str
    role: str = "predictor"


def facts(pod: Manifest) -> dict[str, Any] | None:
    """Return a step's or a predictor's facts, None for another pod (the datastore's)."""
    found = step_pod(pod) or predictor(pod)
    return asdict(found) if found else None


def step_pod(pod: Manifest) -> StepPod | None:
    """Return the facts of a Workflow's pod, None for another."""
    metadata = pod["metadata"]
    node = _NODE.match(metadata.get("annotations", {}).get(f"{ARGO}/node-name", ""))
    if node is None:
        return None
    status = pod.get("status", {})
    main = _container(status, "main")
    ended = main.get("state", {}).get("terminated") or {}
    state = _state(status)
    exit_code = ended.get("exitCode")
    return StepPod(
        step=node.group(1),
        owner_uid=_owner(metadata),
        name=metadata["name"],
        uid=metadata["uid"],
        order=[metadata.get("creationTimestamp", ""), int(node.group(2) or 0), metadata["uid"]],
        state=state,
        started_at=_started(main),
        finished_at=ended.get("finishedAt"),
        exit_code=exit_code,
        reason=status.get("reason") or ended.get("reason") or "",
        result=result_of(ended.get("message") or "") or None,
        error=_error(status, ended) if state == FAILED else None,
        block=_block(status) if state == PENDING else None,
    )


def predictor(pod: Manifest) -> Predictor | None:
    """Return the facts of an InferenceService's pod, None for another."""
    metadata = pod["metadata"]
    service = metadata.get("labels", {}).get(ISVC_LABEL)
    if service is None:
        return None
    status = pod.get("status", {})
    block = _predictor_block(status)
    going = "deletionTimestamp" in metadata
    return Predictor(
        inference_service=service,
        ready=_is_ready(status) and not going,
        restarts=_container(status, _SERVER).get("restartCount", 0),
        reason=block.code if block else "",
        message=block.message if block else "",
    )


def _state(status: dict[str, Any]) -> str:
    phase = status.get("phase", "Pending")
    if phase in ("Succeeded", "Failed"):
        return SUCCEEDED if phase == "Succeeded" else FAILED
    states = [one.get("state", {}) for one in status.get("containerStatuses", [])]
    ended = [state["terminated"] for state in states if "terminated" in state]
    # The phase says so a second later; every container has ended well, so it will.
    if states and len(ended) == len(states) and not any(one["exitCode"] for one in ended):
        return SUCCEEDED
    main = _container(status, "main").get("state", {})
    return RUNNING if "running" in main or "terminated" in main else PENDING


def _container(status: dict[str, Any], name: str) -> dict[str, Any]:
    found = (one for one in status.get("containerStatuses", []) if one["name"] == name)
    return next(found, {})


def _started(main: dict[str, Any]) -> str | None:
    state = main.get("state", {})
    begun = state.get("running") or state.get("terminated") or {}
    return begun.get("startedAt")


def _owner(metadata: dict[str, Any]) -> str:
    owners = (one["uid"] for one in metadata.get("ownerReferences", []) if one.get("controller"))
    return next(owners, "")


def _error(status: dict[str, Any], ended: dict[str, Any]) -> Failure:
    own = own_failure(ended.get("message") or "")
    if own is not None:
        return own
    reasons = (status.get("reason"), status.get("message"), ended.get("reason"))
    words = ": ".join(reason for reason in reasons if reason)
    return cluster_failure(words, ended.get("exitCode"))


def _block(status: dict[str, Any]) -> dict[str, str] | None:
    found = _unscheduled(status) or _waiting(status)
    return asdict(found) if found else None


def _predictor_block(status: dict[str, Any]) -> Block | None:
    if status.get("phase") == "Failed":
        words = ": ".join(filter(None, (status.get("reason"), status.get("message"))))
        return Block("POD_FAILED", words or "The pod failed.")
    return _unscheduled(status) or _waiting(status)


def _unscheduled(status: dict[str, Any]) -> Block | None:
    for condition in status.get("conditions", []):
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            words = f"{condition.get('reason', '')}: {condition.get('message', '')}"
            return block_of(words) or Block("UNSCHEDULABLE", words)
    return None


def _waiting(status: dict[str, Any]) -> Block | None:
    containers = [
        *status.get("initContainerStatuses", []),
        *status.get("containerStatuses", []),
    ]
    for container in containers:
        waiting = container.get("state", {}).get("waiting") or {}
        reason = waiting.get("reason", "")
        words = ": ".join(filter(None, (reason, waiting.get("message"))))
        if is_image(reason):
            return Block("IMAGE_PULL", words)
        if reason == "CrashLoopBackOff":
            return Block("CRASH_LOOP", words)
        if "Error" in reason:
            return Block("CONTAINER", words)
    return None


def _is_ready(status: dict[str, Any]) -> bool:
    conditions = status.get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
