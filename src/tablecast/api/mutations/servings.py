"""Mutations of models, servings and operations, and `predict`, which changes nothing."""

from typing import Any

import strawberry

from tablecast.api.context import Context
from tablecast.api.errors import PREDICTING
from tablecast.api.inputs.servings import (
    AbandonOperationInput,
    CreateServingInput,
    DeleteModelInput,
    DeleteServingInput,
    PredictInput,
    PromoteCanaryInput,
    RenameModelInput,
    RetryOperationInput,
    RollBackCanaryInput,
    UpdateServingInput,
)
from tablecast.api.mutations.mutating import answering, mutation, name_of, payload_type
from tablecast.api.predicting import predict
from tablecast.api.types.models import Model
from tablecast.api.types.operations import Operation
from tablecast.api.types.predictions import PredictPayload
from tablecast.api.types.servings import Serving
from tablecast.domain import canaries, models, operations, servings
from tablecast.domain.deeds import Asked, Outcome
from tablecast.domain.servings import ServingChange, ServingWish


async def _rename_model(context: Context, asked: Asked, given: RenameModelInput) -> Outcome[Any]:
    return await models.rename_model(asked, given.model_id, given.name, given.description)


async def _delete_model(context: Context, asked: Asked, given: DeleteModelInput) -> Outcome[Any]:
    return await models.delete_model(asked, given.model_id, given.cascade)


async def _create(context: Context, asked: Asked, given: CreateServingInput) -> Outcome[Any]:
    wish = ServingWish(
        project_id=given.project_id,
        name=given.name,
        model_version_id=given.model_version_id,
        description=given.description,
        mode=given.mode.value,
        replicas=given.replicas,
    )
    return await servings.create_serving(asked, wish, context.limits)


async def _update(context: Context, asked: Asked, given: UpdateServingInput) -> Outcome[Any]:
    change = ServingChange(
        model_version_id=given.model_version_id,
        mode=given.mode and given.mode.value,
        replicas=given.replicas,
        description=given.description,
        canary_percent=given.canary_percent,
    )
    return await servings.update_serving(asked, given.serving_id, change, context.limits)


async def _promote(context: Context, asked: Asked, given: PromoteCanaryInput) -> Outcome[Any]:
    return await canaries.promote_canary(asked, given.serving_id)


async def _roll_back(context: Context, asked: Asked, given: RollBackCanaryInput) -> Outcome[Any]:
    return await canaries.roll_back_canary(asked, given.serving_id)


async def _delete(context: Context, asked: Asked, given: DeleteServingInput) -> Outcome[Any]:
    return await servings.delete_serving(asked, given.serving_id)


_OPERATION = {"operation": (Operation, "It, as it is now.")}
_RetryOperationPayload = payload_type(name_of(RetryOperationInput), _OPERATION)
_AbandonOperationPayload = payload_type(name_of(AbandonOperationInput), _OPERATION)


async def _retry_operation(context: Context, asked: Asked, given: RetryOperationInput) -> Any:
    outcome = await operations.retry_operation(asked, given.operation_id)
    return _RetryOperationPayload(operation=outcome.operation)


async def _abandon_operation(context: Context, asked: Asked, given: AbandonOperationInput) -> Any:
    outcome = await operations.abandon_operation(asked, given.operation_id)
    return _AbandonOperationPayload(operation=outcome.operation)


@strawberry.type
class ServingMutations:
    rename_model = mutation(
        RenameModelInput, {"model": Model}, _rename_model, "Change a model's name or description."
    )
    delete_model = mutation(
        DeleteModelInput,
        {"model": Model},
        _delete_model,
        "Delete a model with all its versions; refused with what uses it, unless told to cascade.",
    )
    create_serving = mutation(
        CreateServingInput,
        {"serving": Serving},
        _create,
        "Put a model version into service; predictions are answered once it is servable.",
    )
    update_serving = mutation(
        UpdateServingInput,
        {"serving": Serving},
        _update,
        "Switch a serving's model version or mode, at once or by a canary, or scale it; predictions go "
        "on meanwhile.",
    )
    promote_canary = mutation(
        PromoteCanaryInput,
        {"serving": Serving},
        _promote,
        "Let a serving's canary answer all predictions; what answered before goes.",
    )
    roll_back_canary = mutation(
        RollBackCanaryInput,
        {"serving": Serving},
        _roll_back,
        "Let what answered before a serving's canary answer all predictions again; the canary goes.",
    )
    delete_serving = mutation(
        DeleteServingInput,
        {"serving": Serving},
        _delete,
        "Take a serving away; its model stays.",
    )
    retry_operation = answering(
        RetryOperationInput,
        _RetryOperationPayload,
        _retry_operation,
        "Have an operation tried now that failed, was given up, or waits for its next try.",
    )
    abandon_operation = answering(
        AbandonOperationInput,
        _AbandonOperationPayload,
        _abandon_operation,
        "Give up an operation that is parked or waits: it becomes ABANDONED, and is not tried again "
        "unless retryOperation says so. Nothing is undone: what of it reached the cluster stays there, "
        "and its subject stays as it was wished, in the state that it had, and says OPERATION_ABANDONED "
        "in `blockedBy` until another wish for it is carried out, or the cluster tells more of it; what "
        "waits for that subject waits on. "
        "A project's and a serving's objects go on being compared with what is wished of them. "
        "Conflicts: OPERATION_APPLIED (the cluster has taken it), OPERATION_SETTLED, OPERATION_RUNNING "
        "(being carried out at this moment), DELETION_GOES_ON, OWN_OPERATION (Tablecast's own).",
    )
    predict = answering(
        PredictInput,
        PredictPayload,
        predict,
        "Predict rows; they are checked against the model's signature first. Nothing is kept.",
        PREDICTING,
    )
