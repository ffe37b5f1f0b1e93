"""Marking: how an operation went, written where its lease still holds and nothing has superseded it.

Each mark is one deed, under the subject's lock first and the operation's then, as mutations take them.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tablecast.domain.deeds import SYSTEM, Deed, deed
from tablecast.domain.observe import WISHES, observed_already, settle
from tablecast.domain.operations import ABANDONED, FAILED, blocked
from tablecast.domain.states import Noun, OperationState
from tablecast.domain.tables import Operation, Wish
from tablecast.outbound.claim import OPEN
from tablecast.outbound.handler import Applied, Refused, Waiting

# Below a second a cluster in trouble gets no rest; above five minutes nobody sees it come back.
LEAST_BACK_OFF = 1.0
MOST_BACK_OFF = 300.0

# A refusal may be a webhook that is just starting; what is refused three times stays refused until
# somebody looks, or the hour comes round.
REFUSALS = 3
PARKED_SECONDS = 3_600.0

# Busier than this, and the person should see what is waited for.
SHOWN_AFTER_TRIES = 2

# What a row was told by us, and not by what was seen in the cluster.
CLUSTER_BUSY = "CLUSTER_BUSY"
OURS = frozenset({FAILED, ABANDONED, CLUSTER_BUSY})


@dataclass(frozen=True)
class Busy:
    """Not now, in the cluster's own words; not before `retry_after` seconds."""

    message: str
    retry_after: float = 0.0


@dataclass(frozen=True)
class No:
    """The cluster's no, in its own words."""

    message: str


Mark = Applied | Waiting | Refused | Busy | No


async def mark(claimed: Operation, result: Mark) -> float | None:
    """Write how a claimed operation went; return in how many seconds it is due again, if it is.

    Nothing but the lease's end is written where a newer wish has taken the operation's place, and
    nothing at all where somebody else holds it.
    """
    async with deed(SYSTEM, claimed.project_id) as tx:
        subject = await _lock_subject(claimed)
        operation = await Operation.select_for_update().get_or_none(id=claimed.id)
        if operation is None or operation.lease_token != claimed.lease_token:
            return None
        operation.lease_token = ""
        operation.lease_until = None
        if operation.state in OPEN:
            await _write(tx, claimed, operation, subject, result)
        await operation.save()
    return _seconds_until_due(operation)


async def _lock_subject(operation: Operation) -> Wish | None:
    wishes = WISHES.get(operation.noun)
    if wishes is None:
        return None
    return await wishes.select_for_update().get_or_none(id=operation.subject_id)


async def _write(
    tx: Deed, claimed: Operation, operation: Operation, subject: Wish | None, result: Mark
) -> None:
    before = operation.blocked_by
    match result:
        case Applied():
            await _applied(tx, operation, result)
        case Waiting():
            _waiting(tx, operation, result, woken=operation.due_at != claimed.due_at)
        case Busy():
            _busy(tx, operation, result)
        case No():
            _refused(tx, operation, result.message)
        case Refused():
            _fail(tx, operation, result.message, due=None)
    if subject is not None:
        await _show(tx, operation, subject, before, result)


async def _applied(tx: Deed, operation: Operation, result: Applied) -> None:
    operation.tries += 1
    operation.object_uid = result.object_uid or operation.object_uid
    operation.last_error = ""
    operation.blocked_by = None
    operation.due_at = None
    operation.settled_at = None
    operation.applied_at = datetime.now(UTC)
    operation.state = OperationState.APPLIED
    if result.observed or await observed_already(operation):
        await settle(tx, operation)
    else:
        _tell(tx, "OPERATION_APPLIED", operation)


def _waiting(tx: Deed, operation: Operation, result: Waiting, *, woken: bool) -> None:
    before = operation.blocked_by
    operation.state = OperationState.ACCEPTED
    operation.settled_at = None
    operation.blocked_by = blocked(result.code, result.message, before, left=result.left)
    # What it waits for may have come after the handler looked and before this.
    operation.due_at = _in(0 if woken else result.seconds)
    if operation.blocked_by != before:
        _tell(tx, "OPERATION_WAITING", operation)


def _busy(tx: Deed, operation: Operation, result: Busy) -> None:
    operation.tries += 1
    operation.blocked_by = None
    operation.due_at = _in(max(result.retry_after, back_off(operation.tries)))
    _note_error(tx, operation, result.message)


def _refused(tx: Deed, operation: Operation, message: str) -> None:
    operation.refusals += 1
    operation.blocked_by = None
    if operation.refusals >= REFUSALS:
        _fail(tx, operation, message, due=_in(PARKED_SECONDS))
        return
    operation.tries += 1
    operation.due_at = _in(back_off(operation.refusals))
    _note_error(tx, operation, message)


def _fail(tx: Deed, operation: Operation, message: str, *, due: datetime | None) -> None:
    known = operation.state == OperationState.FAILED and operation.last_error == message
    operation.tries += 1
    operation.state = OperationState.FAILED
    operation.blocked_by = None
    operation.last_error = message
    operation.settled_at = operation.settled_at or datetime.now(UTC)
    operation.due_at = due
    if not known:
        _tell(tx, "OPERATION_FAILED", operation, message)


def _note_error(tx: Deed, operation: Operation, message: str) -> None:
    # The same words again are no news, and a cluster that is down says them all night.
    if operation.last_error != message:
        operation.last_error = message
        _tell(tx, "OPERATION_RETRYING", operation, message)


async def _show(
    tx: Deed, operation: Operation, subject: Wish, before: object, result: Mark
) -> None:
    shown = _shown(operation, subject, before, result)
    if shown != subject.blocked_by:
        subject.blocked_by = shown
        await subject.save(update_fields=["blocked_by", "updated_at"])
        tx.tell(
            f"{operation.noun}_UPDATED",
            Noun(operation.noun),
            subject.id,
            operation_id=operation.id,
        )


def _shown(operation: Operation, subject: Wish, before: object, result: Mark) -> object:
    if isinstance(result, Waiting):
        # What was seen in the cluster, for instance a server that crashes, says more than that it waits.
        seen = subject.blocked_by and subject.blocked_by != before and not _is_ours(subject)
        return subject.blocked_by if seen else operation.blocked_by
    if operation.state == OperationState.FAILED:
        return blocked(FAILED, operation.last_error, subject.blocked_by)
    if isinstance(result, Busy) and operation.tries > SHOWN_AFTER_TRIES:
        return blocked(CLUSTER_BUSY, operation.last_error, subject.blocked_by)
    # What somebody else wrote there, for instance of a pod that waits for room, stays.
    ours = subject.blocked_by == before or _is_ours(subject)
    return None if ours else subject.blocked_by


def _is_ours(subject: Wish) -> bool:
    return bool(subject.blocked_by) and subject.blocked_by["code"] in OURS


def back_off(tries: int) -> float:
    """Seconds until the next try: full jitter below a doubling bound, so that many do not come back
    together."""
    bound = min(MOST_BACK_OFF, 2.0 ** min(tries, 16))
    return random.uniform(LEAST_BACK_OFF, bound)


def _in(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def _tell(tx: Deed, type_: str, operation: Operation, message: str = "") -> None:
    tx.tell(type_, Noun.OPERATION, operation.id, message, operation_id=operation.id)


def _seconds_until_due(operation: Operation) -> float | None:
    if operation.due_at is None:
        return None
    return max(0.0, (operation.due_at - datetime.now(UTC)).total_seconds())
