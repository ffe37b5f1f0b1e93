"""Pools: the model server that a project's shared servings have in common."""

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from tablecast.cluster.port import INFERENCE_SERVICE, TRAINED_MODEL, Manifest
from tablecast.domain.servings import POOL, SHARED
from tablecast.domain.sizing import POOL_BYTES, POOL_MODELS_BYTES, model_memory
from tablecast.domain.states import RevisionState, ServingState
from tablecast.domain.tables import ModelVersion, Project, Revision, Serving
from tablecast.outbound.context import Context
from tablecast.outbound.manifests.serving import pool, serving_runtime
from tablecast.outbound.manifests.specs import PoolSpec
from tablecast.outbound.objects import managed, remove

# Revisions whose object may be in the pool's memory.
IN_MEMORY = (
    RevisionState.LOADING,
    RevisionState.LOADED,
    RevisionState.RETIRING,
    RevisionState.FAILED,
)


def users(project_id: str) -> QuerySet[Serving]:
    """Servings that are wished to be in the pool, or have a revision in it."""
    in_pool = (
        Revision.filter(project_id=project_id, mode=SHARED)
        .exclude(state=RevisionState.RETIRED)
        .values("serving_id")
    )
    return Serving.filter(project_id=project_id).filter(
        Q(mode=SHARED) | Q(id__in=Subquery(in_pool))
    )


async def apply_runtime(project: Project, context: Context) -> None:
    """Make the namespace's ServingRuntime, on which pool and dedicated servers run."""
    await context.cluster.apply(serving_runtime(await _spec(project, context)))


async def apply_pool(project: Project, context: Context) -> Manifest:
    """Make the pool, with as many replicas as any serving in it wishes; return it as it stands."""
    return await context.cluster.apply(pool(await _spec(project, context)))


async def has_room(revision: Revision, version: ModelVersion) -> bool:
    """Whether a model fits beside those that are in the pool now, leaving ones too."""
    others = Revision.filter(
        project_id=revision.project_id, mode=SHARED, state__in=IN_MEMORY
    ).exclude(id=revision.id)
    version_ids = [other.model_version_id for other in await others]
    sizes = dict(await ModelVersion.filter(id__in=version_ids).values_list("id", "bytes"))
    used = sum(model_memory(sizes.get(version_id, 0)) for version_id in version_ids)
    return used + model_memory(version.bytes) <= POOL_MODELS_BYTES


async def remove_unused(project: Project, context: Context) -> None:
    """Remove the pool if no serving uses it, or will, and no model is left in it."""
    if await users(project.id).exists():
        return
    if await managed(context.cluster, TRAINED_MODEL, project.namespace):
        return
    await remove(context.cluster, INFERENCE_SERVICE, project.namespace, POOL)


async def _spec(project: Project, context: Context) -> PoolSpec:
    using = users(project.id).exclude(state=ServingState.DELETING)
    return PoolSpec(
        project_id=project.id,
        namespace=project.namespace,
        name=POOL,
        replicas=max((serving.replicas for serving in await using), default=1),
        memory_bytes=POOL_BYTES,
        image_serve=context.settings.image_serve,
    )
