"""What Argo's controller would do next about a Workflow: pods to make and to end, and its status.

Pure: the Workflow, its pods and the time in, a plan out. The nodes in the status are its memory;
a pod that is gone does not undo a node that is over.
"""

import copy
from dataclasses import dataclass, field
from typing import Any

from tablecast.cluster.embedded import depends, moment
from tablecast.cluster.embedded.duration import seconds_of
from tablecast.cluster.embedded.workflow_nodes import (
    FAILED,
    FINAL,
    Node,
    assess,
    end,
    new_node,
    omitted,
    settled,
)
from tablecast.cluster.embedded.workflow_pods import PREFIX, node_id, pod_of
from tablecast.cluster.port import Manifest


@dataclass
class Plan:
    """What to do: `create` holds (node id, pod). `wake` in seconds, where time itself matters."""

    status: dict[str, Any]
    create: list[tuple[str, Manifest]] = field(default_factory=list)
    stop: list[Manifest] = field(default_factory=list)
    delete: list[Manifest] = field(default_factory=list)
    wake: float | None = None

    def wake_in(self, seconds: float) -> None:
        """Look again within `seconds`."""
        self.wake = seconds if self.wake is None else min(self.wake, seconds)


class InvalidWorkflow(Exception):
    """A Workflow that Argo would not run; the message says why."""


def plan(workflow: Manifest, pods: list[Manifest], now: float) -> Plan:
    """Return the next plan for a Workflow that is not over."""
    try:
        return _Planner(workflow, pods, now).plan()
    except InvalidWorkflow as error:
        status = copy.deepcopy(workflow.get("status", {}))
        instant = moment.written(now)
        status |= {"startedAt": status.get("startedAt", instant), "finishedAt": instant}
        return Plan(status | {"phase": "Failed", "message": f"invalid spec: {error}"})


