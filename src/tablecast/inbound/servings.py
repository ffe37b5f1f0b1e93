"""Servings: what predictor pods, models and their services amount to, written onto servings.

Predictions move to the newest revision when it answers on every replica, and never before; what they
moved from is told to go. One that is a canary gets its share then, and no more. A model that was lost
is made anew under the next revision's name.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from tablecast.domain import pools
from tablecast.domain.canaries import has_canary
from tablecast.domain.deeds import Deed
from tablecast.domain.observe import observed
from tablecast.domain.pools import SHARED
from tablecast.domain.revisions import heal, point_to
from tablecast.domain.states import Noun, ProjectState, RevisionState, ServingState
from tablecast.domain.tables import PredictorPod, Project, Revision, Serving
from tablecast.inbound.obstacles import blocked_by
from tablecast.inbound.rollout import Loading, loading, serving_state

LIVE = (RevisionState.PENDING, RevisionState.LOADING, RevisionState.LOADED)
MADE = (RevisionState.LOADING, RevisionState.LOADED)

_TOLD = (ServingState.LOADING, ServingState.SERVABLE, ServingState.UNAVAILABLE)

# How old "observed" may get while nothing changes: writing each look down would only make work.
_OBSERVED_EVERY = timedelta(seconds=30)


async def recount_all(
    tx: Deed, project_id: str, inference_service: str, *, news: bool = False
) -> None:
    """Recount every serving that has a revision in an InferenceService."""
    mine = Revision.filter(
        project_id=project_id, inference_service=inference_service, state__in=LIVE
    )
    serving_ids = {str(one) for one in await mine.values_list("serving_id", flat=True)}
    await recount_some(tx, serving_ids, news=news)


async def recount_some(tx: Deed, serving_ids: Collection[str], *, news: bool = False) -> None:
    """Recount these servings, in one order, so that no two deeds can wait for each other."""
    for serving_id in sorted(serving_ids):
        await recount(tx, serving_id, news=news)


async def recount(tx: Deed, serving_id: str, *, news: bool = False) -> None:
    """Write what the pods as last seen make of a serving and its revisions.

    `news`: its pods changed for who looks at them, whatever they make of it.
    """
    serving = await Serving.select_for_update().get_or_none(id=serving_id)
    if serving is None or serving.state == ServingState.DELETING:
        return
    revisions = await Revision.filter(serving_id=serving_id, state__in=LIVE).order_by("number")
    counts = {
        revision.number: await _count(serving, revision)
        for revision in revisions
        if revision.state in MADE
    }
    written = [
        await _write_revision(revision, counts[revision.number])
        for revision in revisions
        if revision.number in counts
    ]
    moved = await _move(tx, serving, revisions, counts)
    # Who follows the serving sees its revisions too: what changed of one alone is told as well.
    await _write_serving(tx, serving, revisions, counts, news or moved or any(written))


async def give_up(tx: Deed, serving_id: str, number: int, why: str) -> None:
    """Have a revision made anew, unless its serving or its project is going, or a newer one is made."""
    serving = await Serving.get_or_none(id=serving_id)
    if serving is not None and not await _is_going(serving):
        await heal(tx, serving_id, number, why)


async def _is_going(serving: Serving) -> bool:
    going = Project.filter(id=serving.project_id, state=ProjectState.DELETING)
    return serving.state == ServingState.DELETING or await going.exists()


async def _count(serving: Serving, revision: Revision) -> Loading:
    pods = await PredictorPod.filter(
        project_id=serving.project_id, inference_service=revision.inference_service
    )
    return loading(revision.object_name, pods, await desired_replicas(serving, revision))


async def desired_replicas(serving: Serving, revision: Revision) -> int:
    """Replicas that must answer for a revision: a pool has as many as any serving in it wishes."""
    if revision.mode != SHARED:
        return serving.replicas
    return await pools.replicas(serving.project_id, revision.inference_service)


async def _write_revision(revision: Revision, count: Loading) -> bool:
    """Write down how far a revision is; tell whether that is news."""
    new: dict[str, Any] = {
        "desired_replicas": count.desired,
        "loaded_replicas": count.loaded,
    }
    if revision.state == RevisionState.LOADING and count.complete:
        new |= {"state": RevisionState.LOADED, "loaded_at": datetime.now(UTC)}
        new |= {"reason": "", "message": ""}
    changed = _assign(revision, new)
    if changed:
        await revision.save()
    return changed


async def _move(
    tx: Deed, serving: Serving, revisions: list[Revision], counts: dict[int, Loading]
) -> bool:
    """Let predictions go to the newest revision if it answers everywhere; tell whether they moved."""
    newest = next((one for one in revisions if one.number == serving.revision), None)
    if newest is None or newest.number not in counts:
        return False
    complete = counts[newest.number].complete and not has_canary(serving)
    moves = serving.active_revision != newest.number and complete
    if moves:
        await point_to(tx, serving, newest)
    if counts[newest.number].settled:
        await observed(tx, Noun.SERVING, serving.id, serving.generation)
        # Written by a query of its own: saving this row later must not undo it.
        serving.observed_generation = serving.generation
    return moves


async def _write_serving(
    tx: Deed, serving: Serving, revisions: list[Revision], counts: dict[int, Loading], news: bool
) -> None:
    before = serving.state
    newest = counts.get(serving.revision)
    new = _observed_fields(serving, counts) | _canary_fields(serving, newest)
    done = newest is not None and newest.complete
    new["blocked_by"] = None if done else await blocked_by(serving, revisions)
    changed = _assign(serving, new) or news
    now = datetime.now(UTC)
    if not changed and serving.observed_at and now - serving.observed_at < _OBSERVED_EVERY:
        return
    serving.observed_at = now
    await serving.save()
    if changed:
        named = serving.state != before and serving.state in _TOLD
        type_ = f"SERVING_{serving.state}" if named else "SERVING_UPDATED"
        tx.tell(type_, Noun.SERVING, serving.id)
    if new.get("canary_since") is not None:
        message = f"It gets {serving.canary_percent} % of predictions."
        tx.tell("SERVING_CANARY", Noun.SERVING, serving.id, message)


def _canary_fields(serving: Serving, newest: Loading | None) -> dict[str, Any]:
    """What a canary's pods make of it; `canary_since` the first time that all of them answer."""
    if not has_canary(serving):
        return {}
    servable = newest is not None and newest.servable
    found: dict[str, Any] = {"canary_servable": servable}
    began = servable and serving.canary_since is None
    return found | {"canary_since": datetime.now(UTC)} if began else found


def _observed_fields(serving: Serving, counts: dict[int, Loading]) -> dict[str, Any]:
    active = counts.get(serving.active_revision)
    if active is None and serving.active_revision:
        # The object that predictions go to is gone: it answers nowhere.
        active = Loading(serving.replicas, 0, 0, 0)
    found: dict[str, Any] = {
        "desired_replicas": active.desired if active else serving.replicas,
        "loaded_replicas": active.loaded if active else 0,
        "servable": active.servable if active else False,
    }
    state = serving_state(active, bool(counts))
    return found if state == ServingState.PENDING else found | {"state": state}


def _assign(row: Any, new: dict[str, Any]) -> bool:
    changed = {name: value for name, value in new.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)
