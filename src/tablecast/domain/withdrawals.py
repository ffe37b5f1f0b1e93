"""Withdrawals: things wished away because what they stand on goes. Within a deed that is open.

Each becomes DELETING with an operation of its own; whoever waits for them to be gone looks at rows.
"""

from collections.abc import Iterable

from tablecast.domain import lineage
from tablecast.domain.deeds import Deed
from tablecast.domain.states import Noun, ServingState, TrainingState, Verb
from tablecast.domain.tables import Model, Operation, Serving, Training

MODEL_DELETING = "DELETING"


async def withdraw_trainings(tx: Deed, trainings: Iterable[Training]) -> None:
    """Wish trainings away which are not going already."""
    for training in trainings:
        if training.state != TrainingState.DELETING:
            await withdraw_training(tx, training, keyed=False)


async def withdraw_training(tx: Deed, training: Training, *, keyed: bool = True) -> Operation:
    """Wish a training away, with its attempts and what they left on the volume; `keyed`: it is what the
    asker asked for, and not what goes with that."""
    training.state = TrainingState.DELETING
    training.generation += 1
    await training.save(update_fields=["state", "generation", "updated_at"])
    operation = await tx.record(
        Verb.DELETE, Noun.TRAINING, training.id, generation=training.generation, keyed=keyed
    )
    tx.tell("TRAINING_DELETING", Noun.TRAINING, training.id, operation_id=operation.id)
    return operation


async def withdraw_serving(tx: Deed, serving: Serving, *, keyed: bool = True) -> Operation:
    """Wish a serving away; `keyed` as with a training."""
    serving.state = ServingState.DELETING
    serving.generation += 1
    await serving.save(update_fields=["state", "generation", "updated_at"])
    operation = await tx.record(
        Verb.DELETE, Noun.SERVING, serving.id, generation=serving.generation, keyed=keyed
    )
    tx.tell("SERVING_DELETING", Noun.SERVING, serving.id, operation_id=operation.id)
    return operation


async def withdraw_model(tx: Deed, model: Model, *, keyed: bool = True) -> Operation:
    """Wish a model away, with its servings and with trainings that could still add a version; `keyed`
    as with a training."""
    servings, trainings = await lineage.users_of_model(model.id)
    for serving in servings:
        if serving.state != ServingState.DELETING:
            await withdraw_serving(tx, serving, keyed=False)
    await withdraw_trainings(tx, trainings)
    model.state = MODEL_DELETING
    model.generation += 1
    await model.save(update_fields=["state", "generation", "updated_at"])
    operation = await tx.record(
        Verb.DELETE, Noun.MODEL, model.id, generation=model.generation, keyed=keyed
    )
    tx.tell("MODEL_DELETING", Noun.MODEL, model.id, operation_id=operation.id)
    return operation


async def withdraw_models(tx: Deed, models: Iterable[Model]) -> None:
    """Wish models away which are not going already."""
    for model in models:
        if model.state != MODEL_DELETING:
            await withdraw_model(tx, model, keyed=False)
