"""Attempts: what a Workflow and its pods amount to, written onto attempt, steps and training.

Rows never go backwards: a verdict stands, a step that has run never waits again. What a step said of
its own failure outweighs what the cluster says of it.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tablecast.domain.deeds import Deed
from tablecast.domain.observe import observed
from tablecast.domain.operations import blocked
from tablecast.domain.states import AttemptState, Noun, StepState, TrainingState
from tablecast.domain.tables import Attempt, Operation, Project, Sighting, Step, Training
from tablecast.inbound import workflows
from tablecast.inbound.failures import Failure, better, is_own
from tablecast.inbound.picture import RANKS, AttemptPicture, StepPicture, picture
from tablecast.inbound.pods import StepPod
from tablecast.inbound.projection import Seen
from tablecast.inbound.signals import Then

_ORDER = (AttemptState.PENDING, AttemptState.RUNNING, AttemptState.RECORDING)
_UNFINISHED = (AttemptState.PENDING, AttemptState.RUNNING)


async def write(tx: Deed, sighting: Sighting) -> Then:
    """Write what a Workflow's, or a step's pod's, new facts make of its attempt."""
    named = await _attempt_of(sighting)
    if named is None:
        return Then.NOTHING
    training = await Training.select_for_update().get(id=named.training_id)
    # Read again: another replica may have written what it saw until this one had the lock.
    attempt = await Attempt.select_for_update().get(id=named.id)
    if not await _adopt(attempt, sighting):
        return Then.NOTHING
    seen = await _picture(attempt, sighting.namespace)
    then = await _write_steps(tx, attempt, seen)
    then |= await _write_attempt(tx, attempt, seen)
    await reflect(tx, training, attempt)
    await _observe(tx, training, sighting)
    return then | (Then.WAKE if sighting.gone else Then.NOTHING)


async def expected() -> dict[str, str]:
    """UIDs of the Workflows of attempts that have no verdict yet."""
    running = Attempt.filter(state__in=_UNFINISHED).exclude(workflow_uid="")
    return {str(uid): "" for uid in await running.values_list("workflow_uid", flat=True)}


async def unseen(uid: str) -> Seen | None:
    """What is known of a Workflow that is gone before any informer saw it."""
    attempt = await Attempt.get_or_none(workflow_uid=uid)
    project = await Project.get_or_none(id=attempt.project_id) if attempt else None
    if attempt is None or project is None:
        return None
    owner = {"noun": "training", "id": attempt.training_id, "attempt": str(attempt.number)}
    return Seen(
        uid=uid,
        project_id=attempt.project_id,
        namespace=project.namespace,
        name=attempt.workflow_name,
        version="",
        facts=workflows.facts({}) | {"of": owner},
        gone=True,
    )


async def reflect(tx: Deed, training: Training, attempt: Attempt) -> None:
    """Write the newest attempt's state onto its training, which the caller has locked."""
    if attempt.number != training.attempts or training.state == TrainingState.DELETING:
        return
    before = (training.state, training.blocked_by, training.message)
    training.blocked_by = attempt.blocked_by
    training.message = attempt.error["message"] if attempt.error else attempt.message
    finished = AttemptState(attempt.state).finished
    if finished or training.state != TrainingState.CANCELLING:
        training.state = _training_state(attempt)
    if before == (training.state, training.blocked_by, training.message):
        return
    if finished and training.finished_at is None:
        training.finished_at = attempt.finished_at
    await training.save()
    ends = finished and before[0] != training.state
    type_ = "TRAINING_FINISHED" if ends else "TRAINING_UPDATED"
    tx.tell(type_, Noun.TRAINING, training.id, training.state)
    if finished:
        await observed(tx, Noun.TRAINING, training.id, training.generation)


def _training_state(attempt: Attempt) -> TrainingState:
    if attempt.state == AttemptState.RECORDING:
        return TrainingState.RUNNING
    return TrainingState(attempt.state)


async def _attempt_of(sighting: Sighting) -> Attempt | None:
    owner = sighting.facts["of"]
    if owner.get("noun") != "training" or not str(owner.get("attempt", "")).isdecimal():
        return None
    attempt: Attempt | None = await Attempt.get_or_none(
        training_id=owner.get("id", ""),
        number=int(owner["attempt"]),
        project_id=sighting.project_id,
    )
    return attempt


async def _adopt(attempt: Attempt, sighting: Sighting) -> bool:
    """Tell whether the object is this attempt's, and remember its Workflow's UID.

    A Workflow of the same name and another UID was made by somebody else, after ours was gone.
    """
    if sighting.kind != "Workflow":
        return True
    if not attempt.workflow_uid:
        if not await _made_by_us(attempt, sighting):
            return False
        attempt.workflow_uid = sighting.uid
        await attempt.save(update_fields=["workflow_uid", "updated_at"])
    return bool(attempt.workflow_uid == sighting.uid)


async def _made_by_us(attempt: Attempt, sighting: Sighting) -> bool:
    # What a hand made in our Workflow's place is not taken for it: that is for a person to say.
    named = sighting.facts["of"].get("operation", "")
    return sighting.name == attempt.workflow_name and await Operation.exists(
        id=named, noun=Noun.TRAINING, subject_id=attempt.training_id
    )


