"""Mending: what a person wished done about a drift: adopted, made again, deleted.

The object is looked at afresh, and judged as the sweep judges: what no longer holds is not acted on.
"""

from tablecast.cluster.port import KINDS, NAMESPACE, WORKFLOW, Kind, Manifest
from tablecast.domain.states import AttemptState, Noun, ProjectState, Verb
from tablecast.domain.tables import Attempt, Operation, Project, Revision
from tablecast.outbound import corrections, findings, projects
from tablecast.outbound.context import Context
from tablecast.outbound.differences import NEWEST_WISH
from tablecast.outbound.findings import Finding
from tablecast.outbound.handler import NOTHING_LEFT, Applied, Refused, Result, Waiting
from tablecast.outbound.objects import delete_all, found, label
from tablecast.outbound.orphans import judge
from tablecast.outbound.servings import note_applied

GONE = Refused("OBJECT_GONE", "The object is gone, or another has its name.")
HOLDS_NO_MORE = Refused("DRIFT_GONE", "The drift is no more what it was when this was asked for.")


async def carry_out(operation: Operation, context: Context) -> Result:
    """Do to an object what was wished when it was found adrift."""
    project = await Project.get_or_none(id=operation.project_id)
    if project is None or project.state == ProjectState.DELETING:
        return NOTHING_LEFT
    act = {Verb.ADOPT: _adopt, Verb.RECREATE: _recreate, Verb.PURGE: _purge}[Verb(operation.verb)]
    result = await act(operation, project, context)
    if isinstance(result, Applied):
        await findings.resolve(project.id, operation.subject_id)
    return result


async def _purge(operation: Operation, project: Project, context: Context) -> Result:
    kind, there = await _object(operation, context)
    if there is None:
        return NOTHING_LEFT
    if not there["metadata"].get("deletionTimestamp"):
        finding = await judge(there, project, context)
        if finding is None or not finding.purgeable:
            return HOLDS_NO_MORE
        await delete_all(context.cluster, kind, [there])
        if (await _object(operation, context))[1] is None:
            return Applied(observed=True, object_uid=operation.intent["uid"])
    return Waiting("OBJECT_GOING", "The object is being removed.", 1.0)


async def _adopt(operation: Operation, project: Project, context: Context) -> Result:
    kind, there = await _object(operation, context)
    if there is None:
        return GONE
    if kind == WORKFLOW:
        return await _adopt_workflow(there, project, context)
    return await _adopt_model(there, project, context)


async def _adopt_workflow(there: Manifest, project: Project, context: Context) -> Result:
    name, uid = there["metadata"]["name"], str(there["metadata"]["uid"])
    attempt = await Attempt.get_or_none(
        training_id=label(there, "id"), workflow_name=name, project_id=project.id
    )
    if attempt is None:
        return HOLDS_NO_MORE
    if attempt.workflow_uid != uid:
        if not _adoptable(await judge(there, project, context)):
            return HOLDS_NO_MORE
        waits = Attempt.filter(
            id=attempt.id, workflow_uid="", state__in=(AttemptState.PENDING, AttemptState.RUNNING)
        )
        if not await waits.update(workflow_uid=uid):
            return HOLDS_NO_MORE
    await context.cluster.apply(await _marked(there, attempt))
    return Applied(observed=True, object_uid=uid)


async def _marked(there: Manifest, attempt: Attempt) -> Manifest:
    """The Workflow's name with our label: a change, by which whoever watches reads it once more."""
    waiting = Operation.filter(noun=Noun.TRAINING, subject_id=attempt.training_id)
    operation = await waiting.order_by("-id").first()
    metadata = {key: there["metadata"][key] for key in ("name", "namespace", "uid")}
    labels = {NEWEST_WISH: operation.id if operation else attempt.id}
    names = {"apiVersion": WORKFLOW.api_version, "kind": WORKFLOW.kind}
    return names | {"metadata": metadata | {"labels": labels}}


async def _adopt_model(there: Manifest, project: Project, context: Context) -> Result:
    uid = str(there["metadata"]["uid"])
    revision = await Revision.get_or_none(
        object_name=there["metadata"]["name"], serving_id=label(there, "id"), project_id=project.id
    )
    if revision is None:
        return HOLDS_NO_MORE
    if revision.object_uid != uid:
        wish = await corrections.of_revision(revision, project, context)
        if wish is None or not _adoptable(await judge(there, project, context)):
            # An informer may have taken it for ours meanwhile.
            taken = await Revision.exists(id=revision.id, object_uid=uid)
            return Applied(observed=True, object_uid=uid) if taken else HOLDS_NO_MORE
        wish["metadata"]["uid"] = uid
        await note_applied(revision, await context.cluster.apply(wish))
    return Applied(observed=True, object_uid=uid)


async def _recreate(operation: Operation, project: Project, context: Context) -> Result:
    wanted = operation.intent["kind"], operation.intent["name"]
    label_of = await corrections.newest_wish(project.id)
    if wanted[0] == NAMESPACE.kind:
        return await _recreate_namespace(project, label_of, context)
    for manifest in projects.wished(project, label_of, context):
        if (manifest["kind"], manifest["metadata"]["name"]) == wanted:
            applied = await context.cluster.apply(manifest)
            return Applied(observed=True, object_uid=str(applied["metadata"]["uid"]))
    return HOLDS_NO_MORE


async def _recreate_namespace(project: Project, label_of: str, context: Context) -> Result:
    there = await found(context.cluster, NAMESPACE, "", project.namespace)
    if there is not None and there["metadata"].get("deletionTimestamp"):
        return Waiting("NAMESPACE_GOING", "The old namespace is still being removed.", 1.0)
    if there is None or there["metadata"]["uid"] != project.namespace_uid:
        await Project.filter(id=project.id, namespace_uid=project.namespace_uid).update(
            namespace_uid=""
        )
        await project.refresh_from_db()
    made = await projects.set_up(project, label_of, context)
    uid = made.object_uid if isinstance(made, Applied) else ""
    return Applied(observed=True, object_uid=uid)


async def _object(operation: Operation, context: Context) -> tuple[Kind, Manifest | None]:
    """The very object that was found adrift, None where it is gone."""
    wanted = operation.intent
    kind = next(kind for kind in KINDS.values() if kind.kind == wanted["kind"])
    there = await found(context.cluster, kind, wanted["namespace"], wanted["name"])
    if there is None or there["metadata"]["uid"] != wanted["uid"]:
        return kind, None
    return kind, there


def _adoptable(finding: Finding | None) -> bool:
    return finding is not None and finding.adoptable
