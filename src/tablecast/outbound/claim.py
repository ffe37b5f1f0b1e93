"""Claiming: which operations this relay may carry out now, and for how long.

A claim is a short transaction; the lease that it leaves is respected by every replica. Nothing is
built on clocks that agree, or on a lease being kept: a double call is harmless, and a mark whose
lease was taken over writes nothing.
"""

import secrets
from datetime import UTC, datetime, timedelta

from tortoise.expressions import Q

from tablecast.domain.states import OperationState
from tablecast.domain.tables import Operation
from tablecast.domain.transactions import transaction

# How many due operations are looked at: more than can wait for others of their own subjects, so that
# those never hide the rest.
SCANNED = 100

OPEN = (OperationState.ACCEPTED, OperationState.FAILED)


async def claim(limit: int, lease_seconds: float) -> list[Operation]:
    """Lease up to `limit` due operations, of different subjects, the longest due first.

    A subject that has an operation under a lease is left alone until that lease ends.
    """
    now, token = datetime.now(UTC), secrets.token_hex(16)
    chosen: list[Operation] = []

    async def written() -> bool:
        if not chosen:
            return True
        first = Operation.filter(id=chosen[0].id, lease_token=token)
        return await first.select_for_update().first() is not None

    async with transaction(written):
        free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
        # SQLite drops the lock; its one connection keeps claims apart as well.
        due = (
            await Operation.filter(free, due_at__lte=now, state__in=OPEN)
            .order_by("due_at", "id")
            .limit(SCANNED)
            .select_for_update(skip_locked=True)
        )
        chosen += await _one_a_subject(due, now, limit) if due else []
        await _lease(chosen, token, now + timedelta(seconds=lease_seconds))
    return chosen


async def renew(operation: Operation, lease_seconds: float) -> bool:
    """Make a lease last longer; False where it is held no more, or the operation is superseded."""
    held = Operation.filter(id=operation.id, lease_token=operation.lease_token, state__in=OPEN)
    until = datetime.now(UTC) + timedelta(seconds=lease_seconds)
    return await held.update(lease_until=until) > 0


async def release(operation: Operation) -> None:
    """Give a lease back where it is still held: the operation is due for whoever looks next."""
    held = Operation.filter(id=operation.id, lease_token=operation.lease_token)
    await held.update(lease_token="", lease_until=None)


async def release_all() -> int:
    """Take every lease away, and return how many there were.

    Only for a process that is known to be alone on its database: after a kill it need not wait until
    its predecessor's leases have run out.
    """
    leased = Operation.filter(lease_until__isnull=False)
    return await leased.update(lease_token="", lease_until=None)


async def _one_a_subject(due: list[Operation], now: datetime, limit: int) -> list[Operation]:
    subjects = {operation.subject_id for operation in due}
    leased = Operation.filter(subject_id__in=subjects, lease_until__gt=now)
    busy = set(await leased.values_list("noun", "subject_id"))
    chosen: list[Operation] = []
    for operation in due:
        subject = (operation.noun, operation.subject_id)
        if len(chosen) < limit and subject not in busy:
            busy.add(subject)
            chosen.append(operation)
    return chosen


async def _lease(chosen: list[Operation], token: str, until: datetime) -> None:
    for operation in chosen:
        operation.lease_token = token
        operation.lease_until = until
    if chosen:
        ids = [operation.id for operation in chosen]
        await Operation.filter(id__in=ids).update(lease_token=token, lease_until=until)
