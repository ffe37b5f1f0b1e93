"""A deed: one transaction in which a row, its operation and its events are written, or none is.

The feed's numbers are taken under the project's row lock as the transaction's last act, so that
commit order is number order; whoever wrote wakes the relay and the feed after the commit.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from tablecast import live, tracing
from tablecast.domain.identity import new_id
from tablecast.domain.retrying import again
from tablecast.domain.states import Noun, OperationState, Verb
from tablecast.domain.tables import Event, KeptAnswer, Operation, Project, Row
from tablecast.domain.transactions import transaction
from tablecast.errors import Conflict

RowT = TypeVar("RowT", bound=Row)


@dataclass(frozen=True)
class Asked:
    """Who asks, and under which idempotency key; `fingerprint` hashes what was asked."""

    subject: str
    admin: bool = False
    key: str | None = None
    fingerprint: str = ""


# What Tablecast does by itself to keep a wish fulfilled; it never takes a person's wish's place.
OWN_VERBS = (Verb.HEAL, Verb.RETIRE, Verb.RECONCILE)

SYSTEM = Asked(subject="system:tablecast", admin=True)


@dataclass(frozen=True)
class Outcome(Generic[RowT]):
    """What a deed wrote: the row, and the operation that carries it to the cluster."""

    row: RowT
    operation: Operation


@dataclass
class Deed:
    """An open transaction on one project's behalf."""

    asked: Asked
    project_id: str
    events: list[Event] = field(default_factory=list)
    _witness: str = ""

    async def record(
        self,
        verb: Verb,
        noun: Noun,
        subject_id: str,
        *,
        generation: int = 1,
        intent: Any = None,
        keyed: bool = True,
    ) -> Operation:
        """Write the operation that will carry this wish, superseding older ones of the subject.

        `keyed`: it is the answer to what was asked under the idempotency key, which only one can be.
        What Tablecast does by itself supersedes only its like: a person's wish is not done because
        a model was made anew for it.
        """
        only = {"verb": verb} if verb in OWN_VERBS else {}
        await self.supersede(noun, subject_id, **only)
        answers = keyed and verb not in OWN_VERBS
        # Noted before the row is written: whatever goes wrong there is told of this operation.
        id_ = new_id()
        tracing.note_operation(id_)
        operation = await Operation.create(
            id=id_,
            project_id=self.project_id,
            verb=verb,
            noun=noun,
            subject_id=subject_id,
            generation=generation,
            intent=intent,
            state=OperationState.ACCEPTED,
            requested_by=self.asked.subject,
            idempotency_key=self.asked.key if answers else None,
            fingerprint=self.asked.fingerprint if answers else "",
            due_at=datetime.now(UTC),
            traceparent=tracing.traceparent(),
        )
        self.tell("OPERATION_ACCEPTED", Noun.OPERATION, operation.id, operation_id=operation.id)
        return operation

    async def supersede(self, noun: Noun, subject_id: str, **only: Any) -> None:
        """Take older operations of a subject away from the relay, parked ones too."""
        await self._supersede(Operation.filter(noun=noun, subject_id=subject_id, **only))

    async def supersede_project(self) -> None:
        """Take every operation of the project away from the relay: it is going."""
        await self._supersede(Operation.filter(project_id=self.project_id))

    async def _supersede(self, older: QuerySet[Operation]) -> None:
        unsettled = Q(state__in=(OperationState.ACCEPTED, OperationState.APPLIED))
        parked = Q(state=OperationState.FAILED, due_at__isnull=False)
        for operation in await older.filter(unsettled | parked).select_for_update():
            operation.state = OperationState.SUPERSEDED
            operation.due_at = None
            operation.settled_at = datetime.now(UTC)
            await operation.save(update_fields=["state", "due_at", "settled_at", "updated_at"])
            self.tell("OPERATION_SUPERSEDED", Noun.OPERATION, operation.id)

    def tell(
        self, type_: str, noun: Noun, subject_id: str, message: str = "", *, operation_id: str = ""
    ) -> None:
        """Add a line to the project's feed; it is written and numbered as the last act."""
        event = Event(
            id=new_id(),
            project_id=self.project_id,
            type=type_,
            noun=noun,
            subject_id=subject_id,
            message=message,
            operation_id=operation_id,
        )
        self.events.append(event)

    async def number_events(self) -> None:
        """Take the feed's next numbers under the project's row lock and write the events."""
        if not self.events:
            return
        project = await Project.select_for_update().get_or_none(id=self.project_id)
        if project is None:
            return
        for event in self.events:
            project.feed_sequence += 1
            event.sequence = project.feed_sequence
        await project.save(update_fields=["feed_sequence"])
        await Event.bulk_create(self.events)
        self._witness = self.events[0].id

    async def is_written(self) -> bool | None:
        """Whether it was committed, told by its first event; None where it has none.

        Under a lock: one that is being committed just now is waited for.
        """
        if not self._witness:
            return None
        return await Event.select_for_update().get_or_none(id=self._witness) is not None


@asynccontextmanager
async def deed(asked: Asked, project_id: str) -> AsyncIterator[Deed]:
    """Open a transaction; commit rows, operation and numbered events together, then wake loops."""
    open_deed = Deed(asked, project_id)
    async with transaction(open_deed.is_written):
        yield open_deed
        await open_deed.number_events()
    if open_deed.events:
        live.feed.set()
        live.relay.set()


async def replayed(asked: Asked) -> Operation | None:
    """Return the operation already recorded under the asker's idempotency key, if any.

    Raises `Conflict` (IDEMPOTENCY_KEY_REUSED) where the key was used for something else.
    """
    if asked.key is None:
        return None
    operation = await Operation.get_or_none(requested_by=asked.subject, idempotency_key=asked.key)
    if operation is None:
        if await KeptAnswer.exists(requested_by=asked.subject, idempotency_key=asked.key):
            raise key_reused()
    elif operation.fingerprint != asked.fingerprint:
        raise key_reused()
    return operation


def key_reused() -> Conflict:
    """The refusal of a key that stands for another request."""
    return Conflict(
        "This idempotency key was already used for a different request.",
        code="IDEMPOTENCY_KEY_REUSED",
        field="idempotencyKey",
        hint="Use a new key for a new request; repeat a request unchanged to get its first answer.",
    )


async def once(
    asked: Asked, table: type[RowT], act: Callable[[], Awaitable[Outcome[RowT]]]
) -> Outcome[RowT]:
    """Run `act`, or return what it returned the first time under the same idempotency key."""
    operation = await replayed(asked)
    if operation is None:
        try:
            return await again(act)
        except (IntegrityError, Conflict):
            # Two requests with one key at the same moment: perhaps the other one won.
            operation = await replayed(asked)
            if operation is None:
                raise
    row = await table.get_or_none(id=operation.subject_id)
    if row is None:
        raise Conflict(
            "The request with this idempotency key was carried out, and its subject is gone since.",
            code="SUBJECT_GONE",
            field="idempotencyKey",
        )
    return Outcome(row, operation)
