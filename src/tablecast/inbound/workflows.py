"""A Workflow's facts: its verdict, and what it says of each step. Pure: object in, facts out.

The phase is trusted for the end, the nodes for details: after a shutdown nodes can be left Running.
Nodes of a large Workflow are compressed or kept elsewhere; then only the phase speaks.
"""

import base64
import gzip
import json
import re
from dataclasses import asdict, dataclass, field
from typing import Any

from tablecast.cluster.port import Manifest
from tablecast.domain.states import StepState
from tablecast.inbound.blocking import block_of
from tablecast.inbound.failures import Failure, cluster_failure, own_failure, result_of

_INDEX = re.compile(r"\((\d+)\)$")
_STATES = {
    "": StepState.PENDING,
    "Pending": StepState.PENDING,
    "Running": StepState.RUNNING,
    "Succeeded": StepState.SUCCEEDED,
    "Failed": StepState.FAILED,
    "Error": StepState.FAILED,
    "Skipped": StepState.OMITTED,
    "Omitted": StepState.OMITTED,
}
_GZIP = b"\x1f\x8b"
_STEP_NODES = {"Pod", "Retry", "Skipped"}


@dataclass(frozen=True)
class NodeFacts:
    """What a Workflow says of one step: the newest of its pods' nodes, and its own verdict."""

    state: str
    started_at: str | None
    finished_at: str | None
    exit_code: int | None
    message: str
    result: dict[str, Any] | None
    error: Failure | None
    block: dict[str, str] | None


@dataclass(frozen=True)
class WorkflowFacts:
    """`phase` is "", Pending, Running, Succeeded, Failed or Error; `shutdown` was asked for."""

    phase: str
    message: str
    shutdown: bool
    started_at: str | None
    finished_at: str | None
    steps: dict[str, NodeFacts] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        """Whether the Workflow has its verdict."""
        return self.phase in ("Succeeded", "Failed", "Error")


def facts(workflow: Manifest) -> dict[str, Any]:
    """Return the Workflow's facts as they are kept."""
    return asdict(workflow_facts(workflow))


def kept(stored: dict[str, Any]) -> WorkflowFacts:
    """Return facts as they were, from what was kept."""
    steps = {name: NodeFacts(**node) for name, node in stored["steps"].items()}
    named = {name: stored[name] for name in WorkflowFacts.__dataclass_fields__}
    return WorkflowFacts(**named | {"steps": steps})


def workflow_facts(workflow: Manifest) -> WorkflowFacts:
    """Read a Workflow."""
    status = workflow.get("status") or {}
    by_template: dict[str, list[dict[str, Any]]] = {}
    for node in _nodes(status).values():
        if node.get("type") in _STEP_NODES and node.get("templateName"):
            by_template.setdefault(node["templateName"], []).append(node)
    return WorkflowFacts(
        phase=status.get("phase") or "",
        message=status.get("message") or "",
        shutdown=bool(workflow.get("spec", {}).get("shutdown")),
        started_at=status.get("startedAt"),
        finished_at=status.get("finishedAt"),
        steps={name: _step(nodes) for name, nodes in by_template.items()},
    )


def _nodes(status: dict[str, Any]) -> dict[str, dict[str, Any]]:
    packed = status.get("compressedNodes")
    if not packed:
        return status.get("nodes") or {}
    try:
        data = base64.b64decode(packed)
        return json.loads(gzip.decompress(data)) if data.startswith(_GZIP) else {}
    except (ValueError, OSError, EOFError):
        return {}


def _step(nodes: list[dict[str, Any]]) -> NodeFacts:
    verdict = next((node for node in nodes if node["type"] == "Retry"), None)
    newest = max((node for node in nodes if node is not verdict), key=_index, default=None)
    newest = newest or verdict or {}
    state = _state(verdict or newest, newest)
    outputs = newest.get("outputs") or {}
    exit_code = int(outputs["exitCode"]) if "exitCode" in outputs else None
    message = newest.get("message") or ""
    text = _result(outputs)
    failed = state == StepState.FAILED
    error = own_failure(text) or cluster_failure(message, exit_code) if failed else None
    block = block_of(message) if state == StepState.PENDING else None
    return NodeFacts(
        state=state,
        started_at=newest.get("startedAt"),
        finished_at=newest.get("finishedAt"),
        exit_code=exit_code,
        message=message,
        result=result_of(text) or None,
        error=error,
        block=asdict(block) if block else None,
    )


def _state(verdict: dict[str, Any], newest: dict[str, Any]) -> StepState:
    state = _STATES.get(verdict.get("phase") or "", StepState.RUNNING)
    if verdict is newest or state not in (StepState.PENDING, StepState.RUNNING):
        return state
    # A Retry node is Running from the start; its newest pod says whether anything runs.
    inner = _STATES.get(newest.get("phase") or "", StepState.RUNNING)
    return StepState.RUNNING if inner == StepState.FAILED else inner


def _index(node: dict[str, Any]) -> int:
    found = _INDEX.search(node.get("displayName") or "")
    return int(found.group(1)) if found else 0


def _result(outputs: dict[str, Any]) -> str:
    parameters = outputs.get("parameters") or []
    found = (one.get("value") for one in parameters if one.get("name") == "result")
    return next(found, None) or ""
