"""Enumerations that the domain keeps as text: what people choose from, and what steps tell."""

from enum import StrEnum

from tablecast.api.enums import described


class ColumnType(StrEnum):
    """What the values of a column are."""

    INTEGER = "INTEGER"
    FLOAT = "FLOAT"
    BOOLEAN = "BOOLEAN"
    STRING = "STRING"
    DATE = "DATE"
    TIMESTAMP = "TIMESTAMP"


class Problem(StrEnum):
    """What kind of thing is learned."""

    AUTO = "AUTO"
    BINARY_CLASSIFICATION = "BINARY_CLASSIFICATION"
    MULTICLASS_CLASSIFICATION = "MULTICLASS_CLASSIFICATION"
    REGRESSION = "REGRESSION"


class Algorithm(StrEnum):
    """What a model is made with."""

    AUTO = "AUTO"
    LINEAR = "LINEAR"
    RANDOM_FOREST = "RANDOM_FOREST"
    LIGHTGBM = "LIGHTGBM"
    HIST_GRADIENT_BOOSTING = "HIST_GRADIENT_BOOSTING"


class Metric(StrEnum):
    """What candidates are compared by."""

    AUTO = "AUTO"
    ACCURACY = "ACCURACY"
    BALANCED_ACCURACY = "BALANCED_ACCURACY"
    F1 = "F1"
    ROC_AUC = "ROC_AUC"
    AVERAGE_PRECISION = "AVERAGE_PRECISION"
    LOG_LOSS = "LOG_LOSS"
    RMSE = "RMSE"
    MAE = "MAE"
    R2 = "R2"


class SplitKind(StrEnum):
    """How rows are held out for the test."""

    FRACTION = "FRACTION"
    TIME = "TIME"
    COLUMN = "COLUMN"


class ServingMode(StrEnum):
    """Where a serving's model is loaded."""

    SHARED = "SHARED"
    DEDICATED = "DEDICATED"


class RetryFrom(StrEnum):
    """Where a retry begins."""

    FAILED_STEP = "FAILED_STEP"
    START = "START"


class Existence(StrEnum):
    """Whether a dataset or a model is there, or going."""

    READY = "READY"
    DELETING = "DELETING"


class StepName(StrEnum):
    """The three steps of a training, in their order."""

    PREPROCESS = "preprocess"
    FEATURES = "features"
    TRAIN = "train"


described(
    ColumnType,
    INTEGER="Whole numbers of 64 bits.",
    FLOAT="Floating-point numbers.",
    BOOLEAN="true or false.",
    STRING="Text.",
    DATE="Days, as YYYY-MM-DD.",
    TIMESTAMP="Moments, as ISO 8601.",
)
described(
    Problem,
    AUTO="Decided by the target column: text and few values are classes, other numbers a quantity.",
    BINARY_CLASSIFICATION="One of two classes.",
    MULTICLASS_CLASSIFICATION="One of several classes.",
    REGRESSION="A quantity.",
)
described(
    Algorithm,
    AUTO="Searched for within the time budget; a linear model is always among the candidates.",
    LINEAR="Logistic or linear regression.",
    RANDOM_FOREST="A random forest.",
    LIGHTGBM="Gradient boosting by LightGBM.",
    HIST_GRADIENT_BOOSTING="Histogram gradient boosting by scikit-learn.",
)
described(
    Metric,
    AUTO="ROC_AUC for two classes, LOG_LOSS for several, RMSE for a quantity.",
    ACCURACY="Share of right answers, 0 to 1, higher is better.",
    BALANCED_ACCURACY="Mean share of right answers of each class, 0 to 1, higher is better.",
    F1="Harmonic mean of precision and recall (macro for several classes), 0 to 1, higher is better.",
    ROC_AUC="Area under the ROC curve, 0 to 1, higher is better.",
    AVERAGE_PRECISION="Area under the precision-recall curve, 0 to 1, higher is better.",
    LOG_LOSS="Cross entropy in nats, lower is better.",
    RMSE="Root of the mean squared error, in the target's unit, lower is better.",
    MAE="Mean absolute error, in the target's unit, lower is better.",
    R2="Share of variance explained, at most 1, higher is better.",
)
described(
    SplitKind,
    FRACTION="A random fraction, the same for the same seed.",
    TIME="The latest fraction by a date or timestamp column.",
    COLUMN="Rows that a given column marks as test.",
)
described(
    ServingMode,
    SHARED="In the project's model server, beside other models: cheap, starts in seconds.",
    DEDICATED="In model servers of its own.",
)
described(
    RetryFrom,
    FAILED_STEP="At the step that failed; what was finished is used again.",
    START="From the start, with nothing used again.",
)
described(Existence, READY="It is there.", DELETING="Being deleted.")
described(
    StepName,
    PREPROCESS="Reads, cleans and splits the table.",
    FEATURES="Fits and applies the columns' preparation.",
    TRAIN="Searches for the best model, evaluates and publishes it.",
)