class _Planner:
    def __init__(self, workflow: Manifest, pods: list[Manifest], now: float) -> None:
        self._workflow = workflow
        self._name: str = workflow["metadata"]["name"]
        self._spec = workflow["spec"]
        self._seconds = now
        self._now = moment.written(now)
        self._templates = {t["name"]: t for t in self._spec.get("templates", [])}
        self._tasks = self._checked_tasks()
        self._pods = {p["metadata"]["annotations"].get(f"{PREFIX}/node-id", ""): p for p in pods}
        status = copy.deepcopy(workflow.get("status") or {})
        status.setdefault("startedAt", self._now)
        status.setdefault("phase", "Running")
        self._nodes: dict[str, Node] = status.setdefault("nodes", {})
        self._plan = Plan(status)

    def plan(self) -> Plan:
        root = self._nodes.get(self._name)
        if root is None:
            template = self._spec["entrypoint"]
            root = new_node(self._name, self._name, "DAG", template, self._name, self._now)
            self._nodes[self._name] = root
        for node in list(self._nodes.values()):
            if node["type"] == "Pod" and not settled(node):
                self._follow(node)
        for task in self._tasks:
            self._advance(task)
        self._conclude(root)
        self._link(root)
        return self._plan

    def _checked_tasks(self) -> list[dict[str, Any]]:
        entry = self._templates.get(self._spec.get("entrypoint", ""))
        if entry is None:
            raise InvalidWorkflow(f"template name '{self._spec.get('entrypoint')}' undefined")
        if "dag" not in entry:
            raise InvalidWorkflow("the entrypoint must be a dag template here")
        tasks: list[dict[str, Any]] = entry["dag"]["tasks"]
        known = {task["name"] for task in tasks}
        for task in tasks:
            if "container" not in self._templates.get(task["template"], {}):
                raise InvalidWorkflow(f"template name '{task['template']}' undefined")
            for other in depends.names(_depends(task)):
                if other not in known:
                    raise InvalidWorkflow(f"task '{task['name']}' depends on unknown '{other}'")
        return tasks

    @property
    def _ending(self) -> str | None:
        """Why nothing new may start: the message of nodes that are cut off."""
        if strategy := self._spec.get("shutdown"):
            return f"workflow shutdown with strategy:  {strategy}"
        left = self._seconds_left()
        return "Step exceeded its deadline" if left is not None and left <= 0 else None

    def _seconds_left(self) -> float | None:
        limit = self._spec.get("activeDeadlineSeconds")
        if limit is None:
            return None
        started = moment.seconds(self._plan.status["startedAt"])
        return float(started + limit - self._seconds)

    def _follow(self, node: Node) -> None:
        """Bring a Pod node to what its pod says, make the pod, or cut it off."""
        pod = self._pods.get(node["id"])
        deleted = bool(pod and pod["metadata"].get("deletionTimestamp"))
        if pod and (not deleted or pod.get("status", {}).get("phase") == "Succeeded"):
            assess(node, pod, self._templates[node["templateName"]], self._now)
        if settled(node):
            return
        if self._ending is None:
            if pod is None:
                self._create(node)
            return
        node |= {"phase": "Failed", "message": self._ending, "taskResultSynced": False}
        if pod is None:
            node |= {"finishedAt": self._now, "taskResultSynced": True}
        elif not deleted:
            running = pod.get("status", {}).get("phase") == "Running"
            (self._plan.stop if running else self._plan.delete).append(pod)

    def _advance(self, task: dict[str, Any]) -> None:
        node = self._nodes.get(self._id(task["name"]))
        if node is None:
            self._begin(task)
        elif node["type"] == "Retry" and node["phase"] not in FINAL:
            self._retry(node)

    def _begin(self, task: dict[str, Any]) -> None:
        expression = _depends(task)
        phases = {name: self._phase(name) for name in depends.names(expression)}
        if self._ending or not all(phase in FINAL for phase in phases.values()):
            return
        name, template = f"{self._name}.{task['name']}", task["template"]
        id_ = node_id(self._name, name)
        if not depends.holds(expression, phases):
            self._nodes[id_] = omitted(id_, name, template, self._name, self._now)
        elif self._spec.get("suspend"):
            return
        elif "retryStrategy" in self._templates[template]:
            self._nodes[id_] = new_node(id_, name, "Retry", template, self._name, self._now)
            self._nodes[id_]["children"] = []
            self._attempt(self._nodes[id_])
        else:
            self._nodes[id_] = new_node(id_, name, "Pod", template, self._name, self._now)
            self._create(self._nodes[id_])

    def _retry(self, node: Node) -> None:
        last = self._nodes[node["children"][-1]]
        if (strategy := self._spec.get("shutdown")) and settled(last):
            end(node, "Failed", self._now, _stopped(strategy))
        if last["phase"] not in FINAL or self._ending:
            return
        if last["phase"] not in FAILED:
            end(node, last["phase"], self._now)
            node["outputs"] = copy.deepcopy(last.get("outputs", {}))
            return
        strategy = self._templates[node["templateName"]]["retryStrategy"]
        if not _retried(strategy, last["phase"]):
            end(node, last["phase"], self._now, last.get("message"))
        elif len(node["children"]) > int(strategy.get("limit", 1 << 30)):
            end(node, last["phase"], self._now, "No more retries left")
        elif (wait := self._back_off(strategy, node, last)) > 0:
            node["message"] = f"Backoff for {wait:g} seconds"
            self._plan.wake_in(wait)
        else:
            node.pop("message", None)
            self._attempt(node)

    def _back_off(self, strategy: dict[str, Any], node: Node, last: Node) -> float:
        back_off = strategy.get("backoff") or {}
        factor = float(back_off.get("factor", 1) or 1)
        pause = seconds_of(back_off.get("duration", "0")) * factor ** (len(node["children"]) - 1)
        return moment.seconds(last["finishedAt"]) + pause - self._seconds

    def _attempt(self, node: Node) -> None:
        name = f"{node['name']}({len(node['children'])})"
        id_ = node_id(self._name, name)
        child = new_node(id_, name, "Pod", node["templateName"], self._name, self._now)
        child["nodeFlag"] = {"retried": True}
        self._nodes[id_] = child
        node["children"].append(id_)
        self._create(child)

    def _create(self, node: Node) -> None:
        left = self._seconds_left()
        deadline = None if left is None else max(1, int(left))
        template = self._templates[node["templateName"]]
        self._plan.create.append(
            (node["id"], pod_of(self._workflow, template, node["name"], deadline))
        )

    def _id(self, task: str) -> str:
        return node_id(self._name, f"{self._name}.{task}")

    def _phase(self, task: str) -> str:
        return str(self._nodes.get(self._id(task), {}).get("phase", ""))

    def _conclude(self, root: Node) -> None:
        phases = [self._phase(task["name"]) for task in self._tasks]
        pods = [node for node in self._nodes.values() if node["type"] == "Pod"]
        over = all(phase in FINAL for phase in phases)
        if self._ending:
            over = all(node["phase"] in FINAL for node in pods)
        if over and not settled(root):
            end(root, _verdict(phases, cut_off=bool(self._ending)), self._now)
        if settled(root) and all(settled(node) for node in pods):
            self._plan.status |= {"phase": root["phase"], "finishedAt": self._now}
            if strategy := self._spec.get("shutdown"):
                self._plan.status["message"] = _stopped(strategy)
        elif (left := self._seconds_left()) is not None and left > 0:
            self._plan.wake_in(left)

    def _link(self, root: Node) -> None:
        """Write who follows whom, and the progress of each."""
        for task in self._tasks:
            node = self._nodes.get(self._id(task["name"]))
            if node is None:
                continue
            for parent in depends.names(_depends(task)):
                self._follows(self._nodes.get(self._id(parent)), node)
            if not depends.names(_depends(task)):
                self._follows(root, node)
        pods = [node for node in self._nodes.values() if node["type"] == "Pod"]
        for node in self._nodes.values():
            counted = [node] if node["type"] == "Pod" else pods
            done = sum(each["phase"] == "Succeeded" for each in counted)
            if node["type"] != "Skipped":
                node["progress"] = f"{done}/{len(counted)}"
        self._plan.status["progress"] = root["progress"]
        running = any(node["phase"] == "Running" for node in pods)
        conditions = [{"type": "PodRunning", "status": "True" if running else "False"}]
        if "finishedAt" in self._plan.status:
            conditions.append({"type": "Completed", "status": "True"})
            last = self._nodes.get(self._id(self._tasks[-1]["name"]), root)
            root["outboundNodes"] = [last["id"]]
        self._plan.status["conditions"] = conditions

    def _follows(self, parent: Node | None, node: Node) -> None:
        if parent and parent["type"] == "Retry":
            parent = self._nodes[parent["children"][-1]]
        if parent and node["id"] not in parent.setdefault("children", []):
            parent["children"].append(node["id"])


def _depends(task: dict[str, Any]) -> str:
    if "dependencies" in task:
        return " && ".join(task["dependencies"])
    return str(task.get("depends", ""))


def _retried(strategy: dict[str, Any], phase: str) -> bool:
    policy = strategy.get("retryPolicy", "OnFailure")
    return bool(policy == "Always" or policy == {"Failed": "OnFailure", "Error": "OnError"}[phase])


def _stopped(strategy: str) -> str:
    return f"Stopped with strategy '{strategy}'"


def _verdict(phases: list[str], *, cut_off: bool) -> str:
    if "Error" in phases and not cut_off:
        return "Error"
    return "Failed" if cut_off or "Failed" in phases else "Succeeded"
