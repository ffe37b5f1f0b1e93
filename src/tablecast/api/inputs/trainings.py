"""What mutations of trainings take."""

import strawberry

from tablecast.api.choices import Algorithm, Metric, Problem, RetryFrom, SplitKind
from tablecast.api.inputs.checks import an_id, idempotency_key, many, number, text
from tablecast.api.scalars import Long

_TRAINING = "Which training."
_LEAF = "Least rows of a leaf."


@strawberry.input(description="How rows are held out for the test.")
class SplitInput:
    kind: SplitKind = strawberry.field(default=SplitKind.FRACTION, description="In which way.")
    test_fraction: float | None = number(
        "Share of rows held out; 0.2 where left out.", least=0.001, most=0.9, default=None
    )
    column: str | None = text("The column that decides, for TIME and COLUMN.", default=None)
    stratify: bool | None = strawberry.field(
        default=None, description="Whether each class keeps its share in both parts; true."
    )


@strawberry.input(description="Hyperparameters of LINEAR.")
class LinearInput:
    regularization: float | None = number(
        "Strength of regularisation.", least=1e-6, most=1e6, default=None
    )
    l1_ratio: float | None = number(
        "Share of L1 in it.", least=0, most=1, default=None, name="l1Ratio"
    )
    max_iterations: int | None = number("Most iterations.", least=1, most=100_000, default=None)


@strawberry.input(description="Hyperparameters of RANDOM_FOREST.")
class RandomForestInput:
    trees: int | None = number("Number of trees.", least=1, most=5_000, default=None)
    max_depth: int | None = number("Most levels of a tree.", least=1, most=200, default=None)
    min_leaf_rows: int | None = number(_LEAF, least=1, most=1_000_000, default=None)
    max_features: float | None = number(
        "Share of columns tried at each split.", least=0.001, most=1, default=None
    )


@strawberry.input(description="Hyperparameters of LIGHTGBM.")
class LightgbmInput:
    trees: int | None = number("Most trees.", least=1, most=50_000, default=None)
    learning_rate: float | None = number("Learning rate.", least=1e-5, most=1, default=None)
    leaves: int | None = number("Most leaves of a tree.", least=2, most=4_096, default=None)
    min_leaf_rows: int | None = number(_LEAF, least=1, most=1_000_000, default=None)
    row_fraction: float | None = number(
        "Share of rows of each tree.", least=0.01, most=1, default=None
    )
    column_fraction: float | None = number(
        "Share of columns of each tree.", least=0.01, most=1, default=None
    )
    l1: float | None = number("L1 regularisation.", least=0, most=1e6, default=None)
    l2: float | None = number("L2 regularisation.", least=0, most=1e6, default=None)


@strawberry.input(description="Hyperparameters of HIST_GRADIENT_BOOSTING.")
class HistGradientBoostingInput:
    iterations: int | None = number("Most trees.", least=1, most=10_000, default=None)
    learning_rate: float | None = number("Learning rate.", least=1e-5, most=1, default=None)
    leaves: int | None = number("Most leaves of a tree.", least=2, most=4_096, default=None)
    min_leaf_rows: int | None = number(_LEAF, least=1, most=1_000_000, default=None)
    l2: float | None = number("L2 regularisation.", least=0, most=1e6, default=None)


@strawberry.input(description="Hyperparameters, under the name of the training's algorithm.")
class HyperparametersInput:
    linear: LinearInput | None = strawberry.field(default=None, description="For LINEAR.")
    random_forest: RandomForestInput | None = strawberry.field(
        default=None, description="For RANDOM_FOREST."
    )
    lightgbm: LightgbmInput | None = strawberry.field(default=None, description="For LIGHTGBM.")
    hist_gradient_boosting: HistGradientBoostingInput | None = strawberry.field(
        default=None, description="For HIST_GRADIENT_BOOSTING."
    )


@strawberry.input(description="What to learn from which dataset version.")
class CreateTrainingInput:
    dataset_version_id: strawberry.ID = an_id("DatasetVersion", "What to learn from; READY.")
    name: str = text("What people call it.", most=100)
    target: str = text("The column to predict.")
    model_id: strawberry.ID | None = an_id(
        "Model", "The model that gets a version; or give `modelName` for a new one.", default=None
    )
    model_name: str | None = text(
        "Name of a new model; the training's name where left out.", most=100, default=None
    )
    problem: Problem = strawberry.field(
        default=Problem.AUTO, description="What kind of thing is learned."
    )
    features: list[str] | None = many(
        "Columns to learn from; left out: all but the target.",
        most=10_000,
        most_text=10_000,
        default=None,
    )
    split: SplitInput | None = strawberry.field(
        default=None, description="How rows are held out; a fifth at random where left out."
    )
    algorithm: Algorithm = strawberry.field(
        default=Algorithm.AUTO, description="What models are made with."
    )
    hyperparameters: HyperparametersInput | None = strawberry.field(
        default=None, description="Of a named algorithm; what is left out has a sound default."
    )
    metric: Metric = strawberry.field(
        default=Metric.AUTO, description="What candidates are compared by."
    )
    time_budget_seconds: int = number(
        "Seconds that the search may take; see `serverLimits`.",
        least=1,
        most=86_400,
        default=30,
    )
    seed: Long = number("Same seed, same split.", least=0, most=2**32 - 1, default=Long(0))
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A training to stop.")
class CancelTrainingInput:
    training_id: strawberry.ID = an_id("Training", _TRAINING)
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A training to try again.")
class RetryTrainingInput:
    training_id: strawberry.ID = an_id("Training", _TRAINING)
    from_: RetryFrom = strawberry.field(
        name="from", default=RetryFrom.FAILED_STEP, description="Where to begin."
    )
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A training to delete. Model versions made by it stay.")
class DeleteTrainingInput:
    training_id: strawberry.ID = an_id("Training", _TRAINING)
    idempotency_key: str | None = idempotency_key()
