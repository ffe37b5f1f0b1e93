"""Pools: the model servers that a project's shared servings have in common, made, scaled, removed.

Which revision is in which was decided when it was made (`domain.pools`); here that is carried out.
"""

from tablecast.cluster.port import INFERENCE_SERVICE, TRAINED_MODEL, Manifest
from tablecast.domain.pools import open_pools, replicas, revisions_in
from tablecast.domain.sizing import POOL_BYTES
from tablecast.domain.tables import Project
from tablecast.outbound.context import Context
from tablecast.outbound.manifests.serving import is_pool, pool, serving_runtime
from tablecast.outbound.manifests.specs import PoolSpec
from tablecast.outbound.objects import managed, remove


async def apply_runtime(project: Project, context: Context) -> None:
    """Make the namespace's ServingRuntime, on which pool and dedicated servers run."""
    await context.cluster.apply(serving_runtime(await _spec(project, "", context)))


async def apply_pool(project: Project, name: str, context: Context) -> Manifest:
    """Make a pool, with as many replicas as any serving in it wishes; return it as it stands."""
    return await context.cluster.apply(pool(await _spec(project, name, context)))


async def wished(project: Project, context: Context) -> list[Manifest]:
    """The runtime and the pools as they should be."""
    specs = [await _spec(project, name, context) for name in await open_pools(project.id)]
    runtime = serving_runtime(await _spec(project, "", context))
    return [runtime, *(pool(spec) for spec in specs)]


async def tidy(project: Project, context: Context) -> None:
    """Remove pools that no serving uses, or will, and in which no model is left; the others get the
    replicas that who is left in them wishes."""
    wanted = set(await open_pools(project.id))
    models = await managed(context.cluster, TRAINED_MODEL, project.namespace)
    filled = {model["spec"]["inferenceService"] for model in models}
    for there in await managed(context.cluster, INFERENCE_SERVICE, project.namespace):
        name = there["metadata"]["name"]
        if not is_pool(there):
            continue
        if name in wanted:
            await apply_pool(project, name, context)
        elif name not in filled and not await revisions_in(project.id, name).exists():
            await remove(context.cluster, INFERENCE_SERVICE, project.namespace, name)


async def _spec(project: Project, name: str, context: Context) -> PoolSpec:
    return PoolSpec(
        project_id=project.id,
        namespace=project.namespace,
        name=name,
        replicas=await replicas(project.id, name) if name else 1,
        memory_bytes=POOL_BYTES,
        image_serve=context.settings.image_serve,
    )
