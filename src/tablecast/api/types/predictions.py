"""What `predict` answers."""

import strawberry
from strawberry import field

from tablecast.api.scalars import Value
from tablecast.api.types.faults import Warned
from tablecast.api.types.models import ModelVersion


@strawberry.type(description="A class and how probable the model takes it to be.")
class ClassProbability:
    label: str = field(description="The class.")
    probability: float = field(description="0 to 1; those of a row add up to 1.")


@strawberry.type(description="What was predicted for one row.")
class Prediction:
    prediction: Value = field(description="The class, or the quantity in the target's unit.")
    probabilities: list[ClassProbability] | None = field(description="Of classes; else null.")
    warnings: list[Warned] = field(
        description="What to know of this row: UNSEEN_CATEGORY, OUT_OF_RANGE."
    )


@strawberry.type(description="What was predicted.")
class PredictPayload:
    predictions: list[Prediction] = field(description="One for each row, in their order.")
    model_version: ModelVersion | None = field(description="The model version that answered.")
