"""Drift: servings' objects that are there and should not be, or are not and should, put right by itself."""

from tablecast.cluster.port import INFERENCE_SERVICE, NAMESPACE, TRAINED_MODEL, Kind, Manifest
from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.pools import SHARED, revisions_in
from tablecast.domain.revisions import heal
from tablecast.domain.states import (
    DriftKind,
    Noun,
    OperationState,
    RevisionState,
    ServingState,
    Verb,
)
from tablecast.domain.tables import Operation, Project, Revision, Serving
from tablecast.outbound import findings
from tablecast.outbound.context import Context
from tablecast.outbound.corrections import SERVED
from tablecast.outbound.findings import NOBODYS, Finding
from tablecast.outbound.objects import delete_all, found, label, managed
from tablecast.outbound.orphans import is_a_pool
from tablecast.outbound.snapshot import Snapshot

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
                await remove_orphan(kind, there, "no serving wants it any more", context)
                removed.append(name_of(there))
    return removed


async def remove_orphan(kind: Kind, there: Manifest, why: str, context: Context) -> None:
    """Remove what a row is done with, and tell its project."""
    going = there["metadata"].get("deletionTimestamp")
    await delete_all(context.cluster, kind, [there])
    if not going:
        project_id = label(there, "project")
        message = f"{there['kind']} {there['metadata']['name']} was removed: {why}."
        await findings.tell_corrected(project_id, Noun.PROJECT, project_id, message)


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


async def reconcile_pools(projects: Projects, context: Context) -> list[str]:
    """Have pools applied again that are missing; return what they belong to."""
    servers = {
        (label(each, "project"), each["metadata"]["name"])
        for each in await managed(context.cluster, INFERENCE_SERVICE)
    }
    served = Revision.filter(project_id__in=list(projects), mode=SHARED, state__in=SERVED)
    missing: dict[tuple[str, str], list[str]] = {}
    for revision in await served.order_by("id"):
        pool = (revision.project_id, revision.inference_service)
        if pool not in servers and projects[revision.project_id].namespace_uid:
            missing.setdefault(pool, []).append(revision.serving_id)
    return [told for pool, using in missing.items() for told in await _reconcile_pool(*pool, using)]


async def lost_namespace(project: Project, seen: Snapshot, context: Context) -> Finding | None:
    """What is to be told of a project whose namespace somebody deleted."""
    there = await seen.find(NAMESPACE, "", project.namespace)
    if NAMESPACE.kind in seen.unseen or (there and _uid(there) == project.namespace_uid):
        return None
    there = await found(context.cluster, NAMESPACE, "", project.namespace)
    if there is not None and _uid(there) == project.namespace_uid:
        return None
    return Finding(
        project.id,
        NAMESPACE.kind,
        "",
        project.namespace,
        project.namespace_uid,
        DriftKind.LOST,
        "The namespace was deleted in the cluster; its volume, and all data on it, went with it.",
        Noun.PROJECT,
        project.id,
        recreatable=True,
    )


async def foreign_namespaces(context: Context, seen: Snapshot) -> list[Finding]:
    """Managed namespaces of no project in this database."""
    known = set(await Project.all().values_list("namespace", flat=True))
    reason = "No project of this database is this namespace; it may be another installation's."
    return [
        findings.orphan(each, NOBODYS, reason)
        for each in seen.all(NAMESPACE)
        if each["metadata"]["name"] not in known
    ]


def _uid(there: Manifest) -> str:
    return str(there["metadata"]["uid"])


async def _is_orphan(there: Manifest) -> bool:
    if label(there, "noun") != "serving":
        using = revisions_in(label(there, "project"), there["metadata"]["name"])
        return is_a_pool(there) and not await using.exists()
    serving = await Serving.get_or_none(id=label(there, "id"))
    if serving is None:
        return True
    number = label(there, "revision")
    gone = Revision.filter(serving_id=serving.id, state=RevisionState.RETIRED)
    return number.isdigit() and await gone.filter(number=int(number)).exists()


async def _heal(revision: Revision) -> bool:
    async with deed(SYSTEM, revision.project_id) as tx:
        message = "Its object was deleted in the cluster."
        operation = await heal(tx, revision.serving_id, revision.number, message)
        if operation is not None:
            message = f"{revision.object_name} was deleted in the cluster and is made anew."
            tx.tell("DRIFT_CORRECTED", Noun.SERVING, revision.serving_id, message)
        return operation is not None


async def _reconcile_pool(project_id: str, pool: str, serving_ids: list[str]) -> list[str]:
    """Have one of its servings bring a pool back for all, unless one is about to."""
    under_way = Operation.filter(
        noun=Noun.SERVING, subject_id__in=serving_ids, state=OperationState.ACCEPTED
    )
    using = Serving.filter(id__in=serving_ids).exclude(state=ServingState.DELETING)
    serving = await using.order_by("id").first()
    if serving is None or await under_way.exists():
        return []
    async with deed(SYSTEM, project_id) as tx:
        operation = await tx.record(
            Verb.RECONCILE, Noun.SERVING, serving.id, generation=serving.generation
        )
        message = f"InferenceService {pool} was not there and is made again."
        tx.tell("DRIFT_CORRECTED", Noun.SERVING, serving.id, message, operation_id=operation.id)
    return [f"{Noun.SERVING} {serving.id}"]
