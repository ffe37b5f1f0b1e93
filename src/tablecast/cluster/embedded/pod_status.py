"""A pod's status out of its containers' states, as kubelet writes it. Pure."""

from dataclasses import dataclass, field
from typing import Any

from tablecast.cluster.port import Manifest


@dataclass
class ContainerState:
    """What is known of one container; the dicts are in the API's own words."""

    name: str
    image: str
    state: dict[str, Any]
    last_state: dict[str, Any] = field(default_factory=dict)
    restart_count: int = 0
    ready: bool = False
    started: bool = False

    @property
    def running(self) -> bool:
        """Whether its process runs."""
        return "running" in self.state

    @property
    def terminated(self) -> dict[str, Any] | None:
        """How it ended, where it did and will not begin again by itself."""
        ended: dict[str, Any] | None = self.state.get("terminated")
        return ended

    def written(self) -> dict[str, Any]:
        """Return the entry of `containerStatuses`."""
        return {
            "name": self.name,
            "image": self.image,
            "imageID": "" if "waiting" in self.state else f"local:{self.image}",
            "state": self.state,
            "lastState": self.last_state,
            "restartCount": self.restart_count,
            "ready": self.ready,
            "started": self.started,
        }


@dataclass
class PodState:
    """What is known of one pod. `failure` is (reason, message) where the node ended it."""

    containers: list[ContainerState]
    init_containers: list[ContainerState] = field(default_factory=list)
    started_at: str = ""
    unschedulable: str = ""
    failure: tuple[str, str] | None = None
    over: bool = False


def phase_of(pod: Manifest, state: PodState) -> str:
    """Return Pending, Running, Succeeded or Failed."""
    everyone = [*state.init_containers, *state.containers]
    codes = [c.terminated["exitCode"] for c in everyone if c.terminated]
    if state.over and state.failure:
        return "Failed"
    if state.over or (len(codes) == len(everyone) and pod["spec"]["restartPolicy"] == "Never"):
        return "Failed" if any(codes) or len(codes) < len(everyone) else "Succeeded"
    begun = [c for c in state.containers if c.running or c.terminated or c.last_state]
    return "Running" if len(begun) == len(state.containers) else "Pending"


def pod_status(pod: Manifest, state: PodState, now: str) -> dict[str, Any]:
    """Return the whole status; condition times are kept where nothing changed."""
    phase = phase_of(pod, state)
    status: dict[str, Any] = {
        "phase": phase,
        "conditions": _conditions(pod, state, phase, now),
        "qosClass": "Burstable",
    }
    if state.unschedulable:
        return status
    status |= {"hostIP": "127.0.0.1", "podIP": "127.0.0.1"}
    status |= {"startTime": state.started_at} if state.started_at else {}
    status["containerStatuses"] = [container.written() for container in state.containers]
    if state.init_containers:
        status["initContainerStatuses"] = [c.written() for c in state.init_containers]
    if state.over and state.failure and state.failure[0]:
        status |= {"reason": state.failure[0], "message": state.failure[1]}
    return status


def _conditions(pod: Manifest, state: PodState, phase: str, now: str) -> list[dict[str, Any]]:
    before = {c["type"]: c for c in pod.get("status", {}).get("conditions", [])}
    if state.unschedulable:
        reason = {"reason": "Unschedulable", "message": state.unschedulable}
        return [_condition(before, now, "PodScheduled", False, **reason)]
    initialised = all((c.terminated or {}).get("exitCode") == 0 for c in state.init_containers)
    unready = [c.name for c in state.containers if not c.ready]
    why: dict[str, str] = {}
    if phase in ("Succeeded", "Failed"):
        why = {"reason": "PodCompleted" if phase == "Succeeded" else "PodFailed"}
    elif unready:
        listed = " ".join(unready)
        why = {
            "reason": "ContainersNotReady",
            "message": f"containers with unready status: [{listed}]",
        }
    ready = not unready and phase == "Running"
    return [
        _condition(before, now, "Initialized", initialised),
        _condition(before, now, "Ready", ready, **why),
        _condition(before, now, "ContainersReady", ready, **why),
        _condition(before, now, "PodScheduled", True),
    ]


def _condition(
    before: dict[str, Any], now: str, type_: str, holds: bool, **words: str
) -> dict[str, Any]:
    status = "True" if holds else "False"
    old = before.get(type_, {})
    since = old["lastTransitionTime"] if old.get("status") == status else now
    return {"type": type_, "status": status, "lastTransitionTime": since, **words}
