"""Observing: a wish's effect was seen in the cluster, and its operations may say so.

Seen may come before applied: an answer can be lost, and a relay can die before it wrote one down. So
the row remembers the newest generation seen, and the relay looks there when it marks.
"""

from datetime import UTC, datetime

from tablecast import tracing
from tablecast.domain.deeds import Deed
from tablecast.domain.states import Noun, OperationState
from tablecast.domain.tables import (
    DatasetVersion,
    Operation,
    Project,
    Serving,
    Training,
    Upload,
    Wish,
)
from tablecast.metering import OBSERVED

WISHES: dict[str, type[Wish]] = {
    Noun.PROJECT: Project,
    Noun.UPLOAD: Upload,
    Noun.DATASET_VERSION: DatasetVersion,
    Noun.TRAINING: Training,
    Noun.SERVING: Serving,
}


async def observed(tx: Deed, noun: Noun, subject_id: str, generation: int) -> None:
    """Mark what was applied of a subject up to `generation` OBSERVED, and tell the feed.

    `generation` is that of the wish whose effect was seen, for instance of the operation named in the
    object's label: not simply the row's newest. What is still ACCEPTED becomes OBSERVED as soon as
    the relay has carried it out.
    """
    wishes = WISHES.get(noun)
    if wishes is not None:
        await wishes.filter(id=subject_id, observed_generation__lt=generation).update(
            observed_generation=generation
        )
    applied = await Operation.filter(
        noun=noun,
        subject_id=subject_id,
        generation__lte=generation,
        state=OperationState.APPLIED,
    )
    for operation in applied:
        await settle(tx, operation)


async def settle(tx: Deed, operation: Operation) -> None:
    """Write one operation down as OBSERVED: nothing more will come of it."""
    name = f"observe {operation.verb} {operation.noun}"
    with tracing.span(name, parent=operation.traceparent, operation_id=operation.id):
        await _settle(tx, operation)


async def _settle(tx: Deed, operation: Operation) -> None:
    now = datetime.now(UTC)
    operation.state = OperationState.OBSERVED
    operation.applied_at = operation.applied_at or now
    operation.settled_at = now
    operation.due_at = None
    operation.blocked_by = None
    await operation.save(
        update_fields=["state", "applied_at", "settled_at", "due_at", "blocked_by", "updated_at"]
    )
    tx.tell("OPERATION_OBSERVED", Noun.OPERATION, operation.id, operation_id=operation.id)
    OBSERVED.labels(operation.noun).observe((now - operation.created_at).total_seconds())


async def observed_already(operation: Operation) -> bool:
    """Whether the subject's row says that this operation's wish, or a newer one, was seen."""
    wishes = WISHES.get(operation.noun)
    if wishes is None:
        return False
    return await wishes.exists(
        id=operation.subject_id, observed_generation__gte=operation.generation
    )
