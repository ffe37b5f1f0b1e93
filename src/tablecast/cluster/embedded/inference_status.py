"""An InferenceService's status as KServe writes it, the misleading parts included. Pure.

`observedGeneration` is the Deployment's, not the InferenceService's; Ready says that a server
runs, never that a model is loaded; the active state stays Loaded once it was.
"""

from typing import Any

from tablecast.cluster.port import Manifest

Condition = dict[str, Any]


def condition(
    before: Manifest, now: str, type_: str, status: str, reason: str = "", message: str = ""
) -> Condition:
    """Return a condition of `before`'s status, its time kept where its status did not change."""
    old = {c["type"]: c for c in before.get("status", {}).get("conditions", [])}.get(type_, {})
    since = old["lastTransitionTime"] if old.get("status") == status else now
    words = {key: value for key, value in (("reason", reason), ("message", message)) if value}
    return {"type": type_, "status": status, "lastTransitionTime": since, **words}


def is_ready(manifest: Manifest) -> bool:
    """Say whether an object's Ready condition is True."""
    conditions = manifest.get("status", {}).get("conditions", [])
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def status_of(isvc: Manifest, deployment: Manifest, pods: int, now: str) -> dict[str, Any]:
    """Return the status by the predictor's Deployment and the number of its pods."""
    name, namespace = isvc["metadata"]["name"], isvc["metadata"]["namespace"]
    ready, reason, message = _availability(deployment)
    states = isvc.get("status", {}).get("modelStatus", {}).get("states", {})
    active = "Loaded" if ready else states.get("activeModelState", "")
    copies = {"failedCopies": 0} | ({"totalCopies": pods} if pods else {})
    component = {"url": f"http://{name}-predictor-{namespace}.example.com"} if active else {}
    status = _common(isvc) | {
        "components": {"predictor": component},
        "conditions": _conditions(isvc, now, ready, reason, message),
        "modelStatus": {
            "copies": copies,
            "states": {
                "activeModelState": active,
                "targetModelState": "Loaded" if ready else "Pending",
            },
            "transitionStatus": "UpToDate" if ready else "InProgress",
        },
        "servingRuntimeName": isvc["spec"]["predictor"]["model"]["runtime"],
    }
    observed = deployment.get("status", {}).get("observedGeneration")
    return status | ({"observedGeneration": observed} if observed else {})


def status_invalid(isvc: Manifest, reason: str, message: str, now: str) -> dict[str, Any]:
    """Return the status of an InferenceService whose predictor cannot be made."""
    states = {"activeModelState": "", "targetModelState": "FailedToLoad"}
    failure = {"reason": reason, "message": message}
    return _common(isvc) | {
        "components": {"predictor": {}},
        "conditions": _conditions(isvc, now, False, reason, message),
        "modelStatus": {
            "states": states,
            "transitionStatus": "InvalidSpec",
            "lastFailureInfo": failure,
        },
    }


def _common(isvc: Manifest) -> dict[str, Any]:
    name, namespace = isvc["metadata"]["name"], isvc["metadata"]["namespace"]
    return {
        "address": {"url": f"http://{name}-predictor.{namespace}.svc.cluster.local"},
        "deploymentMode": "Standard",
        "url": f"http://{name}-{namespace}.example.com",
    }


def _availability(deployment: Manifest) -> tuple[bool, str, str]:
    conditions = deployment.get("status", {}).get("conditions", [])
    found = {c["type"]: c for c in conditions}
    available, progressing = found.get("Available"), found.get("Progressing", {})
    if available is None:
        return False, "", ""
    if available["status"] != "True":
        return False, available["reason"], available["message"]
    done = progressing.get("reason") == "NewReplicaSetAvailable"
    told = progressing if done else available
    return True, told["reason"], told["message"]


def _conditions(
    isvc: Manifest, now: str, ready: bool, reason: str, message: str
) -> list[Condition]:
    status = "True" if ready else "False"
    why = ("", "") if ready else (reason, message)
    stopped = condition(isvc, now, "Stopped", "False") | {"severity": "Info"}
    return [
        condition(isvc, now, "IngressReady", "True"),
        condition(isvc, now, "PredictorReady", status, reason, message),
        condition(isvc, now, "Ready", status, *why),
        stopped,
    ]
