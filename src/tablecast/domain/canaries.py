"""Canaries: a serving's new revision that gets a share of predictions before it gets them all.

The share is kept by `predict`, request by request, and the two revisions stand beside each other as
they do in every change. KServe has two ways of its own, and neither is used: `canaryTrafficPercent`
works in Knative mode only, and `spec.canary` of Standard mode is kept by the gateway's routes.
Predictions here reach a revision's own Service and meet no gateway, nor need one. So there is one way,
in every mode and for shared models too, that falls back to the other revision where one does not answer.
"""

from tablecast.domain.access import lock_row, require_writable
from tablecast.domain.deeds import Asked, Deed, Outcome, deed, once
from tablecast.domain.revisions import new_revision, point_to, retire_others
from tablecast.domain.states import Noun, RevisionState, ServingState, Verb
from tablecast.domain.tables import Revision, Serving
from tablecast.errors import Conflict


def has_canary(serving: Serving) -> bool:
    """Whether its newest revision is wished to get a share, and no more."""
    return serving.canary_percent is not None


def can_promote(serving: Serving) -> bool:
    """Whether its canary was seen to answer on every replica."""
    standing = serving.state != ServingState.DELETING
    return standing and has_canary(serving) and serving.canary_servable


def can_roll_back(serving: Serving) -> bool:
    """Whether it has a canary, loaded or not."""
    return serving.state != ServingState.DELETING and has_canary(serving)


async def canary_revision(serving: Serving) -> Revision | None:
    """The revision that gets the share, None where none does."""
    if not has_canary(serving):
        return None
    return await Revision.get_or_none(serving_id=serving.id, number=serving.revision)


async def answering(serving: Serving, chance: float) -> list[Revision]:
    """Revisions that a prediction may go to, first the one that it shall go to; empty where none answers.

    `chance` from 0 to 1, drawn for each prediction, decides between the active one and its canary. A
    canary with a share of 0 gets none, also where nothing else answers.
    """
    active = await Revision.get_or_none(serving_id=serving.id, number=serving.active_revision)
    found = [active] if active is not None and serving.loaded_replicas > 0 else []
    share = (serving.canary_percent or 0) / 100
    canary = await canary_revision(serving) if share and serving.canary_servable else None
    if canary is None:
        return found
    return [canary, *found] if chance < share else [*found, canary]


async def promote_canary(asked: Asked, serving_id: str) -> Outcome[Serving]:
    """Let all predictions go to the canary; what answered before goes.

    Raises `Conflict`: NO_CANARY, or CANARY_NOT_SERVABLE before every replica answered for it.
    """
    found = await require_writable(asked, Serving, Noun.SERVING, serving_id)

    async def act() -> Outcome[Serving]:
        async with deed(asked, found.project_id) as tx:
            serving, canary = await _lock(serving_id)
            if not can_promote(serving):
                raise Conflict(
                    "The canary does not answer on every replica yet.", code="CANARY_NOT_SERVABLE"
                )
            _end(serving)
            serving.desired_replicas = canary.desired_replicas
            serving.loaded_replicas = canary.loaded_replicas
            outcome = await _record(tx, serving, "SERVING_PROMOTED")
            await point_to(tx, serving, canary)
            await serving.save()
        return outcome

    return await once(asked, Serving, act)


async def roll_back_canary(asked: Asked, serving_id: str) -> Outcome[Serving]:
    """Let all predictions go to what answered before; the canary goes. Raises `Conflict` (NO_CANARY)."""
    found = await require_writable(asked, Serving, Noun.SERVING, serving_id)

    async def act() -> Outcome[Serving]:
        async with deed(asked, found.project_id) as tx:
            serving, canary = await _lock(serving_id)
            stable = await Revision.get(serving_id=serving.id, number=serving.active_revision)
            _end(serving)
            serving.model_version_id = stable.model_version_id
            serving.mode = stable.mode
            await _return_to(serving, stable, canary)
            outcome = await _record(tx, serving, "SERVING_ROLLED_BACK")
            await retire_others(tx, serving)
            await serving.save()
        return outcome

    return await once(asked, Serving, act)


async def _lock(serving_id: str) -> tuple[Serving, Revision]:
    serving = await lock_row(Serving, Noun.SERVING, serving_id)
    if serving.state == ServingState.DELETING:
        raise Conflict("This serving is being deleted.", code="SERVING_DELETING")
    canary = await canary_revision(serving)
    if canary is None:
        raise Conflict(
            "This serving has no canary.",
            code="NO_CANARY",
            hint="Update its model version with a canaryPercent first.",
        )
    return serving, canary


def _end(serving: Serving) -> None:
    serving.canary_percent = None
    serving.canary_servable = False
    serving.canary_since = None
    serving.generation += 1


async def _return_to(serving: Serving, stable: Revision, canary: Revision) -> None:
    if stable.state == RevisionState.LOADED:
        serving.revision = stable.number
        return
    # Its object was lost meanwhile: it is made anew, and the canary answers until that one does.
    serving.active_revision = canary.number
    await new_revision(serving, most_pools=None)


async def _record(tx: Deed, serving: Serving, event: str) -> Outcome[Serving]:
    operation = await tx.record(
        Verb.UPDATE, Noun.SERVING, serving.id, generation=serving.generation
    )
    tx.tell(event, Noun.SERVING, serving.id, operation_id=operation.id)
    return Outcome(serving, operation)
