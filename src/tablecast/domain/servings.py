"""Servings: names that answer with a model version. What serves is a revision, immutable; a change of
what is served makes the next one beside it."""

from dataclasses import dataclass

from tablecast.domain.access import (
    check_name,
    lock_row,
    not_found,
    require_row,
    require_writable,
    unique_name,
)
from tablecast.domain.deeds import Asked, Deed, Outcome, deed, once
from tablecast.domain.identity import new_id
from tablecast.domain.models import require_model_version
from tablecast.domain.projects import require_open
from tablecast.domain.sizing import POOL_MODELS_BYTES, model_memory, pool_has_room
from tablecast.domain.states import Noun, RevisionState, Role, ServingState, Verb
from tablecast.domain.tables import Model, ModelVersion, Operation, Project, Revision, Serving
from tablecast.domain.withdrawals import MODEL_DELETING, withdraw_serving
from tablecast.errors import Conflict, LimitReached, Mistake
from tablecast.settings import Limits

SHARED = "SHARED"
DEDICATED = "DEDICATED"
POOL = "pool-1"


@dataclass(frozen=True)
class ServingWish:
    """What shall answer: SHARED (in the project's pool) or DEDICATED (an InferenceService alone)."""

    project_id: str
    name: str
    model_version_id: str
    description: str = ""
    mode: str = SHARED
    replicas: int = 1


@dataclass(frozen=True)
class ServingChange:
    """What shall change; None leaves a thing as it is."""

    model_version_id: str | None = None
    mode: str | None = None
    replicas: int | None = None
    description: str | None = None


def can_update(serving: Serving) -> bool:
    """Whether it may change: not while it goes."""
    return serving.state != ServingState.DELETING


def can_delete(serving: Serving) -> bool:
    """Whether it is not going already."""
    return serving.state != ServingState.DELETING


def can_predict(serving: Serving) -> bool:
    """Whether a replica was seen to answer for it."""
    return serving.active_revision > 0 and serving.loaded_replicas > 0


async def require_serving(asked: Asked, serving_id: str, role: Role = Role.VIEWER) -> Serving:
    """Return a serving of a project in which the asker has at least `role`."""
    return await require_row(asked, Serving, Noun.SERVING, serving_id, role)


async def active_revision(serving: Serving) -> Revision | None:
    """The revision that predictions go to, None before the first has loaded."""
    return await Revision.get_or_none(serving_id=serving.id, number=serving.active_revision)


async def create_serving(asked: Asked, wish: ServingWish, limits: Limits) -> Outcome[Serving]:
    """Put a model version into service under a name."""
    await require_open(asked, wish.project_id)
    name = check_name(wish.name)
    _check_mode(wish.mode)
    _check_replicas(wish.replicas, limits)
    found = await _version_in(asked, wish.project_id, wish.model_version_id)

    async def act() -> Outcome[Serving]:
        with unique_name():
            async with deed(asked, wish.project_id) as tx:
                await _lock_version(found)
                await Project.select_for_update().get(id=tx.project_id)
                serving = _new_serving(wish, name)
                await _check_pool(serving)
                return await _insert(tx, serving)

    return await once(asked, Serving, act)


async def update_serving(
    asked: Asked, serving_id: str, change: ServingChange, limits: Limits
) -> Outcome[Serving]:
    """Switch model version or mode, scale, or describe anew; predictions go on meanwhile."""
    found = await require_writable(asked, Serving, Noun.SERVING, serving_id)
    if change.mode is not None:
        _check_mode(change.mode)
    if change.replicas is not None:
        _check_replicas(change.replicas, limits)
    version = (
        await _version_in(asked, found.project_id, change.model_version_id)
        if change.model_version_id is not None
        else None
    )

    async def act() -> Outcome[Serving]:
        async with deed(asked, found.project_id) as tx:
            if version is not None:
                await _lock_version(version)
            serving = await _lock(serving_id)
            return await _change(tx, serving, change)

    return await once(asked, Serving, act)


async def delete_serving(asked: Asked, serving_id: str) -> Outcome[Serving]:
    """Take a serving away; its model stays."""
    found = await require_writable(asked, Serving, Noun.SERVING, serving_id)

    async def act() -> Outcome[Serving]:
        async with deed(asked, found.project_id) as tx:
            serving = await _lock(serving_id)
            operation = await withdraw_serving(tx, serving)
        return Outcome(serving, operation)

    return await once(asked, Serving, act)


async def new_revision(serving: Serving, number: int) -> Revision:
    """Write revision `number` of a serving, of what its row wishes, in the caller's transaction.

    The caller counts `serving.revision` up, saves it and records the operation.
    """
    object_name = f"serving-{serving.id}-r{number}"
    return await Revision.create(
        id=new_id(),
        project_id=serving.project_id,
        serving_id=serving.id,
        number=number,
        generation=serving.generation,
        mode=serving.mode,
        model_version_id=serving.model_version_id,
        object_name=object_name,
        inference_service=POOL if serving.mode == SHARED else object_name,
        state=RevisionState.PENDING,
    )


