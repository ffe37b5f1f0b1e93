"""Trainings go out: each attempt is one Workflow, of one manifest, created once and never again."""

import asyncio

from tablecast.cluster.port import WORKFLOW, Manifest
from tablecast.domain.attempts import end_attempt
from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.states import AttemptState, Noun, TrainingState, Verb
from tablecast.domain.tables import (
    Attempt,
    DatasetVersion,
    ModelVersion,
    Operation,
    Project,
    Training,
)
from tablecast.domain.transactions import transaction
from tablecast.errors import ObjectExists
from tablecast.outbound.claim import OPEN
from tablecast.outbound.context import Context
from tablecast.outbound.handler import NOTHING_LEFT, Applied, Refused, Result, Waiting, standing
from tablecast.outbound.manifests.training import workflow
from tablecast.outbound.objects import delete_all, found, has_ended, label, remove
from tablecast.outbound.removal import remove_training
from tablecast.outbound.steps import workflow_spec

# A stopped handler's call gets so long for its answer.
LAST_SECONDS = 2.0
UNFINISHED = tuple(state for state in AttemptState if not state.finished)


async def carry_out(operation: Operation, context: Context) -> Result:
    """Make the cluster match a training's row: start an attempt, stop it, or take all away."""
    training = await Training.get_or_none(id=operation.subject_id)
    project = await standing(operation)
    if training is None or project is None:
        return NOTHING_LEFT
    if isinstance(project, Waiting):
        return project
    if operation.verb == Verb.DELETE:
        return await _take_away(training, project, context)
    if operation.verb == Verb.CANCEL:
        return await _cancel(training, project, context)
    return await _start(operation, project, context)


async def _start(operation: Operation, project: Project, context: Context) -> Result:
    manifest = operation.intent or await _keep_intent(operation, project, context)
    if manifest is None:
        return NOTHING_LEFT
    attempt = await Attempt.get_or_none(workflow_name=manifest["metadata"]["name"])
    if attempt is None or AttemptState(attempt.state).finished:
        return NOTHING_LEFT
    if attempt.workflow_uid:
        return await _look_after(attempt, project, context)
    making = asyncio.create_task(_make(operation, attempt, manifest, context))
    try:
        return await asyncio.shield(making)
    except asyncio.CancelledError:
        # What may be on its way to the cluster is known, and removed where it comes too late.
        await asyncio.wait({making}, timeout=LAST_SECONDS)
        making.cancel()
        raise


async def _make(
    operation: Operation, attempt: Attempt, manifest: Manifest, context: Context
) -> Result:
    try:
        there = await context.cluster.create(manifest)
    except ObjectExists:
        namespace = manifest["metadata"]["namespace"]
        there = await context.cluster.get(WORKFLOW, namespace, attempt.workflow_name)
        if label(there, "operation") != operation.id:
            return Refused(
                "NAME_TAKEN", f"A Workflow {attempt.workflow_name} of somebody else is there."
            )
    uid = str(there["metadata"]["uid"])
    if await _record(attempt, uid):
        return Applied(object_uid=uid)
    # By a relay that woke after its lease: meanwhile the attempt has had its Workflow, or its end.
    if not has_ended(there):
        await delete_all(context.cluster, WORKFLOW, [there])
    return NOTHING_LEFT


async def _keep_intent(operation: Operation, project: Project, context: Context) -> Manifest | None:
    """Write down the one manifest before it is sent; None where a newer wish has come meanwhile."""
    async with transaction():
        training = await Training.select_for_update().get_or_none(id=operation.subject_id)
        row = await Operation.select_for_update().get_or_none(id=operation.id)
        if training is None or row is None or row.state not in OPEN:
            return None
        attempt = await Attempt.get(training_id=training.id, number=training.attempts)
        version = await DatasetVersion.get_or_none(id=training.dataset_version_id)
        if version is None:
            return None
        spec = workflow_spec(training, attempt, version, project, operation.id, context.settings)
        row.intent = manifest = workflow(spec)
        await row.save(update_fields=["intent"])
    return manifest


