"""Mutations of trainings."""

from typing import Any

import strawberry

from tablecast.api.context import Context
from tablecast.api.inputs.checks import plain
from tablecast.api.inputs.trainings import (
    CancelTrainingInput,
    CreateTrainingInput,
    DeleteTrainingInput,
    HyperparametersInput,
    RetryTrainingInput,
)
from tablecast.api.mutations.mutating import mutation
from tablecast.api.types.trainings import Training
from tablecast.domain import trainings
from tablecast.domain.deeds import Asked, Outcome
from tablecast.domain.trainings import TrainingWish
from tablecast.errors import Mistake


def _hyperparameters(algorithm: str, given: HyperparametersInput | None) -> dict[str, Any]:
    chosen = {} if given is None else plain(given)
    for name in chosen:
        if name.upper() != algorithm:
            raise Mistake(
                f"These are not hyperparameters of {algorithm}.",
                code="UNKNOWN_HYPERPARAMETER",
                field=f"hyperparameters.{name}",
                hint=f"Choose the algorithm {name.upper()}, or leave them out.",
            )
    values: dict[str, Any] = chosen.get(algorithm.lower(), {})
    return values


async def _create(context: Context, asked: Asked, given: CreateTrainingInput) -> Outcome[Any]:
    wish = TrainingWish(
        dataset_version_id=given.dataset_version_id,
        name=given.name,
        target=given.target,
        model_id=given.model_id,
        model_name=given.model_name,
        problem=given.problem.value,
        features=given.features,
        split={} if given.split is None else plain(given.split),
        algorithm=given.algorithm.value,
        hyperparameters=_hyperparameters(given.algorithm.value, given.hyperparameters),
        metric=given.metric.value,
        time_budget_seconds=given.time_budget_seconds,
        seed=given.seed,
    )
    return await trainings.create_training(asked, wish, context.limits)


async def _cancel(context: Context, asked: Asked, given: CancelTrainingInput) -> Outcome[Any]:
    return await trainings.cancel_training(asked, given.training_id)


async def _retry(context: Context, asked: Asked, given: RetryTrainingInput) -> Outcome[Any]:
    return await trainings.retry_training(
        asked, given.training_id, given.from_.value, context.limits
    )


async def _delete(context: Context, asked: Asked, given: DeleteTrainingInput) -> Outcome[Any]:
    return await trainings.delete_training(asked, given.training_id)


@strawberry.type
class TrainingMutations:
    create_training = mutation(
        CreateTrainingInput,
        {"training": Training},
        _create,
        "Start a training; refused at once where the table's profile knows that it cannot work.",
    )
    cancel_training = mutation(
        CancelTrainingInput, {"training": Training}, _cancel, "Stop a training."
    )
    retry_training = mutation(
        RetryTrainingInput,
        {"training": Training},
        _retry,
        "Try a training again that ended without a model: another attempt of the same.",
    )
    delete_training = mutation(
        DeleteTrainingInput,
        {"training": Training},
        _delete,
        "Delete a training with its attempts and files; model versions made by it stay.",
    )