async def heal(tx: Deed, serving_id: str, number: int, message: str) -> Operation | None:
    """Give revision `number` up and make the next one beside it, if it is still the newest; return the
    operation, None where there is nothing to heal.

    For a model that did not load in its time, or whose object vanished: nothing in the cluster would
    ever try again by itself.
    """
    serving = await Serving.select_for_update().get_or_none(id=serving_id)
    if serving is None or serving.revision != number or serving.state == ServingState.DELETING:
        return None
    if number != serving.active_revision:
        await Revision.filter(serving_id=serving_id, number=number).update(
            state=RevisionState.FAILED, message=message
        )
    serving.revision += 1
    await new_revision(serving, serving.revision)
    await serving.save(update_fields=["revision", "updated_at"])
    operation = await tx.record(Verb.HEAL, Noun.SERVING, serving.id, generation=serving.generation)
    tx.tell("SERVING_HEALED", Noun.SERVING, serving.id, message, operation_id=operation.id)
    return operation


def _new_serving(wish: ServingWish, name: str) -> Serving:
    return Serving(
        id=new_id(),
        project_id=wish.project_id,
        name=name,
        description=wish.description,
        mode=wish.mode,
        model_version_id=wish.model_version_id,
        replicas=wish.replicas,
        state=ServingState.PENDING,
    )


async def _insert(tx: Deed, serving: Serving) -> Outcome[Serving]:
    await serving.save(force_create=True)
    await new_revision(serving, serving.revision)
    operation = await tx.record(Verb.CREATE, Noun.SERVING, serving.id)
    tx.tell("SERVING_CREATED", Noun.SERVING, serving.id, operation_id=operation.id)
    return Outcome(serving, operation)


async def _change(tx: Deed, serving: Serving, change: ServingChange) -> Outcome[Serving]:
    served = (serving.model_version_id, serving.mode)
    for name, value in vars(change).items():
        if value is not None:
            setattr(serving, name, value)
    serving.generation += 1
    if (serving.model_version_id, serving.mode) != served:
        await Project.select_for_update().get(id=tx.project_id)
        await _check_pool(serving)
        serving.revision += 1
        await new_revision(serving, serving.revision)
    await serving.save()
    operation = await tx.record(
        Verb.UPDATE, Noun.SERVING, serving.id, generation=serving.generation
    )
    tx.tell("SERVING_UPDATED", Noun.SERVING, serving.id, operation_id=operation.id)
    return Outcome(serving, operation)


async def _lock(serving_id: str) -> Serving:
    serving = await lock_row(Serving, Noun.SERVING, serving_id)
    if serving.state == ServingState.DELETING:
        raise Conflict("This serving is being deleted.", code="SERVING_DELETING")
    return serving


async def _version_in(asked: Asked, project_id: str, version_id: str) -> ModelVersion:
    version = await require_model_version(asked, version_id)
    if version.project_id != project_id:
        # Of another project of theirs: its volume cannot be read from this one.
        raise Mistake(
            "The model version is in another project.",
            code="OTHER_PROJECT",
            field="modelVersionId",
            hint="Choose a model of the serving's own project.",
        )
    return version


async def _lock_version(version: ModelVersion) -> None:
    model = await Model.select_for_update().get_or_none(id=version.model_id)
    if model is None:
        raise not_found(Noun.MODEL, version.model_id)
    if model.state == MODEL_DELETING:
        raise Conflict(
            "This model is being deleted.", code="MODEL_DELETING", field="modelVersionId"
        )


async def _check_pool(serving: Serving) -> None:
    if serving.mode != SHARED:
        return
    others = Serving.filter(project_id=serving.project_id, mode=SHARED).exclude(id=serving.id)
    version_ids = [other.model_version_id for other in await others]
    version_ids.append(serving.model_version_id)
    sizes = {
        version.id: model_memory(version.bytes)
        for version in await ModelVersion.filter(id__in=version_ids).only("id", "bytes")
    }
    if not pool_has_room([sizes.get(version_id, 0) for version_id in version_ids]):
        raise LimitReached(
            "The project's pool of shared models has no room for this one.",
            code="POOL_FULL",
            field="mode",
            limit=POOL_MODELS_BYTES,
            hint="Serve it DEDICATED, or delete another serving first.",
        )


def _check_mode(mode: str) -> None:
    if mode not in {SHARED, DEDICATED}:
        raise Mistake("This is no mode.", field="mode", hint=f"{SHARED} or {DEDICATED}")


def _check_replicas(replicas: int, limits: Limits) -> None:
    if replicas < 1:
        raise Mistake("A serving has at least one replica.", code="OUT_OF_RANGE", field="replicas")
    if replicas > limits.replicas:
        raise LimitReached(
            f"A serving has at most {limits.replicas} replicas.",
            field="replicas",
            limit=limits.replicas,
        )
