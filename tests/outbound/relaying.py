"""Driving a relay by hand: what is due is carried out, and the clock is moved in the rows."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.identity import new_id
from tablecast.domain.states import Noun, Verb
from tablecast.domain.tables import Operation, Project
from tablecast.outbound.context import Context
from tablecast.outbound.handler import Handler
from tablecast.outbound.relay import Relay


async def make_due() -> None:
    """Every operation that has a next try has it now."""
    now = datetime.now(UTC) - timedelta(seconds=1)
    await Operation.filter(due_at__isnull=False).update(due_at=now)


async def run_out_leases() -> None:
    """Every lease has run out."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    await Operation.filter(lease_until__isnull=False).update(lease_until=past)


async def carry(context: Context, rounds: int = 1, **relay: Any) -> None:
    """Let a relay carry out what is due, so many times, each time as if enough time had passed."""
    for _ in range(rounds):
        await make_due()
        await Relay(context, **relay).run_once()


async def an_operation(project: Project, subject_id: str = "") -> Operation:
    """An operation of a made-up subject of the noun MODEL."""
    async with deed(SYSTEM, project.id) as tx:
        return await tx.record(Verb.UPDATE, Noun.MODEL, subject_id or new_id())


def only(handler: Handler) -> dict[str, Handler]:
    """A relay's handlers: this one for every noun."""
    return dict.fromkeys(Noun, handler)