async def _picture(attempt: Attempt, namespace: str) -> AttemptPicture:
    name = attempt.workflow_name
    # A range, not a pattern: SQLite uses no index for LIKE. "~" sorts after all that names may hold.
    related = Sighting.filter(
        kind__in=("Workflow", "Pod"),
        namespace=namespace,
        name__gte=name,
        name__lt=f"{name}~",
    )
    workflow, gone, pods = None, False, []
    for sighting in await related:
        if sighting.kind == "Workflow" and sighting.uid == attempt.workflow_uid:
            workflow, gone = workflows.kept(sighting.facts), sighting.gone
        elif sighting.kind == "Pod" and sighting.name.startswith(f"{name}-"):
            pods.append(_pod(sighting))
    mine = [pod for pod in pods if not attempt.workflow_uid or _owned(pod, attempt)]
    return picture(workflow, gone, mine)


def _pod(sighting: Sighting) -> StepPod:
    named = {key: sighting.facts[key] for key in StepPod.__dataclass_fields__}
    return replace(StepPod(**named), gone=sighting.gone)


def _owned(pod: StepPod, attempt: Attempt) -> bool:
    return pod.owner_uid in ("", attempt.workflow_uid)


async def _write_steps(tx: Deed, attempt: Attempt, seen: AttemptPicture) -> Then:
    rows = {step.name: step for step in await Step.filter(attempt_id=attempt.id)}
    then = Then.NOTHING
    for one in seen.steps:
        row = rows.get(one.name)
        if row is not None and _update_step(row, one):
            await row.save()
            tx.tell("TRAINING_STEP", Noun.TRAINING, attempt.training_id, f"{row.name} {row.state}")
            then |= Then.COLLECT
    return then


def _update_step(row: Step, seen: StepPicture) -> bool:
    """Bring a step's row up to what was seen; tell whether anything changed."""
    if RANKS[seen.state] < RANKS[StepState(row.state)]:
        return False
    new = {
        "state": seen.state,
        "pod_name": seen.pod_name or row.pod_name,
        "pod_uid": seen.pod_uid or row.pod_uid,
        "exit_code": seen.exit_code,
        "reason": seen.reason[:64],
        "message": seen.message,
        "error": _step_error(row, seen),
        "result": seen.result or row.result,
        "blocked_by": _blocked(seen, row.blocked_by),
        "started_at": _time(seen.started_at) or row.started_at,
        "finished_at": _time(seen.finished_at) or row.finished_at,
    }
    return _assign(row, new)


def _step_error(row: Step, seen: StepPicture) -> Failure | None:
    if seen.state == StepState.SUCCEEDED:
        return None
    own = row.error if row.error and is_own(row.error) else None
    return better(own, seen.error)


def _blocked(seen: StepPicture, before: Any) -> dict[str, str] | None:
    if seen.block is None:
        return None
    found = blocked(seen.block["code"], seen.block["message"], before)
    # The same code in other words (a back-off counted up) is no news.
    return before if before and before["code"] == found["code"] else found


async def _write_attempt(tx: Deed, attempt: Attempt, seen: AttemptPicture) -> Then:
    steps = await Step.filter(attempt_id=attempt.id).order_by("position")
    state = _later(AttemptState(attempt.state), seen.state)
    last = steps[-1] if steps else None
    new: dict[str, Any] = {
        "state": state,
        "message": seen.message or attempt.message,
        "blocked_by": next((step.blocked_by for step in steps if step.blocked_by), None),
        "started_at": _time(seen.started_at) or attempt.started_at,
        "result": (last.result if last else None) or attempt.result,
    }
    if state == seen.state and (state.finished or state == AttemptState.RECORDING):
        ended = _time(seen.finished_at) or attempt.finished_at or datetime.now(UTC)
        new |= {"error": attempt_error(steps, seen.error), "finished_at": ended}
    if not _assign(attempt, new):
        return Then.NOTHING
    await attempt.save(update_fields=[*new, "updated_at"])
    return Then.COLLECT | (Then.WAKE if state.finished else Then.NOTHING)


def attempt_error(steps: list[Step], otherwise: Failure | None) -> Failure | None:
    """Return why an attempt failed: the error of its first step that did."""
    failed = (step for step in steps if step.state == StepState.FAILED and step.error)
    step = next(failed, None)
    if step is None or otherwise is None:
        return otherwise
    return dict(step.error) | {"step": step.name}


def _later(one: AttemptState, other: AttemptState) -> AttemptState:
    if one.finished or (one in _ORDER and other in _ORDER and _before(other, one)):
        return one
    return other


def _before(one: AttemptState, other: AttemptState) -> bool:
    return _ORDER.index(one) < _ORDER.index(other)


async def _observe(tx: Deed, training: Training, sighting: Sighting) -> None:
    """The Workflow is there: the operation that it names was seen carried out."""
    named = sighting.facts["of"].get("operation")
    if sighting.kind != "Workflow" or not named:
        return
    operation = await Operation.get_or_none(id=named, subject_id=training.id)
    if operation is not None:
        await observed(tx, Noun.TRAINING, training.id, operation.generation)


def _assign(row: Any, new: dict[str, Any]) -> bool:
    changed = {name: value for name, value in new.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


async def explain(tx: Deed, training: Training, attempt: Attempt) -> None:
    """Write why a FAILED attempt failed, after a step's own words on it were read.

    The caller holds the locks of both rows.
    """
    steps = await Step.filter(attempt_id=attempt.id).order_by("position")
    found = attempt_error(steps, attempt.error)
    if found != attempt.error:
        attempt.error = found
        await attempt.save(update_fields=["error", "updated_at"])
        await reflect(tx, training, attempt)
