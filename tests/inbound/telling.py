"""Telling projections what an informer would, and reading what they wrote."""

from typing import Any

from tablecast.domain.tables import Attempt, Event, Operation, Step, Training
from tablecast.inbound.changes import Change
from tablecast.inbound.kinds import WATCHED
from tablecast.inbound.projection import Projection
from tablecast.inbound.signals import Signals

BY_KIND = {watched.kind.kind: watched for watched in WATCHED}


async def tell(kind: str, change: Change, signals: Signals | None = None) -> None:
    """Project one change."""
    await Projection(BY_KIND[kind], signals or Signals()).project(change)


async def labels_of(training: Training) -> dict[str, str]:
    """Labels of the newest attempt's Workflow, as its manifest has them."""
    operation = await Operation.filter(subject_id=training.id).order_by("-id").first()
    assert operation is not None
    return {
        "tablecast.dev/managed": "true",
        "tablecast.dev/project": training.project_id,
        "tablecast.dev/noun": "training",
        "tablecast.dev/id": training.id,
        "tablecast.dev/operation": operation.id,
        "tablecast.dev/attempt": str(training.attempts),
    }


async def attempt_named(training: Training, workflow: str) -> Attempt:
    """The newest attempt, its Workflow called as in a recording."""
    attempt = await Attempt.get(training_id=training.id, number=training.attempts)
    attempt.workflow_name = workflow
    await attempt.save()
    return attempt


async def rows(attempt: Attempt) -> dict[str, Any]:
    """What is written of an attempt, without ids and the times of writing."""
    steps = await Step.filter(attempt_id=attempt.id).order_by("position")
    now = await Attempt.get(id=attempt.id)
    training = await Training.get(id=attempt.training_id)
    names = ("state", "exit_code", "reason", "error", "result", "started_at", "pod_uid")
    return {
        "attempt": now.state,
        "training": training.state,
        "error": now.error,
        "blocked": (now.blocked_by or {}).get("code"),
        "steps": [{name: getattr(step, name) for name in names} for step in steps],
    }


async def types_told(project_id: str) -> list[str]:
    """The feed's types in order."""
    events = await Event.filter(project_id=project_id).order_by("sequence")
    return [event.type for event in events]
