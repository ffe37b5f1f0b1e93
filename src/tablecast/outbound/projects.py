"""Projects go out: the namespace and what stands in it; and away, children first."""

from tablecast.cluster.port import (
    INFERENCE_SERVICE,
    NAMESPACE,
    TRAINED_MODEL,
    Manifest,
)
from tablecast.domain.states import ProjectState, Verb
from tablecast.domain.tables import Operation, Project, Sighting
from tablecast.errors import ClusterRefusal, ObjectConflict
from tablecast.outbound.context import Context
from tablecast.outbound.handler import NOTHING_LEFT, Applied, Result, Waiting
from tablecast.outbound.manifests.project import project_manifests
from tablecast.outbound.manifests.specs import ProjectSpec
from tablecast.outbound.objects import delete_all, found, label, managed, remove
from tablecast.outbound.removal import remove_project, remove_some_rows, tell_the_end
from tablecast.settings import Limits, Settings

# The controllers behind a deletion take about a second; asking more often only asks.
GOING_SECONDS = 1.0
# Conditions of a namespace that goes: what is left in it, and what that waits for.
HOLDING_UP = ("NamespaceContentRemaining", "NamespaceFinalizersRemaining")


async def carry_out(operation: Operation, context: Context) -> Result:
    """Make the cluster match a project's row."""
    project = await Project.get_or_none(id=operation.subject_id)
    if project is None:
        return NOTHING_LEFT
    if operation.verb == Verb.DELETE:
        return await _take_away(project, context)
    if project.state == ProjectState.DELETING:
        return NOTHING_LEFT
    return await set_up(project, operation.id, context)


async def set_up(project: Project, operation_id: str, context: Context) -> Result:
    """Make the namespace and all that stands in it, as a project's row wishes."""
    namespace, *rest = wished(project, operation_id, context)
    uid = await _apply_namespace(namespace, project, context)
    for manifest in rest:
        await context.cluster.apply(manifest)
    return Applied(object_uid=uid)


async def _apply_namespace(manifest: Manifest, project: Project, context: Context) -> str:
    if project.namespace_uid:
        # Without the UID an apply would make an empty namespace in place of one that was deleted.
        manifest["metadata"]["uid"] = project.namespace_uid
    elif await _is_anothers(project, context):
        # It would be ours once applied, and go with the project.
        raise ClusterRefusal(
            f"There is a namespace {project.namespace} that is not this project's: delete this project"
            " and create another, or have that namespace removed."
        )
    try:
        applied = await context.cluster.apply(manifest)
    except ObjectConflict as exc:
        if await found(context.cluster, NAMESPACE, "", project.namespace) is None:
            raise ClusterRefusal(
                f"The namespace {project.namespace} was deleted in the cluster; its data is gone."
            ) from exc
        raise
    uid = str(applied["metadata"]["uid"])
    await Project.filter(id=project.id, namespace_uid="").update(namespace_uid=uid)
    return uid


async def _is_anothers(project: Project, context: Context) -> bool:
    """Whether somebody else has the namespace of a project that has none yet, as far as it knows."""
    if project.namespace_uid:
        return False
    there = await found(context.cluster, NAMESPACE, "", project.namespace)
    return there is not None and label(there, "project") != project.id


async def _take_away(project: Project, context: Context) -> Result:
    if not await _is_anothers(project, context):
        going = await _remove_objects(project, context)
        if going is not None:
            return going
    batch = context.settings.housekeeping_batch
    if left := await remove_some_rows(project, batch):
        return Waiting("ROWS_GOING", "Its rows are being removed.", 0.0, left=left)
    if await tell_the_end(project):
        # The feed goes with the rows: whoever follows it shall hear its last line first.
        seconds = 2 * context.settings.poll_seconds
        return Waiting("LAST_WORDS", "Its last rows are being removed.", seconds)
    await remove_project(project)
    return NOTHING_LEFT


async def _remove_objects(project: Project, context: Context) -> Waiting | None:
    # A TrainedModel whose InferenceService goes first never loses its finalizer.
    for kind, words in ((TRAINED_MODEL, "models"), (INFERENCE_SERVICE, "model servers")):
        going = await managed(context.cluster, kind, project.namespace)
        if going:
            await delete_all(context.cluster, kind, going)
            message = f"Its {words} are being removed."
            return Waiting("CHILDREN_GOING", message, GOING_SECONDS, left=len(going))
    if await remove(context.cluster, NAMESPACE, "", project.namespace, project.namespace_uid):
        return await _namespace_going(project, context)
    return None


async def _namespace_going(project: Project, context: Context) -> Waiting:
    # As observed, of the kinds that are watched: a namespace may hold what nobody may list.
    seen = Sighting.filter(project_id=project.id, namespace=project.namespace, gone=False)
    there = await found(context.cluster, NAMESPACE, "", project.namespace)
    message = "Its namespace is being removed, with all that is in it." + _held_up_by(there)
    return Waiting("NAMESPACE_GOING", message, GOING_SECONDS, left=await seen.count())


def _held_up_by(namespace: Manifest | None) -> str:
    """What the cluster says keeps a namespace from going: objects left, or their finalizers."""
    conditions = ((namespace or {}).get("status") or {}).get("conditions") or []
    words = [
        str(one.get("message", ""))
        for one in conditions
        if one["status"] == "True" and one["type"] in HOLDING_UP
    ]
    return "".join(f" {one}" for one in words)


def wished(project: Project, operation_id: str, context: Context) -> list[Manifest]:
    """A project's objects as they should be, the namespace first."""
    return project_manifests(project_spec(project, operation_id, context.settings, context.limits))


def project_spec(
    project: Project, operation_id: str, settings: Settings, limits: Limits
) -> ProjectSpec:
    """What a project's manifests are made of."""
    return ProjectSpec(
        project_id=project.id,
        name=project.name,
        namespace=project.namespace,
        volume_bytes=project.volume_bytes,
        storage_class=settings.storage_class,
        cpu_limit=project.cpu_limit,
        memory_limit_bytes=project.memory_limit_bytes,
        image_server=settings.image_server,
        datastore_token=settings.datastore_token(project.namespace),
        signing_key=settings.signing_key(project.namespace),
        operation_id=operation_id,
        upload_bytes=limits.upload_bytes,
        upload_seconds=limits.upload_seconds,
    )
