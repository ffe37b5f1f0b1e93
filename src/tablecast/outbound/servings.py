"""Servings go out: the newest revision beside the one that answers; what neither answers nor will, away.

Which revision answers is decided by who asks the pods; here objects are only made and removed.
"""

from datetime import UTC, datetime

from tablecast.cluster.port import Manifest
from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.operations import wake
from tablecast.domain.pools import SHARED, has_room
from tablecast.domain.states import Noun, RevisionState, ServingState, Verb
from tablecast.domain.tables import ModelVersion, Operation, Project, Revision, Serving
from tablecast.outbound import pools
from tablecast.outbound.context import Context
from tablecast.outbound.handler import NOTHING_LEFT, Applied, Result, Waiting, standing
from tablecast.outbound.manifests.serving import dedicated, trained_model
from tablecast.outbound.objects import is_ready
from tablecast.outbound.removal import remove_serving
from tablecast.outbound.revisions import remove_objects, retire, serving_spec


async def carry_out(operation: Operation, context: Context) -> Result:
    """Make the cluster match a serving's row."""
    serving = await Serving.get_or_none(id=operation.subject_id)
    project = await standing(operation)
    if serving is None or project is None:
        return NOTHING_LEFT
    if isinstance(project, Waiting):
        return project
    if operation.verb == Verb.DELETE:
        return await _take_away(serving, project, context)
    if serving.state == ServingState.DELETING:
        return NOTHING_LEFT
    if operation.verb == Verb.RETIRE:
        return await _retire(serving, project, context)
    return await _serve(serving, project, context)


async def _serve(serving: Serving, project: Project, context: Context) -> Result:
    revision = await Revision.get(serving_id=serving.id, number=serving.revision)
    version = await ModelVersion.get_or_none(id=revision.model_version_id)
    if version is None:
        return NOTHING_LEFT
    await pools.apply_runtime(project, context)
    await _scale_active(serving, project, context)
    if revision.mode == SHARED:
        waiting = await _ready_pool(revision, version, project, context)
        if waiting is not None:
            return waiting
    await _apply(serving, revision, version, project, context)
    return Applied()


async def _scale_active(serving: Serving, project: Project, context: Context) -> None:
    """Give what answers now the replicas wished for, where another revision is wished beside it."""
    active = Revision.filter(serving_id=serving.id, number=serving.active_revision)
    revision = await active.get_or_none(state=RevisionState.LOADED)
    if revision is None or revision.number == serving.revision:
        return
    if revision.mode == SHARED:
        await pools.apply_pool(project, revision.inference_service, context)
        return
    version = await ModelVersion.get_or_none(id=revision.model_version_id)
    if version is not None:
        await _apply(serving, revision, version, project, context)


async def _retire_failed(revision: Revision, project: Project, context: Context) -> None:
    # What never loaded serves nobody, and would keep the next one out of the pool for ever.
    failed = Revision.filter(serving_id=revision.serving_id, state=RevisionState.FAILED)
    for one in await failed:
        await retire(one, project, context)


async def _ready_pool(
    revision: Revision, version: ModelVersion, project: Project, context: Context
) -> Waiting | None:
    pool = await pools.apply_pool(project, revision.inference_service, context)
    # Made too early it is deleted at once, by a controller that would look again in a quarter hour.
    if not is_ready(pool):
        return Waiting("POOL_NOT_READY", "The project's model server is starting.", 2.0)
    if not revision.object_uid and not await has_room(revision, version):
        await _retire_failed(revision, project, context)
        return Waiting("POOL_FULL", "The pool has no room until an older model has left it.")
    return None


async def _apply(
    serving: Serving,
    revision: Revision,
    version: ModelVersion,
    project: Project,
    context: Context,
) -> None:
    spec = await serving_spec(serving, revision, version, project, context)
    manifest = trained_model(spec) if revision.mode == SHARED else dedicated(spec)
    if revision.object_uid:
        # Without it an apply would bring back what was deleted; then a new revision is made instead.
        manifest["metadata"]["uid"] = revision.object_uid
    applied = await context.cluster.apply(manifest)
    await note_applied(revision, applied)


async def note_applied(revision: Revision, applied: Manifest) -> None:
    """Write down that a revision's object is in the cluster, and that it has to load now."""
    async with deed(SYSTEM, revision.project_id) as tx:
        serving = await Serving.select_for_update().get_or_none(id=revision.serving_id)
        row = await Revision.select_for_update().get_or_none(id=revision.id)
        if serving is None or row is None or row.state != RevisionState.PENDING:
            return
        row.object_uid = str(applied["metadata"]["uid"])
        row.state = RevisionState.LOADING
        row.applied_at = datetime.now(UTC)
        await row.save()
        if serving.state == ServingState.PENDING:
            serving.state = ServingState.LOADING
            await serving.save(update_fields=["state", "updated_at"])
        tx.tell("SERVING_LOADING", Noun.SERVING, serving.id)


async def _retire(serving: Serving, project: Project, context: Context) -> Result:
    kept = {serving.active_revision, serving.revision}
    old = await Revision.filter(serving_id=serving.id, number__not_in=kept).exclude(
        state=RevisionState.RETIRED
    )
    for revision in old:
        if await retire(revision, project, context):
            return Waiting("OLD_REVISION_GOING", "An older revision is being removed.", 1.0)
    await pools.tidy(project, context)
    await wake(project.id)
    return NOTHING_LEFT


async def _take_away(serving: Serving, project: Project, context: Context) -> Result:
    if await remove_objects(serving.id, project, context):
        return Waiting("CHILDREN_GOING", "Its models are being removed.", 1.0)
    await remove_serving(serving)
    await pools.tidy(project, context)
    await wake(project.id)
    return NOTHING_LEFT
