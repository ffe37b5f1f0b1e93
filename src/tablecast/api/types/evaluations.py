"""A model version's evaluation on rows that it did not learn from."""

import strawberry
from strawberry import field

from tablecast.api.choices import Problem
from tablecast.api.scalars import Long
from tablecast.api.types.faults import Warned


@strawberry.type(description="A metric on the test rows, with its uncertainty.")
class MetricValue:
    name: str = field(
        description="Its name, such as ROC_AUC; see the enumeration Metric for units."
    )
    value: float | None = field(description="Its value on the test rows.")
    low: float | None = field(description="Lower bound of the 95 % confidence interval.")
    high: float | None = field(description="Upper bound of the 95 % confidence interval.")
    higher_is_better: bool = field(description="Whether more is better.")
    baseline: float | None = field(description="What the baseline reaches on the same rows.")


@strawberry.type(description="A metric and its value.")
class Score:
    name: str = field(
        description="Its name, such as ROC_AUC; see the enumeration Metric for units."
    )
    value: float | None = field(description="Its value; null where it is not defined.")


@strawberry.type(description="Numbers of rows.")
class RowCounts:
    train: Long = field(description="Rows learned from.")
    test: Long = field(description="Rows held out.")


@strawberry.type(description="What answers without learning, for comparison.")
class Baseline:
    algorithm: str = field(description="MOST_FREQUENT class, or MEAN of the target.")


@strawberry.type(description="How often each class was taken for each.")
class ConfusionMatrix:
    labels: list[str] = field(description="The classes, in the order of rows and columns.")
    counts: list[list[Long]] = field(
        description="Test rows: counts[i][j] are of class i and were answered with class j."
    )


@strawberry.type(description="False against true positives, at most 101 points.")
class RocCurve:
    label: str = field(description="The class taken as positive.")
    false_positive_rate: list[float | None] = field(
        description="Share of other rows answered so, 0 to 1."
    )
    true_positive_rate: list[float | None] = field(
        description="Share of its rows answered so, 0 to 1."
    )
    thresholds: list[float | None] = field(description="Probability from which it is answered.")
    area: float | None = field(description="Area under the curve, 0 to 1.")


@strawberry.type(description="Precision against recall, at most 101 points.")
class PrecisionRecallCurve:
    label: str = field(description="The class taken as positive.")
    precision: list[float | None] = field(
        description="Share of right ones among its answers, 0 to 1."
    )
    recall: list[float | None] = field(description="Share of its rows that were found, 0 to 1.")
    thresholds: list[float | None] = field(description="Probability from which it is answered.")
    average_precision: float | None = field(description="Area under the curve, 0 to 1.")


@strawberry.type(description="How often what was said with a probability was so.")
class CalibrationCurve:
    label: str = field(description="The class.")
    predicted: list[float | None] = field(
        description="Mean predicted probability of each bin, 0 to 1."
    )
    observed: list[float | None] = field(
        description="Share of rows of the class in each bin, 0 to 1."
    )
    counts: list[Long] = field(description="Test rows in each bin.")


@strawberry.type(description="A test row's true and predicted value.")
class ResidualPoint:
    actual: float = field(description="The true value, in the target's unit.")
    predicted: float = field(description="The predicted value, in the target's unit.")


@strawberry.type(description="How far predictions of a quantity are off.")
class Residuals:
    points: list[ResidualPoint] = field(description="At most 500 test rows.")
    edges: list[float] = field(description="Bounds of the bins of (true - predicted), ascending.")
    counts: list[Long] = field(description="Test rows in each bin.")


@strawberry.type(description="How much worse the metric gets when a column is shuffled.")
class Importance:
    column: str = field(description="The table's column.")
    mean: float | None = field(description="Mean loss of the primary metric over the shuffles.")
    deviation: float | None = field(description="Standard deviation over the shuffles.")


@strawberry.type(description="Rows of one class.")
class ClassBalance:
    label: str = field(description="The class.")
    train: Long = field(description="Rows learned from.")
    test: Long = field(description="Rows held out.")


@strawberry.type(description="How good a model version is on rows that it did not learn from.")
class Evaluation:
    problem: Problem = field(description="What kind of thing was learned.")
    rows: RowCounts = field(description="Numbers of rows.")
    primary_metric: str = field(description="The metric that candidates were compared by.")
    metrics: list[MetricValue] = field(description="All metrics, beside the baseline's.")
    baseline: Baseline | None = field(description="What the model is compared with.")
    confusion_matrix: ConfusionMatrix | None = field(description="Of classes; else null.")
    roc_curves: list[RocCurve] | None = field(description="Of classes; else empty.")
    precision_recall_curves: list[PrecisionRecallCurve] | None = field(
        description="Of classes; else empty."
    )
    calibration: list[CalibrationCurve] | None = field(description="Of classes; else empty.")
    residuals: Residuals | None = field(description="Of a quantity; else null.")
    importance: list[Importance] | None = field(
        description="Columns of the table, the most important first."
    )
    class_balance: list[ClassBalance] | None = field(description="Of classes; else empty.")
    threshold: float | None = field(
        description="Of two classes: probability from which the second is answered, 0 to 1."
    )
    warnings: list[Warned] | None = field(description="What to know before trusting the model.")
