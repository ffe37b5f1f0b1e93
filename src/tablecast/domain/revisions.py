"""Revisions: what serves for a serving, immutable, one beside another while they change.

Each of these works in the caller's transaction, under the serving's row lock.
"""

from tablecast.domain import pools
from tablecast.domain.deeds import Deed
from tablecast.domain.identity import new_id
from tablecast.domain.pools import SHARED
from tablecast.domain.states import Noun, RevisionState, ServingState, Verb
from tablecast.domain.tables import Operation, Revision, Serving


async def new_revision(serving: Serving, most_pools: int | None) -> Revision:
    """Write the next revision of a serving, of what its row wishes, as its newest; the caller saves
    the serving and records the operation.

    Raises `LimitReached` (POOL_FULL) where it needs more than `most_pools`; None: as many as it takes.
    """
    number = await _next_number(serving)
    object_name = f"serving-{serving.id}-r{number}"
    shared = serving.mode == SHARED
    revision = await Revision.create(
        id=new_id(),
        project_id=serving.project_id,
        serving_id=serving.id,
        number=number,
        generation=serving.generation,
        mode=serving.mode,
        model_version_id=serving.model_version_id,
        object_name=object_name,
        inference_service=await pools.place(serving, most_pools) if shared else object_name,
        state=RevisionState.PENDING,
    )
    serving.revision = number
    return revision


async def heal(tx: Deed, serving_id: str, number: int, message: str) -> Operation | None:
    """Give revision `number` up and make the next one beside it, if it is still the newest; return the
    operation, None where there is nothing to heal.

    For a model that did not load in its time, or whose object vanished: nothing in the cluster would
    ever try again by itself.
    """
    serving = await Serving.select_for_update().get_or_none(id=serving_id)
    if serving is None or serving.revision != number or serving.state == ServingState.DELETING:
        return None
    if number != serving.active_revision:
        await Revision.filter(serving_id=serving_id, number=number).update(
            state=RevisionState.FAILED, message=message
        )
    # What answered once shall answer again: no limit of pools stands against that, but the quota.
    await new_revision(serving, most_pools=None)
    await serving.save(update_fields=["revision", "updated_at"])
    operation = await tx.record(Verb.HEAL, Noun.SERVING, serving.id, generation=serving.generation)
    tx.tell("SERVING_HEALED", Noun.SERVING, serving.id, message, operation_id=operation.id)
    return operation


async def point_to(tx: Deed, serving: Serving, newest: Revision) -> None:
    """Let predictions go to a revision, and have those before it retired; the caller saves the serving."""
    before = await Revision.get_or_none(serving_id=serving.id, number=serving.active_revision)
    serving.active_revision = newest.number
    if before is not None:
        tx.tell("SERVING_MOVED", Noun.SERVING, serving.id, newest.object_name)
    await retire_others(tx, serving)


async def retire_others(tx: Deed, serving: Serving) -> None:
    """Have revisions taken away that neither answer nor are to."""
    kept = {serving.active_revision, serving.revision}
    others = Revision.filter(serving_id=serving.id, number__not_in=kept)
    if await others.exclude(state=RevisionState.RETIRED).exists():
        await tx.record(Verb.RETIRE, Noun.SERVING, serving.id, generation=serving.generation)


async def _next_number(serving: Serving) -> int:
    # Not the newest's and one: after a roll-back the newest is an older one.
    newest = await Revision.filter(serving_id=serving.id).order_by("-number").first()
    return newest.number + 1 if newest else 1
