"""Operations: mutations seen from outside, from ACCEPTED to OBSERVED, and what they wait for."""

from datetime import UTC, datetime
from typing import Any

from tortoise.expressions import Q

from tablecast import live
from tablecast.domain.access import not_found
from tablecast.domain.deeds import Asked, Outcome, deed
from tablecast.domain.projects import require, require_open, role_in
from tablecast.domain.retrying import again
from tablecast.domain.states import Noun, OperationState, Role
from tablecast.domain.tables import Operation, Project
from tablecast.errors import Conflict


def can_retry(operation: Operation) -> bool:
    """Whether the relay may be told to try it now, as far as its own state says."""
    return operation.state in {OperationState.ACCEPTED, OperationState.FAILED}


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
    """Let the relay try an operation now, which had failed or is waiting for its next try.

    Raises `Conflict` (OPERATION_SETTLED) where it is done, or a newer wish has taken its place.
    """
    found = await require_operation(asked, operation_id)
    await _require_editor(asked, found)

    async def act() -> Outcome[Operation]:
        async with deed(asked, found.project_id) as tx:
            operation = await Operation.select_for_update().get(id=operation_id)
            if not can_retry(operation) or await _outdated(operation):
                raise Conflict(
                    f"This operation is {operation.state}: there is nothing to retry.",
                    code="OPERATION_SETTLED",
                )
            await _make_due(operation)
            tx.tell("OPERATION_RETRIED", Noun.OPERATION, operation.id, operation_id=operation.id)
        return Outcome(operation, operation)

    return await again(act)


async def _make_due(operation: Operation) -> None:
    operation.state = OperationState.ACCEPTED
    operation.due_at = datetime.now(UTC)
    operation.settled_at = None
    operation.refusals = 0
    await operation.save(update_fields=["state", "due_at", "settled_at", "refusals", "updated_at"])


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


def blocked(code: str, message: str, before: Any = None) -> dict[str, str]:
    """What something waits for, as rows keep it; `since` is kept while the code stays the same."""
    same = before is not None and before.get("code") == code
    since = before["since"] if same else datetime.now(UTC).isoformat()
    return {"code": code, "message": message, "since": since}


async def _outlived(asked: Asked, operation: Operation) -> bool:
    mine = operation.requested_by == asked.subject
    return mine and not await Project.exists(id=operation.project_id)


async def _require_editor(asked: Asked, operation: Operation) -> None:
    # Deleting is an owner's, and must go on in a project that is being deleted.
    if operation.noun == Noun.PROJECT:
        await require(asked, operation.project_id, Role.OWNER)
    else:
        await require_open(asked, operation.project_id)


async def _outdated(operation: Operation) -> bool:
    return await Operation.exists(
        noun=operation.noun, subject_id=operation.subject_id, generation__gt=operation.generation
    )
