"""What serves, written down: predictor pods, the objects of revisions, Deployments, namespaces."""

from datetime import UTC, datetime
from typing import Any

from tablecast.domain.deeds import Deed
from tablecast.domain.identity import new_id
from tablecast.domain.states import Noun, ProjectState, RevisionState
from tablecast.domain.tables import PredictorPod, Project, Revision, Serving, Sighting
from tablecast.inbound import attempts
from tablecast.inbound.serving_facts import DATASTORE, PREDICTOR_SUFFIX
from tablecast.inbound.servings import give_up, recount, recount_all
from tablecast.inbound.signals import Then

_ENDING = (RevisionState.RETIRING, RevisionState.FAILED)


async def pod(tx: Deed, sighting: Sighting) -> Then:
    """A pod: a step's belongs to its attempt, a predictor's to the servings on it."""
    if sighting.facts["role"] == "step":
        return await attempts.write(tx, sighting)
    news = await _write_predictor(sighting)
    await recount_all(tx, sighting.project_id, sighting.facts["inference_service"], news=news)
    return Then.PROBE


async def _write_predictor(sighting: Sighting) -> bool:
    """Write a model server's pod down; tell whether who looks at it sees a change."""
    row = await PredictorPod.select_for_update().get_or_none(uid=sighting.uid)
    if sighting.gone:
        if row is not None:
            await row.delete()
        return row is not None
    facts = sighting.facts
    before = _shown(row)
    if row is None:
        row = PredictorPod(id=new_id(), uid=sighting.uid, restarts=facts["restarts"])
    # A server that was started again, or takes no requests, has to be asked again.
    if facts["restarts"] != row.restarts or not facts["ready"]:
        row.loaded = {}
    row.project_id = sighting.project_id
    row.namespace = sighting.namespace
    row.name = sighting.name
    row.inference_service = facts["inference_service"]
    row.ready = facts["ready"]
    row.reason = facts["reason"]
    row.message = facts["message"]
    row.restarts = facts["restarts"]
    row.observed_at = datetime.now(UTC)
    await row.save()
    return _shown(row) != before


def _shown(row: PredictorPod | None) -> tuple[Any, ...]:
    # Not the message: a back-off counts its seconds in it.
    return (row.ready, row.reason) if row else ()


async def inference_service(tx: Deed, sighting: Sighting) -> Then:
    """An InferenceService: a pool's concerns all servings in it, a dedicated one its revision."""
    if sighting.facts["of"].get("noun") == "serving":
        await _write_revision(tx, sighting)
    await recount_all(tx, sighting.project_id, sighting.name)
    return Then.WAKE | Then.PROBE


async def trained_model(tx: Deed, sighting: Sighting) -> Then:
    """A TrainedModel is its revision's object."""
    serving_id = await _write_revision(tx, sighting)
    if serving_id:
        await recount(tx, serving_id)
    return Then.PROBE | (Then.WAKE if sighting.gone else Then.NOTHING)


async def deployment(tx: Deed, sighting: Sighting) -> Then:
    """A Deployment: the datastore's says whether a project works, a predictor's what hinders it."""
    if sighting.name == DATASTORE:
        await _write_datastore(tx, sighting)
        return Then.WAKE | Then.COLLECT
    await recount_all(tx, sighting.project_id, sighting.name.removesuffix(PREDICTOR_SUFFIX))
    return Then.PROBE


async def namespace(tx: Deed, sighting: Sighting) -> Then:
    """A namespace: what waits for it to come or go looks again."""
    return Then.WAKE


async def _write_revision(tx: Deed, sighting: Sighting) -> str:
    """Write an object onto its revision; return its serving's id, "" where it is nobody's."""
    owner = sighting.facts["of"]
    serving = await Serving.select_for_update().get_or_none(id=owner.get("id", ""))
    if serving is None or not str(owner.get("revision", "")).isdecimal():
        return ""
    number = int(owner["revision"])
    revision = await Revision.get_or_none(serving_id=serving.id, number=number)
    if revision is None or revision.object_uid not in ("", sighting.uid):
        return ""
    before = revision.state
    if sighting.gone:
        await _lose(tx, serving, revision)
    elif _find(revision, sighting):
        await revision.save()
    if revision.state != before:
        # A serving whose own row stays as it was would tell nobody.
        tx.tell("SERVING_UPDATED", Noun.SERVING, serving.id)
    return str(serving.id)


def _find(revision: Revision, sighting: Sighting) -> bool:
    """The object is there: it loads from now on; tell whether the row changed."""
    new: dict[str, Any] = {"object_uid": sighting.uid}
    if revision.state == RevisionState.PENDING:
        new |= {"state": RevisionState.LOADING, "applied_at": datetime.now(UTC)}
    changed = {name: value for name, value in new.items() if getattr(revision, name) != value}
    revision.update_from_dict(changed)
    return bool(changed)


async def _lose(tx: Deed, serving: Serving, revision: Revision) -> None:
    """The object is gone: as it was told to, or it is made anew under another name."""
    wished = revision.state in _ENDING or revision.number < serving.active_revision
    if not wished:
        await give_up(tx, serving.id, revision.number, "Its object vanished from the cluster.")
    if revision.state != RevisionState.RETIRED:
        revision.state = RevisionState.RETIRED
        await revision.save(update_fields=["state", "updated_at"])


async def _write_datastore(tx: Deed, sighting: Sighting) -> None:
    available = sighting.facts["available"] and not sighting.gone
    project = await Project.select_for_update().get_or_none(id=sighting.project_id)
    if project is None or available or project.state != ProjectState.READY:
        return
    project.state = ProjectState.DEGRADED
    project.message = "Its datastore is not available."
    await project.save(update_fields=["state", "message", "updated_at"])
    tx.tell("PROJECT_UPDATED", Noun.PROJECT, project.id, project.message)
