"""Drift: servings' and projects' objects that are there and should not be, or are not and should."""

from tablecast.cluster.port import (
    DEPLOYMENT,
    INFERENCE_SERVICE,
    NAMESPACE,
    TRAINED_MODEL,
    Kind,
    Manifest,
)
from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.servings import POOL, SHARED, heal
from tablecast.domain.states import Noun, OperationState, RevisionState, ServingState, Verb
from tablecast.domain.tables import Operation, Project, Revision, Serving
from tablecast.outbound import pools
from tablecast.outbound.context import Context
from tablecast.outbound.objects import delete_all, label, managed

DATASTORE = "datastore"
SERVED = (RevisionState.LOADING, RevisionState.LOADED)

Projects = dict[str, Project]


def name_of(there: Manifest) -> str:
    """An object as reports name it."""
    metadata = there["metadata"]
    return f"{there['kind']} {metadata.get('namespace', '')}/{metadata['name']}"


async def remove_orphaned_models(projects: Projects, context: Context) -> list[str]:
    """Remove models and model servers that no row wants any more; return their names."""
    removed: list[str] = []
    # Models first: one whose InferenceService has gone never loses its finalizer.
    for kind in (TRAINED_MODEL, INFERENCE_SERVICE):
        for there in await managed(context.cluster, kind):
            if label(there, "project") in projects and await _is_orphan(there):
                await delete_all(context.cluster, kind, [there])
                removed.append(name_of(there))
    return removed


async def heal_vanished_models(projects: Projects, context: Context) -> list[str]:
    """Make a new revision of what somebody deleted in the cluster; return the servings' ids."""
    # Rows before objects, so that what is made between counts as there.
    revisions = await Revision.filter(state__in=SERVED, project_id__in=list(projects)).exclude(
        object_uid=""
    )
    there = {
        each["metadata"]["uid"]
        for kind in (TRAINED_MODEL, INFERENCE_SERVICE)
        for each in await managed(context.cluster, kind)
    }
    return [
        f"SERVING {revision.serving_id}"
        for revision in revisions
        if revision.object_uid not in there and await _heal(revision)
    ]


async def reconcile_projects(projects: Projects, context: Context) -> list[str]:
    """Have datastores and pools applied again that are missing; return what they belong to."""
    diverged: list[str] = []
    datastores = await _namespaces_with(DEPLOYMENT, DATASTORE, context)
    servers = await _namespaces_with(INFERENCE_SERVICE, POOL, context)
    for project in projects.values():
        if not project.namespace_uid:
            continue
        if project.namespace not in datastores:
            diverged += await _reconcile(Noun.PROJECT, project.id, project, project.generation)
        if project.namespace not in servers:
            diverged += await _reconcile_pool(project)
    return diverged


async def foreign_namespaces(context: Context) -> list[str]:
    """Managed namespaces of no project in this database."""
    there = await managed(context.cluster, NAMESPACE)
    known = set(await Project.all().values_list("namespace", flat=True))
    return [name_of(each) for each in there if each["metadata"]["name"] not in known]


async def _is_orphan(there: Manifest) -> bool:
    if label(there, "noun") != "serving":
        project_id = label(there, "project")
        return not await pools.users(project_id).exists()
    serving = await Serving.get_or_none(id=label(there, "id"))
    if serving is None:
        return True
    number = label(there, "revision")
    gone = Revision.filter(serving_id=serving.id, state=RevisionState.RETIRED)
    return number.isdigit() and await gone.filter(number=int(number)).exists()


async def _heal(revision: Revision) -> bool:
    async with deed(SYSTEM, revision.project_id) as tx:
        message = "Its object was deleted in the cluster."
        return await heal(tx, revision.serving_id, revision.number, message) is not None


async def _namespaces_with(kind: Kind, name: str, context: Context) -> set[str]:
    return {
        each["metadata"]["namespace"]
        for each in await managed(context.cluster, kind)
        if each["metadata"]["name"] == name
    }


async def _reconcile_pool(project: Project) -> list[str]:
    served = Revision.filter(project_id=project.id, mode=SHARED, state__in=SERVED)
    revision = await served.order_by("id").first()
    serving = await Serving.get_or_none(id=revision.serving_id) if revision else None
    if serving is None or serving.state == ServingState.DELETING:
        return []
    return await _reconcile(Noun.SERVING, serving.id, project, serving.generation)


async def _reconcile(noun: Noun, subject_id: str, project: Project, generation: int) -> list[str]:
    under_way = Operation.filter(noun=noun, subject_id=subject_id, state=OperationState.ACCEPTED)
    if await under_way.exists():
        return []
    async with deed(SYSTEM, project.id) as tx:
        await tx.record(Verb.RECONCILE, noun, subject_id, generation=generation)
    return [f"{noun} {subject_id}"]