async def _record(attempt: Attempt, uid: str) -> bool:
    """Write down which Workflow is the attempt's; False where that is another, or none any more."""
    waits = Attempt.filter(id=attempt.id, workflow_uid="", state__in=UNFINISHED)
    await waits.update(workflow_uid=uid)
    its_own = Attempt.filter(id=attempt.id, workflow_uid=uid)
    return await its_own.exclude(state=AttemptState.CANCELLED).exists()


async def _look_after(attempt: Attempt, project: Project, context: Context) -> Result:
    there = await found(context.cluster, WORKFLOW, project.namespace, attempt.workflow_name)
    if there is None or there["metadata"]["uid"] != attempt.workflow_uid:
        await lose(attempt)
        return NOTHING_LEFT
    return Applied(object_uid=attempt.workflow_uid)


async def lose(attempt: Attempt) -> None:
    """Write down that an attempt's Workflow vanished before it ended: it is never made again."""
    async with deed(SYSTEM, attempt.project_id) as tx:
        row = await Attempt.get_or_none(id=attempt.id)
        # What only waits for its model to be read needs its Workflow no more.
        if row is not None and row.state != AttemptState.RECORDING:
            await end_attempt(
                tx,
                attempt.id,
                AttemptState.LOST,
                "Its Workflow vanished from the cluster before it ended.",
            )


async def _cancel(training: Training, project: Project, context: Context) -> Result:
    attempt = await Attempt.get(training_id=training.id, number=training.attempts)
    if AttemptState(attempt.state).finished or attempt.state == AttemptState.RECORDING:
        await _come_too_late(training, attempt)
        return NOTHING_LEFT
    there = await found(context.cluster, WORKFLOW, project.namespace, attempt.workflow_name)
    if there is None:
        async with deed(SYSTEM, training.project_id) as tx:
            await end_attempt(tx, attempt.id, AttemptState.CANCELLED, "Cancelled.")
        return NOTHING_LEFT
    uid = str(there["metadata"]["uid"])
    await _record(attempt, uid)
    if not (there.get("status") or {}).get("finishedAt"):
        await context.cluster.apply(_terminate(there))
    return Applied(object_uid=uid)


def _terminate(there: Manifest) -> Manifest:
    metadata = there["metadata"]
    return {
        "apiVersion": WORKFLOW.api_version,
        "kind": WORKFLOW.kind,
        # With its UID, or an apply would make an empty Workflow in place of one just deleted.
        "metadata": {key: metadata[key] for key in ("name", "namespace", "uid")},
        "spec": {"shutdown": "Terminate"},
    }


async def _come_too_late(training: Training, attempt: Attempt) -> None:
    async with deed(SYSTEM, training.project_id) as tx:
        row = await Training.select_for_update().get_or_none(id=training.id)
        if row is None or row.state != TrainingState.CANCELLING:
            return
        recording = attempt.state == AttemptState.RECORDING
        row.state = TrainingState.RUNNING if recording else TrainingState(attempt.state)
        await row.save(update_fields=["state", "updated_at"])
        tx.tell("TRAINING_UPDATED", Noun.TRAINING, training.id)


async def _take_away(training: Training, project: Project, context: Context) -> Result:
    attempts = await Attempt.filter(training_id=training.id).order_by("number")
    for attempt in attempts:
        if await remove(context.cluster, WORKFLOW, project.namespace, attempt.workflow_name):
            return Waiting("CHILDREN_GOING", "Its Workflow is being removed.", 1.0)
    await context.datastore.delete_training(project.namespace, training.id)
    for attempt in attempts:
        # Published, but never recorded: nothing else knows of it.
        if not await ModelVersion.exists(id=attempt.model_version_id):
            await context.datastore.delete_model(project.namespace, attempt.model_version_id)
    await remove_training(training)
    return NOTHING_LEFT
