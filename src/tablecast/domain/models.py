"""Models: named, with a version for each successful attempt. What is in use is not deleted unasked."""

from tablecast.domain import lineage
from tablecast.domain.access import (
    check_name,
    lock_row,
    require_row,
    require_writable,
    unique_name,
)
from tablecast.domain.deeds import Asked, Outcome, deed, once
from tablecast.domain.observe import settle
from tablecast.domain.states import Noun, Role, Verb
from tablecast.domain.tables import Model, ModelVersion
from tablecast.domain.withdrawals import MODEL_DELETING, withdraw_model
from tablecast.errors import Conflict, NotFound

# More blocking things than anybody reads; the rest would only make the answer long.
BLOCKING_SHOWN = 100


def can_rename(model: Model) -> bool:
    """Whether its name and description may change."""
    return model.state != MODEL_DELETING


def can_delete(model: Model) -> bool:
    """Whether it may be deleted, as far as its own state says."""
    return model.state != MODEL_DELETING


async def require_model_version(
    asked: Asked, version_id: str, role: Role = Role.VIEWER
) -> ModelVersion:
    """Return a model version of a project in which the asker has at least `role`."""
    try:
        return await require_row(asked, ModelVersion, Noun.MODEL, version_id, role)
    except NotFound as exc:
        raise NotFound(
            "There is no such model version.",
            code="MODEL_VERSION_NOT_FOUND",
            noun="MODEL_VERSION",
            id=version_id,
        ) from exc


async def rename_model(
    asked: Asked, model_id: str, name: str | None, description: str | None
) -> Outcome[Model]:
    """Change a model's name or description; None leaves it. Nothing of it is in the cluster, so that
    its operation is OBSERVED at once."""
    found = await require_writable(asked, Model, Noun.MODEL, model_id)
    new_name = None if name is None else check_name(name)

    async def act() -> Outcome[Model]:
        with unique_name():
            async with deed(asked, found.project_id) as tx:
                model = await _lock(model_id)
                model.name = new_name or model.name
                model.description = model.description if description is None else description
                model.generation += 1
                await model.save()
                operation = await tx.record(
                    Verb.UPDATE, Noun.MODEL, model.id, generation=model.generation
                )
                tx.tell("MODEL_UPDATED", Noun.MODEL, model.id, operation_id=operation.id)
                await settle(tx, operation)
            return Outcome(model, operation)

    return await once(asked, Model, act)


async def delete_model(asked: Asked, model_id: str, cascade: bool) -> Outcome[Model]:
    """Delete a model with all its versions and their artifacts.

    Raises `Conflict` (MODEL_IN_USE) naming its servings and the trainings that may still add a
    version, unless `cascade`: then those go first.
    """
    found = await require_writable(asked, Model, Noun.MODEL, model_id)

    async def act() -> Outcome[Model]:
        async with deed(asked, found.project_id) as tx:
            model = await _lock(model_id)
            if not cascade:
                await _check_unused(model)
            operation = await withdraw_model(tx, model)
        return Outcome(model, operation)

    return await once(asked, Model, act)


async def _lock(model_id: str) -> Model:
    model = await lock_row(Model, Noun.MODEL, model_id)
    if model.state == MODEL_DELETING:
        raise Conflict("This model is being deleted.", code="MODEL_DELETING")
    return model


async def _check_unused(model: Model) -> None:
    servings, trainings = await lineage.users_of_model(model.id)
    users = [(Noun.SERVING.value, serving.id) for serving in servings]
    users += [(Noun.TRAINING.value, training.id) for training in trainings]
    if users:
        raise Conflict(
            "Servings or unfinished trainings use this model.",
            code="MODEL_IN_USE",
            hint="Delete them first, or tell this to cascade.",
            blocking=tuple(users[:BLOCKING_SHOWN]),
        )
