"""What mutations of models, servings and operations take, and `predict`."""

import strawberry

from tablecast.api.choices import ServingMode
from tablecast.api.inputs.checks import an_id, idempotency_key, number, text
from tablecast.api.scalars import JsonRow

_MODEL = "Which model."
_SERVING = "Which serving."
_REPLICAS = "How many pods shall answer; see `serverLimits` for the most."


@strawberry.input(description="What a model shall be called; what is left out stays.")
class RenameModelInput:
    model_id: strawberry.ID = an_id("Model", _MODEL)
    name: str | None = text("Its name, unique in the project.", most=100, default=None)
    description: str | None = text("What it is for.", default=None)
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A model to delete with all its versions.")
class DeleteModelInput:
    model_id: strawberry.ID = an_id("Model", _MODEL)
    cascade: bool = strawberry.field(
        default=False, description="Whether its servings go too; else they forbid it."
    )
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A model version to put into service.")
class CreateServingInput:
    project_id: strawberry.ID = an_id("Project", "In which project.")
    name: str = text("Its name, unique in the project.", most=100)
    description: str = text("What it is for.", default="")
    model_version_id: strawberry.ID = an_id("ModelVersion", "What it answers with.")
    mode: ServingMode = strawberry.field(
        default=ServingMode.SHARED, description="Where the model is loaded."
    )
    replicas: int = number(_REPLICAS, least=1, most=1_000, default=1)
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="What of a serving shall change; what is left out stays.")
class UpdateServingInput:
    serving_id: strawberry.ID = an_id("Serving", _SERVING)
    model_version_id: strawberry.ID | None = an_id(
        "ModelVersion", "What it answers with; predictions go on meanwhile.", default=None
    )
    mode: ServingMode | None = strawberry.field(
        default=None, description="Where the model is loaded."
    )
    replicas: int | None = number(_REPLICAS, least=1, most=1_000, default=None)
    description: str | None = text("What it is for.", default=None)
    canary_percent: int | None = number(
        "Percent of predictions, 0 to 100, that the new model version or mode gets until it is promoted "
        "or rolled back; null lets it have all of them once it is loaded. Alone it changes the share of "
        "the canary that is out.",
        least=0,
        most=100,
        default=None,
    )
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A canary that shall answer all predictions.")
class PromoteCanaryInput:
    serving_id: strawberry.ID = an_id("Serving", _SERVING)
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A canary that shall answer none and go.")
class RollBackCanaryInput:
    serving_id: strawberry.ID = an_id("Serving", _SERVING)
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A serving to take away. Its model stays.")
class DeleteServingInput:
    serving_id: strawberry.ID = an_id("Serving", _SERVING)
    idempotency_key: str | None = idempotency_key()


@strawberry.input(
    description="Rows to predict. There is no idempotencyKey: it changes nothing, so repeating it is "
    "harmless by itself, and no answer is kept that a key could return."
)
class PredictInput:
    serving_id: strawberry.ID = an_id("Serving", "Which serving answers.")
    rows: list[JsonRow] = strawberry.field(
        description="1 to 1,000 objects from column names to cells, as the model's signature says."
    )


@strawberry.input(description="An operation to try now. Repeating it is harmless.")
class RetryOperationInput:
    operation_id: strawberry.ID = an_id("Operation", "Which operation.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="An operation to give up: one that is parked or waits.")
class AbandonOperationInput:
    operation_id: strawberry.ID = an_id("Operation", "Which operation.")
    idempotency_key: str | None = idempotency_key()
