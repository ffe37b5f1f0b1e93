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
from tablecast.domain.canaries import has_canary
from tablecast.domain.deeds import Asked, Deed, Outcome, deed, once
from tablecast.domain.identity import new_id
from tablecast.domain.models import require_model_version
from tablecast.domain.pools import DEDICATED, SHARED
from tablecast.domain.projects import require_open
from tablecast.domain.revisions import new_revision, retire_others
from tablecast.domain.states import Noun, Role, ServingState, Verb
from tablecast.domain.tables import Model, ModelVersion, Serving
from tablecast.domain.withdrawals import MODEL_DELETING, withdraw_serving
from tablecast.errors import Conflict, LimitReached, Mistake
from tablecast.settings import Limits


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
    """What shall change; None leaves a thing as it is.

    `canary_percent` (0-100): the share of predictions that the new revision gets until it is promoted;
    None lets it have all of them once it is loaded.
    """

    model_version_id: str | None = None
    mode: str | None = None
    replicas: int | None = None
    description: str | None = None
    canary_percent: int | None = None


def can_update(serving: Serving) -> bool:
    """Whether it may change: not while it goes."""
    return serving.state != ServingState.DELETING


def can_delete(serving: Serving) -> bool:
    """Whether it is not going already."""
    return serving.state != ServingState.DELETING


def can_predict(serving: Serving) -> bool:
    """Whether a replica was seen to answer for it, or for its canary."""
    answering = serving.active_revision > 0 and serving.loaded_replicas > 0
    return answering or bool(serving.canary_percent and serving.canary_servable)


async def require_serving(asked: Asked, serving_id: str, role: Role = Role.VIEWER) -> Serving:
    """Return a serving of a project in which the asker has at least `role`."""
    return await require_row(asked, Serving, Noun.SERVING, serving_id, role)


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
                return await _insert(tx, _new_serving(wish, name), limits)

    return await once(asked, Serving, act)


async def update_serving(
    asked: Asked, serving_id: str, change: ServingChange, limits: Limits
) -> Outcome[Serving]:
    """Switch model version or mode, at once or by a canary, scale, or describe anew; predictions go on
    meanwhile."""
    found = await require_writable(asked, Serving, Noun.SERVING, serving_id)
    if change.mode is not None:
        _check_mode(change.mode)
    if change.replicas is not None:
        _check_replicas(change.replicas, limits)
    _check_percent(change.canary_percent)
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
            return await _change(tx, serving, change, limits)

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


async def _insert(tx: Deed, serving: Serving, limits: Limits) -> Outcome[Serving]:
    await serving.save(force_create=True)
    await new_revision(serving, limits.pools)
    operation = await tx.record(Verb.CREATE, Noun.SERVING, serving.id)
    tx.tell("SERVING_CREATED", Noun.SERVING, serving.id, operation_id=operation.id)
    return Outcome(serving, operation)


async def _change(
    tx: Deed, serving: Serving, change: ServingChange, limits: Limits
) -> Outcome[Serving]:
    served = (serving.model_version_id, serving.mode)
    for name, value in vars(change).items():
        if value is not None and name != "canary_percent":
            setattr(serving, name, value)
    serving.generation += 1
    changed = (serving.model_version_id, serving.mode) != served
    _share(serving, change.canary_percent, changed)
    if changed:
        await new_revision(serving, limits.pools)
    await serving.save()
    operation = await tx.record(
        Verb.UPDATE, Noun.SERVING, serving.id, generation=serving.generation
    )
    tx.tell("SERVING_UPDATED", Noun.SERVING, serving.id, operation_id=operation.id)
    if changed and serving.active_revision:
        # A canary that was out before this change has nothing more to show.
        await retire_others(tx, serving)
    return Outcome(serving, operation)


def _share(serving: Serving, percent: int | None, changed: bool) -> None:
    """Write down what share of predictions the newest revision gets."""
    if changed:
        serving.canary_servable = False
        serving.canary_since = None
        serving.canary_percent = percent
    elif percent is not None:
        if not has_canary(serving):
            raise Conflict(
                "There is no canary whose share could change.",
                code="NO_CANARY",
                field="canaryPercent",
                hint="Give a modelVersionId or a mode that it shall be of.",
            )
        serving.canary_percent = percent
    if percent is not None and not serving.active_revision:
        raise Conflict(
            "Nothing answers yet beside which a canary could.",
            code="NOT_SERVABLE",
            field="canaryPercent",
            hint="Wait until the serving is servable, or leave canaryPercent out.",
        )


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


def _check_mode(mode: str) -> None:
    if mode not in {SHARED, DEDICATED}:
        raise Mistake("This is no mode.", field="mode", hint=f"{SHARED} or {DEDICATED}")


def _check_percent(percent: int | None) -> None:
    if percent is not None and not 0 <= percent <= 100:
        raise Mistake("A share is 0 to 100 percent.", code="OUT_OF_RANGE", field="canaryPercent")


def _check_replicas(replicas: int, limits: Limits) -> None:
    if replicas < 1:
        raise Mistake("A serving has at least one replica.", code="OUT_OF_RANGE", field="replicas")
    if replicas > limits.replicas:
        raise LimitReached(
            f"A serving has at most {limits.replicas} replicas.",
            field="replicas",
            limit=limits.replicas,
        )
