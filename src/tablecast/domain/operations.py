"""Operations: mutations seen from outside, from ACCEPTED to OBSERVED, and what they wait for."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from tortoise.expressions import Q

from tablecast import live
from tablecast.domain.access import not_found
from tablecast.domain.answers import answered_once, keep
from tablecast.domain.deeds import OWN_VERBS, Asked, Deed, Outcome, deed
from tablecast.domain.observe import WISHES
from tablecast.domain.projects import require, require_open, role_in
from tablecast.domain.states import Noun, OperationState, Role, Verb
from tablecast.domain.tables import Operation, Project, Wish
from tablecast.errors import Conflict

# What a row says of itself for the relay's sake: its next wish, and only that, takes it away.
FAILED = "OPERATION_FAILED"
ABANDONED = "OPERATION_ABANDONED"


def can_retry(operation: Operation) -> bool:
    """Whether the relay may be told to try it now, as far as its own state says."""
    return operation.state in {
        OperationState.ACCEPTED,
        OperationState.FAILED,
        OperationState.ABANDONED,
    }


def can_abandon(operation: Operation) -> bool:
    """Whether it may be given up now, as far as its own state says."""
    return _why_not_abandoned(operation) is None


def role_for(operation: Operation) -> Role:
    """The role that retrying or giving up needs: that of what was wished."""
    return Role.OWNER if operation.noun == Noun.PROJECT else Role.EDITOR


async def require_operation(asked: Asked, operation_id: str) -> Operation:
    """Return an operation of a project that the asker can see, or one that they asked for.

    The latter outlives its project: it is how one learns that a project is gone.
    """
    operation = await Operation.get_or_none(id=operation_id)
    if operation is None:
        raise not_found(Noun.OPERATION, operation_id)
    if await role_in(asked, operation.project_id) is None and not await _outlived(asked, operation):
        raise not_found(Noun.OPERATION, operation_id)
    return operation


async def retry_operation(asked: Asked, operation_id: str) -> Outcome[Operation]:
    """Let the relay try an operation now, which had failed, was given up or waits for its next try.

    Raises `Conflict` (OPERATION_SETTLED) where it is done, or a newer wish has taken its place.
    """
    return await _change(asked, operation_id, _retry)


async def abandon_operation(asked: Asked, operation_id: str) -> Outcome[Operation]:
    """Give up an operation that is parked or waits: it is ABANDONED, and the relay lets it be.

    Nothing is undone: what reached the cluster stays, and so does the row as it was wished. The row
    shows `blocked_by` OPERATION_ABANDONED, in place of what the relay said of it, until its next wish
    is carried out or something seen in the cluster says more. Others who wait for the row wait on.

    Raises `Conflict`: OPERATION_APPLIED where the cluster has taken it, OPERATION_SETTLED where nothing
    more would come of it anyway, OPERATION_RUNNING while a relay is at it, DELETION_GOES_ON for a
    deletion, OWN_OPERATION for what Tablecast does by itself.
    """
    return await _change(asked, operation_id, _abandon)


async def wake(project_id: str) -> None:
    """Make the project's waiting operations due, because what they wait for may have come.

    Those being carried out are made due too: they may have looked just before. The relay sees that
    and looks again at once.
    """
    unsettled = Operation.filter(project_id=project_id, state=OperationState.ACCEPTED)
    waiting = unsettled.filter(Q(blocked_by__isnull=False) | Q(lease_until__isnull=False))
    if await waiting.update(due_at=datetime.now(UTC)):
        live.relay.set()


async def wake_retries() -> None:
    """Make due what waits for its next try: the cluster answers again after an outage."""
    unsettled = Operation.filter(state=OperationState.ACCEPTED, blocked_by__isnull=True)
    now = datetime.now(UTC)
    if await unsettled.filter(tries__gt=0, refusals=0, due_at__gt=now).update(due_at=now):
        live.relay.set()


def blocked(
    code: str, message: str, before: Any = None, *, left: int | None = None
) -> dict[str, Any]:
    """What something waits for, as rows keep it; `since` is kept while the code stays the same.

    `left` counts what must go or come first, where that can be counted.
    """
    same = before is not None and before.get("code") == code
    since = before["since"] if same else datetime.now(UTC).isoformat()
    found: dict[str, Any] = {"code": code, "message": message, "since": since}
    return found if left is None else found | {"left": left}


async def _change(
    asked: Asked,
    operation_id: str,
    change: Callable[[Deed, Operation], Awaitable[None]],
) -> Outcome[Operation]:
    found = await require_operation(asked, operation_id)
    await _require_editor(asked, found)

    async def act() -> Outcome[Operation]:
        async with deed(asked, found.project_id) as tx:
            subject = await _lock_subject(found)
            operation = await Operation.select_for_update().get_or_none(id=operation_id)
            if operation is None:
                raise not_found(Noun.OPERATION, operation_id)
            await change(tx, operation)
            await operation.save()
            if operation.state == OperationState.ABANDONED and subject is not None:
                await _show_abandoned(tx, operation, subject)
            await keep(tx, {"operation": operation_id})
        return Outcome(operation, operation)

    async def read(_: Any) -> Outcome[Operation]:
        operation = await require_operation(asked, operation_id)
        return Outcome(operation, operation)

    return await answered_once(asked, act, read)


async def _retry(tx: Deed, operation: Operation) -> None:
    if not can_retry(operation) or await _outdated(operation):
        raise Conflict(
            f"This operation is {operation.state}: there is nothing to retry.",
            code="OPERATION_SETTLED",
        )
    operation.state = OperationState.ACCEPTED
    operation.due_at = datetime.now(UTC)
    operation.settled_at = None
    operation.refusals = 0
    tx.tell("OPERATION_RETRIED", Noun.OPERATION, operation.id, operation_id=operation.id)


async def _abandon(tx: Deed, operation: Operation) -> None:
    refusal = _why_not_abandoned(operation)
    if refusal is not None:
        raise refusal
    operation.state = OperationState.ABANDONED
    operation.due_at = None
    operation.blocked_by = None
    # Whoever held it once, and comes back late, must not mark it.
    operation.lease_token = ""
    operation.lease_until = None
    operation.settled_at = datetime.now(UTC)
    by = f"Given up by {tx.asked.subject}."
    tx.tell("OPERATION_ABANDONED", Noun.OPERATION, operation.id, by, operation_id=operation.id)


def _why_not_abandoned(operation: Operation) -> Conflict | None:
    state = operation.state
    if state == OperationState.APPLIED:
        return Conflict(
            "The cluster has taken this operation: it cannot be given up any more.",
            code="OPERATION_APPLIED",
            hint="Wish for something else, such as cancelTraining or another update.",
        )
    if state != OperationState.ACCEPTED and operation.due_at is None:
        return Conflict(
            f"This operation is {state}: nothing more would come of it.", code="OPERATION_SETTLED"
        )
    if operation.verb == Verb.DELETE:
        return Conflict(
            "A deletion goes on until nothing is left: what is half gone is of no use.",
            code="DELETION_GOES_ON",
            hint="See what it waits for; retryOperation has it tried now.",
        )
    if operation.verb in OWN_VERBS:
        return Conflict(
            "Tablecast does this by itself, and would begin it again.",
            code="OWN_OPERATION",
            hint="Change what it is about: that takes its place.",
        )
    if operation.lease_until is not None and operation.lease_until > datetime.now(UTC):
        return Conflict(
            "This operation is being carried out at this moment.",
            code="OPERATION_RUNNING",
            hint="Try again in a moment: as soon as it fails or waits again.",
        )
    return None


async def _show_abandoned(tx: Deed, operation: Operation, subject: Wish) -> None:
    message = f"Its {operation.verb} was given up by {tx.asked.subject}; nothing was undone."
    subject.blocked_by = blocked(ABANDONED, message)
    await subject.save(update_fields=["blocked_by", "updated_at"])
    noun = Noun(operation.noun)
    tx.tell(f"{noun}_UPDATED", noun, subject.id, operation_id=operation.id)


async def _lock_subject(operation: Operation) -> Wish | None:
    # Under the subject's lock first and the operation's then, as marks and mutations take them.
    wishes = WISHES.get(operation.noun)
    if wishes is None:
        return None
    return await wishes.select_for_update().get_or_none(id=operation.subject_id)


async def _outlived(asked: Asked, operation: Operation) -> bool:
    mine = operation.requested_by == asked.subject
    return mine and not await Project.exists(id=operation.project_id)


async def _require_editor(asked: Asked, operation: Operation) -> None:
    # Deleting must go on in a project that is being deleted.
    if operation.noun == Noun.PROJECT:
        await require(asked, operation.project_id, role_for(operation))
    else:
        await require_open(asked, operation.project_id)


async def _outdated(operation: Operation) -> bool:
    return await Operation.exists(
        noun=operation.noun, subject_id=operation.subject_id, generation__gt=operation.generation
    )
