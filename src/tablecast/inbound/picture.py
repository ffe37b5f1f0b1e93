"""An attempt's picture: what its Workflow and its pods, each as last seen, amount to together.

A pure function of facts, so that the order in which they came cannot matter. Pods speak first of what
happens now; the Workflow has the last word on how it ended. A step that has once run never waits again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tablecast.domain.states import AttemptState, StepState
from tablecast.inbound.failures import Failure, better, cluster_failure, failure
from tablecast.inbound.pods import FAILED, PENDING, SUCCEEDED, StepPod
from tablecast.inbound.workflows import NodeFacts, WorkflowFacts

STEPS = ("preprocess", "features", "train")
RANKS = {
    StepState.WAITING: 0,
    StepState.PENDING: 1,
    StepState.RUNNING: 2,
    StepState.OMITTED: 3,
    StepState.CANCELLED: 4,
    StepState.FAILED: 5,
    StepState.SUCCEEDED: 6,
}
_ENDED = 3


@dataclass(frozen=True)
class StepPicture:
    """A step as it stands; times are ISO text, `block` has code and message."""

    name: str
    state: StepState
    pod_name: str
    pod_uid: str
    exit_code: int | None
    reason: str
    message: str
    error: Failure | None
    result: dict[str, Any] | None
    block: Mapping[str, str] | None
    started_at: str | None
    finished_at: str | None


@dataclass(frozen=True)
class AttemptPicture:
    """An attempt as it stands. RECORDING: it succeeded, and its model has to be read yet."""

    state: AttemptState
    message: str
    error: Failure | None
    started_at: str | None
    finished_at: str | None
    steps: tuple[StepPicture, ...]


def picture(workflow: WorkflowFacts | None, gone: bool, pods: Iterable[StepPod]) -> AttemptPicture:
    """Return what is known of an attempt; `gone` when its Workflow was seen to be there no more."""
    mine = list(pods)
    by_step = {name: [pod for pod in mine if pod.step == name] for name in STEPS}
    state = _verdict(workflow, gone, by_step)
    steps = tuple(_step(name, by_step[name], workflow, state) for name in STEPS)
    return AttemptPicture(
        state=state,
        message=workflow.message if workflow else "",
        error=_error(state, workflow, steps),
        started_at=workflow.started_at if workflow else None,
        finished_at=workflow.finished_at if workflow else None,
        steps=steps,
    )


def _verdict(
    workflow: WorkflowFacts | None, gone: bool, by_step: Mapping[str, list[StepPod]]
) -> AttemptState:
    if workflow is not None and workflow.finished:
        if workflow.phase == "Succeeded":
            return AttemptState.RECORDING
        return AttemptState.CANCELLED if workflow.shutdown else AttemptState.FAILED
    if gone:
        # Deleted before its end was seen; but where every step was seen to succeed, so has it.
        done = all(_succeeded(name, pods, workflow) for name, pods in by_step.items())
        return AttemptState.RECORDING if done else AttemptState.LOST
    if any(by_step.values()) or (workflow is not None and workflow.phase == "Running"):
        return AttemptState.RUNNING
    return AttemptState.PENDING


def _succeeded(name: str, pods: list[StepPod], workflow: WorkflowFacts | None) -> bool:
    node = workflow.steps.get(name) if workflow else None
    said = node is not None and node.state == StepState.SUCCEEDED
    return said or any(pod.state == SUCCEEDED for pod in pods)


def _step(
    name: str, pods: list[StepPod], workflow: WorkflowFacts | None, verdict: AttemptState
) -> StepPicture:
    node = workflow.steps.get(name) if workflow else None
    newest = max(pods, key=lambda pod: pod.order, default=None)
    state = _state(pods, node, workflow, verdict)
    bad = state in (StepState.FAILED, StepState.CANCELLED)
    error = _step_error(state, newest, node, verdict) if bad or _failing(newest) else None
    if state == StepState.SUCCEEDED:
        error = None
    ended = RANKS[state] >= _ENDED
    return StepPicture(
        name=name,
        state=state,
        pod_name=newest.name if newest else "",
        pod_uid=newest.uid if newest else "",
        exit_code=_first(newest and newest.exit_code, node and node.exit_code),
        reason=(newest.reason if newest else "") if state != StepState.OMITTED else "",
        message=node.message if node else "",
        error=error,
        result=_first(newest and newest.result, node and node.result),
        block=None if ended else _block(newest, node),
        started_at=_first(newest and newest.started_at, node and node.started_at),
        finished_at=_first(newest and newest.finished_at, node and node.finished_at)
        if ended
        else None,
    )


def _state(
    pods: list[StepPod],
    node: NodeFacts | None,
    workflow: WorkflowFacts | None,
    verdict: AttemptState,
) -> StepState:
    states = [StepState.WAITING, *map(_pod_state, pods)]
    if node is not None:
        stopped = workflow is not None and workflow.shutdown and node.state == StepState.FAILED
        states.append(StepState.CANCELLED if stopped else StepState(node.state))
    state = max(states, key=lambda one: RANKS[one])
    if verdict in (AttemptState.PENDING, AttemptState.RUNNING) or RANKS[state] >= _ENDED:
        return state
    return _end(state, verdict)


def _pod_state(pod: StepPod) -> StepState:
    # A failed pod may be followed by another: only the Workflow knows that the step failed.
    if pod.state == FAILED:
        return StepState.RUNNING
    return StepState(pod.state)


def _end(state: StepState, verdict: AttemptState) -> StepState:
    if verdict == AttemptState.RECORDING:
        return StepState.SUCCEEDED
    # Whether a pod had been made for a step that never ran makes no difference to anybody.
    lost_before = verdict == AttemptState.LOST and state == StepState.PENDING
    if state == StepState.WAITING or lost_before:
        return StepState.OMITTED
    return StepState.CANCELLED if verdict == AttemptState.CANCELLED else StepState.FAILED


def _failing(newest: StepPod | None) -> bool:
    return newest is not None and newest.state == FAILED


def _step_error(
    state: StepState,
    newest: StepPod | None,
    node: NodeFacts | None,
    verdict: AttemptState,
) -> Failure | None:
    if state == StepState.CANCELLED:
        return failure("TERMINATED")
    if verdict == AttemptState.LOST:
        return failure("LOST")
    found = better(newest.error if newest else None, node.error if node else None)
    return found or (failure("STEP_FAILED") if state == StepState.FAILED else None)


def _block(newest: StepPod | None, node: NodeFacts | None) -> Mapping[str, str] | None:
    # A living pod knows better; where there is none, the Workflow knows why.
    if newest is not None and not newest.gone and newest.state not in (FAILED, SUCCEEDED):
        return newest.block if newest.state == PENDING else None
    return node.block if node else None


def _error(
    state: AttemptState, workflow: WorkflowFacts | None, steps: tuple[StepPicture, ...]
) -> Failure | None:
    if state == AttemptState.LOST:
        return failure("LOST")
    if state == AttemptState.CANCELLED:
        return failure("TERMINATED", workflow.message if workflow else "")
    if state != AttemptState.FAILED:
        return None
    for step in steps:
        if step.state == StepState.FAILED and step.error:
            return step.error | {"step": step.name}
    return cluster_failure(workflow.message if workflow else "", None)


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None and value != ""), None)
