"""Drifts: where rows and cluster disagree, and what a person may wish to be done about it.

The sweep finds them and takes them away; here one is only wished put right, by an operation.
"""

from typing import Any

from tablecast.domain.access import lock_row, require_row
from tablecast.domain.deeds import Asked, Outcome, deed, once, replayed
from tablecast.domain.projects import require_open, role_in
from tablecast.domain.states import DriftKind, Noun, Role, Verb
from tablecast.domain.tables import Drift, Operation
from tablecast.errors import Conflict

# None for the drift: it was put right since, and its row is gone.
Answer = tuple[Drift | None, Operation]

# Deleting what nobody may be able to make again is an owner's.
ROLES = {Verb.ADOPT: Role.EDITOR, Verb.RECREATE: Role.EDITOR, Verb.PURGE: Role.OWNER}

RETRY_HINT = "What runs once is never made twice: retryTraining makes another attempt."


def can_adopt(drift: Drift) -> bool:
    """Whether it is what a row waits for."""
    return bool(drift.adoptable)


def can_recreate(drift: Drift) -> bool:
    """Whether it is lost, declared, and not made again without asking."""
    return bool(drift.recreatable)


def can_purge(drift: Drift) -> bool:
    """Whether it is an orphan of a kind that may be deleted."""
    return bool(drift.purgeable)


async def adopt_object(asked: Asked, drift_id: str) -> Answer:
    """Take an orphan for what a row waits for; its facts are the row's from then on."""
    return await _wish(asked, drift_id, Verb.ADOPT)


async def recreate_object(asked: Asked, drift_id: str) -> Answer:
    """Make a lost object again; what it held is not brought back."""
    return await _wish(asked, drift_id, Verb.RECREATE)


async def purge_object(asked: Asked, drift_id: str) -> Answer:
    """Delete an orphan: that very object, and none that has its name since."""
    return await _wish(asked, drift_id, Verb.PURGE)


async def _wish(asked: Asked, drift_id: str, verb: Verb) -> Answer:
    first = await _first_answer(asked)
    if first is not None:
        return first
    found = await require_row(asked, Drift, Noun.DRIFT, drift_id, ROLES[verb])
    _check(found, verb)
    await require_open(asked, found.project_id, ROLES[verb])

    async def act() -> Outcome[Drift]:
        async with deed(asked, found.project_id) as tx:
            drift = await lock_row(Drift, Noun.DRIFT, drift_id)
            _check(drift, verb)
            operation = await tx.record(verb, Noun.DRIFT, drift_id, intent=identity_of(drift))
        return Outcome(drift, operation)

    outcome = await once(asked, Drift, act)
    return outcome.row, outcome.operation


def identity_of(drift: Drift) -> dict[str, Any]:
    """Which object an operation is about, also after the finding is gone."""
    return {key: getattr(drift, key) for key in ("kind", "namespace", "name", "uid", "drift")}


async def _first_answer(asked: Asked) -> Answer | None:
    """What a repeated request was answered; the finding is mostly gone by then."""
    operation = await replayed(asked)
    if operation is None or await role_in(asked, operation.project_id) is None:
        return None
    return await Drift.get_or_none(id=operation.subject_id), operation


def _check(drift: Drift, verb: Verb) -> None:
    allowed = {Verb.ADOPT: can_adopt, Verb.RECREATE: can_recreate, Verb.PURGE: can_purge}[verb]
    if allowed(drift):
        return
    runs_once = verb == Verb.RECREATE and drift.noun == Noun.TRAINING
    raise Conflict(
        f"This object is {drift.drift}, and not to be {_DONE[verb]}: {drift.reason}",
        code="RUN_ONCE" if runs_once and drift.drift == DriftKind.LOST else f"CANNOT_{verb}",
        field="driftId",
        hint=RETRY_HINT if runs_once else "Look at what the drift can: canAdopt, canPurge, …",
        blocking=((drift.noun, drift.subject_id),) if drift.noun else (),
    )


_DONE = {Verb.ADOPT: "adopted", Verb.RECREATE: "made again", Verb.PURGE: "deleted"}
