"""Revisions in the cluster: a TrainedModel in the pool, or an InferenceService alone."""

from tablecast.cluster.port import INFERENCE_SERVICE, TRAINED_MODEL
from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.pools import SHARED
from tablecast.domain.sizing import dedicated_memory, model_memory
from tablecast.domain.states import Noun, RevisionState, Verb
from tablecast.domain.tables import ModelVersion, Operation, Project, Revision, Serving
from tablecast.outbound.context import Context
from tablecast.outbound.manifests.specs import ServingSpec
from tablecast.outbound.objects import LABEL, delete_all, managed, remove


async def serving_spec(
    serving: Serving,
    revision: Revision,
    version: ModelVersion,
    project: Project,
    context: Context,
) -> ServingSpec:
    """What a revision's manifest is made of."""
    shared = revision.mode == SHARED
    memory = model_memory(version.bytes) if shared else dedicated_memory(version.bytes)
    return ServingSpec(
        project_id=project.id,
        namespace=project.namespace,
        serving_id=serving.id,
        operation_id=await _made_by(revision),
        revision=revision.number,
        name=revision.object_name,
        inference_service=revision.inference_service,
        model_version_id=version.id,
        memory_bytes=memory,
        storage_uri=_storage_uri(version, project, context, shared=shared),
        replicas=serving.replicas,
        image_serve=context.settings.image_serve,
    )


async def retire(revision: Revision, project: Project, context: Context) -> bool:
    """Remove a revision's object; return whether it is still there. Its row says RETIRED once not."""
    kind = TRAINED_MODEL if revision.mode == SHARED else INFERENCE_SERVICE
    there = await remove(context.cluster, kind, project.namespace, revision.object_name)
    state = RevisionState.RETIRING if there else RevisionState.RETIRED
    async with deed(SYSTEM, revision.project_id) as tx:
        if await Revision.filter(id=revision.id).exclude(state=state).update(state=state):
            tx.tell("SERVING_UPDATED", Noun.SERVING, revision.serving_id)
    return there


async def remove_objects(serving_id: str, project: Project, context: Context) -> bool:
    """Remove every object of a serving, known to rows or not; return whether any is still there."""
    mine = f"{LABEL}/id={serving_id}"
    for kind in (TRAINED_MODEL, INFERENCE_SERVICE):
        going = await managed(context.cluster, kind, project.namespace, mine)
        if going:
            await delete_all(context.cluster, kind, going)
            return bool(await managed(context.cluster, kind, project.namespace, mine))
    return False


def _storage_uri(version: ModelVersion, project: Project, context: Context, *, shared: bool) -> str:
    if not shared:
        return f"pvc://data/models/{version.id}"
    # Signed without an end: the agent downloads again whenever a pod is made anew.
    file = f"models/{version.id}/{version.file}"
    path = context.datastore.signed_path(project.namespace, file, expires=0)
    return f"http://datastore.{project.namespace}.svc.cluster.local{path}"


async def _made_by(revision: Revision) -> str:
    # The wish that made it, not whoever applies it again: an object's labels stay as they are.
    operation = (
        await Operation.filter(
            noun=Noun.SERVING,
            subject_id=revision.serving_id,
            generation=revision.generation,
            verb__in=(Verb.CREATE, Verb.UPDATE),
        )
        .order_by("id")
        .first()
    )
    return operation.id if operation else revision.id
