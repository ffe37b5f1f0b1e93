"""A Workflow's node as its Pod tells it, in Argo's own words. Pure."""

from typing import Any

from tablecast.cluster.embedded.workflow_pods import output_parameter
from tablecast.cluster.port import Manifest

Node = dict[str, Any]

FINAL = frozenset({"Succeeded", "Failed", "Error", "Skipped", "Omitted"})
FAILED = frozenset({"Failed", "Error"})


def new_node(node_id: str, name: str, type_: str, template: str, root: str, now: str) -> Node:
    """Return a node that begins now; `root` is the Workflow's name."""
    node: Node = {
        "id": node_id,
        "name": name,
        "displayName": name.removeprefix(f"{root}."),
        "type": type_,
        "phase": "Pending" if type_ == "Pod" else "Running",
        "templateName": template,
        "templateScope": f"local/{root}",
        "startedAt": now,
    }
    if name != root:
        node["boundaryID"] = root
    if type_ == "Pod":
        node["taskResultSynced"] = True
    return node


def omitted(node_id: str, name: str, template: str, root: str, now: str) -> Node:
    """Return the node of a task that will never run."""
    node = new_node(node_id, name, "Skipped", template, root, now)
    message = "omitted: depends condition not met"
    return node | {"phase": "Omitted", "message": message, "finishedAt": now}


def end(node: Node, phase: str, now: str, message: str | None = None) -> None:
    """Let a node be over."""
    node |= {"phase": phase, "finishedAt": now}
    if message:
        node["message"] = message
    else:
        node.pop("message", None)


def settled(node: Node) -> bool:
    """Say whether a node is over and its pod too."""
    return "finishedAt" in node


def assess(node: Node, pod: Manifest, template: dict[str, Any], now: str) -> None:
    """Bring a Pod node to what its pod says."""
    status = pod.get("status", {})
    phase = status.get("phase", "Pending")
    shut_down = node["phase"] in FINAL
    if phase in ("Succeeded", "Failed"):
        _finish(node, pod, template, now)
    elif not shut_down and phase == "Running":
        node["phase"] = "Running"
        node.pop("message", None)
    elif not shut_down:
        message = _pending_message(status)
        node.pop("message", None)
        if message:
            node["message"] = message


def _finish(node: Node, pod: Manifest, template: dict[str, Any], now: str) -> None:
    status = pod["status"]
    terminated = _terminated(status)
    shut_down = node["phase"] in FAILED
    outputs: dict[str, Any] = {}
    if terminated:
        outputs["exitCode"] = str(terminated["exitCode"])
    node["taskResultSynced"] = True
    finished = (terminated or {}).get("finishedAt") or now
    if status["phase"] == "Failed":
        end(node, "Failed", finished, _failure(status, terminated))
    elif shut_down:
        # its message stays, though it got to its end before it was stopped
        end(node, "Succeeded", finished, node.get("message"))
    elif parameter := output_parameter(template):
        path, value = parameter["valueFrom"]["path"], (terminated or {}).get("message")
        if value is None and "default" in parameter["valueFrom"]:
            value = parameter["valueFrom"]["default"]
        if value is None:
            message = f"Error (exit code 64): open {path}: no such file or directory"
            end(node, "Error", finished, message)
        else:
            outputs["parameters"] = [{**parameter, "value": value}]
            end(node, "Succeeded", finished)
    else:
        end(node, "Succeeded", finished)
    if outputs:
        node["outputs"] = outputs


def _terminated(status: dict[str, Any]) -> dict[str, Any] | None:
    for container in status.get("containerStatuses", []):
        if container["name"] == "main":
            terminated: dict[str, Any] | None = container["state"].get("terminated")
            return terminated
    return None


def _failure(status: dict[str, Any], terminated: dict[str, Any] | None) -> str | None:
    if status.get("message"):
        return str(status["message"])
    if terminated:
        return f"main: {terminated['reason']} (exit code {terminated['exitCode']})"
    return None


def _pending_message(status: dict[str, Any]) -> str | None:
    for condition in status.get("conditions", []):
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return f"{condition.get('reason')}: {condition.get('message')}"
    for container in status.get("containerStatuses", []):
        waiting = container["state"].get("waiting", {})
        if waiting.get("reason") and waiting.get("message"):
            return f"{waiting['reason']}: {waiting['message']}"
    return None
