"""Feasibility: whether a training can work, as far as the dataset version's profile knows.

What is found here costs nobody a pod. The codes are those that the steps use for what only they see.
"""

from collections.abc import Mapping
from typing import Any

from tablecast.domain.hyperparameters import ALGORITHMS, check_hyperparameters
from tablecast.domain.matches import close_matches
from tablecast.errors import LimitReached, Mistake
from tablecast.settings import Limits

Json = Mapping[str, Any]

# With fewer rows there is nothing to hold out that would tell anything.
LEAST_ROWS = 10

# Above this a classification is nearly always a column of names or ids taken for classes.
MOST_CLASSES = 100

# One trial must come to its end within the budget: a second on the smallest table, as the step says,
# and one more for each so many cells of a bigger one.
LEAST_SECONDS = 1
CELLS_PER_SECOND = 5_000_000

CLASSIFICATION = ("BINARY_CLASSIFICATION", "MULTICLASS_CLASSIFICATION")
PROBLEMS = ("AUTO", *CLASSIFICATION, "REGRESSION")
SPLITS = ("FRACTION", "TIME", "COLUMN")
CLASSIFICATION_METRICS = (
    "ACCURACY",
    "BALANCED_ACCURACY",
    "F1",
    "ROC_AUC",
    "AVERAGE_PRECISION",
    "LOG_LOSS",
)
REGRESSION_METRICS = ("RMSE", "MAE", "R2")


def check_spec(spec: Json, profile: Json, limits: Limits) -> None:
    """Raise a `Mistake` for the first thing in a training's spec that cannot work on this table."""
    columns = {column["name"]: column for column in profile["columns"]}
    _check_choices(spec)
    check_hyperparameters(spec["algorithm"], spec["hyperparameters"])
    _check_target(spec, columns, int(profile["rows"]))
    _check_classes(spec, columns[spec["target"]])
    _check_features(spec, columns)
    _check_split(spec["split"], spec["target"], columns)
    _check_budget(spec["time_budget_seconds"], int(profile["rows"]) * len(columns), limits)


def _check_choices(spec: Json) -> None:
    metrics = ("AUTO", *CLASSIFICATION_METRICS, *REGRESSION_METRICS)
    for field, allowed in (
        ("problem", PROBLEMS),
        ("algorithm", tuple(ALGORITHMS)),
        ("metric", metrics),
    ):
        if spec[field] not in allowed:
            raise Mistake(
                f"This is no {field}.", code="INVALID_INPUT", field=field, hint=", ".join(allowed)
            )
    if spec["metric"] == "AUTO" or spec["problem"] == "AUTO":
        return
    fitting = CLASSIFICATION_METRICS if spec["problem"] in CLASSIFICATION else REGRESSION_METRICS
    if spec["metric"] not in fitting:
        raise Mistake(
            f"{spec['metric']} does not measure {spec['problem']}.",
            code="METRIC_NOT_FOR_PROBLEM",
            field="metric",
            hint=", ".join(fitting),
        )


def _check_target(spec: Json, columns: Mapping[str, Json], rows: int) -> None:
    target = spec["target"]
    if target not in columns:
        raise _missing("TARGET_MISSING", "target", target, columns)
    known = rows - int(columns[target]["nulls"])
    if rows and known == 0:
        raise Mistake(
            f"The target {target} has no value in any row.",
            code="TARGET_ALL_NULL",
            field="target",
            hint="Choose a column that has values.",
        )
    if known < LEAST_ROWS:
        raise Mistake(
            f"Only {known} rows have a target.",
            code="TOO_FEW_ROWS",
            field="target",
            hint=f"At least {LEAST_ROWS} are needed.",
        )


def _check_classes(spec: Json, target: Json) -> None:
    problem, name = spec["problem"], target["name"]
    numeric = target["type"] in {"INTEGER", "FLOAT"}
    dated = target["type"] in {"DATE", "TIMESTAMP"}
    distinct = int(target["distinct"] or 0)
    if distinct == 1:
        raise Mistake(
            f"The target {name} has the same value in every row.",
            code="ONE_CLASS",
            field="target",
            hint="There is nothing to tell apart; choose a column with at least two values.",
        )
    if (problem == "REGRESSION" and target["type"] == "STRING") or (
        problem in {"AUTO", "REGRESSION"} and dated
    ):
        raise Mistake(
            f"The target {name} is of type {target['type']}; this needs numbers.",
            code="TARGET_NOT_NUMERIC",
            field="target",
            hint="Choose a numeric column, or a classification.",
        )
    most = 2 if problem == "BINARY_CLASSIFICATION" else MOST_CLASSES
    classes = problem in CLASSIFICATION or (problem == "AUTO" and not numeric)
    if classes and distinct > most:
        raise Mistake(
            f"The target {name} has {distinct} values; this takes at most {most} classes.",
            code="TOO_MANY_CLASSES",
            field="target",
            hint="Choose a column with fewer values, or another problem.",
        )


def _check_features(spec: Json, columns: Mapping[str, Json]) -> None:
    chosen = spec["features"]
    for name in chosen or ():
        if name not in columns:
            raise _missing("FEATURE_MISSING", "features", name, columns)
    if spec["target"] in (chosen or ()):
        raise Mistake(
            "The target cannot be a feature: it would be told what it shall learn.",
            code="TARGET_IS_FEATURE",
            field="features",
            hint=f"Leave {spec['target']} out of the features.",
        )
    names = [name for name in columns if name != spec["target"]] if chosen is None else chosen
    if not any(_tells_something(columns[name]) for name in names):
        raise Mistake(
            "No feature tells anything: each is empty or has one value in every row.",
            code="NO_USABLE_FEATURES",
            field="features",
            hint="Choose columns whose values differ.",
        )


def _tells_something(column: Json) -> bool:
    distinct = int(column["distinct"] or 0)
    return distinct > 1 or (distinct == 1 and int(column["nulls"]) > 0)


def _check_split(split: Json, target: str, columns: Mapping[str, Json]) -> None:
    kind, column = split["kind"], split["column"]
    if kind not in SPLITS:
        raise Mistake("This is no split.", field="split.kind", hint=", ".join(SPLITS))
    if not 0.01 <= split["test_fraction"] <= 0.9:
        raise Mistake(
            "This fraction of test rows is out of range.",
            code="OUT_OF_RANGE",
            field="split.testFraction",
            hint="0.01 to 0.9; 0.2 is usual.",
        )
    if kind == "FRACTION":
        return
    if column is None or column not in columns:
        raise _missing("SPLIT_COLUMN_MISSING", "split.column", column or "", columns)
    if column == target:
        raise Mistake(
            "The target cannot also decide which rows are held out.",
            code="SPLIT_BY_TARGET",
            field="split.column",
        )


def _check_budget(seconds: float, cells: int, limits: Limits) -> None:
    least = LEAST_SECONDS + cells // CELLS_PER_SECOND
    if seconds < least:
        raise Mistake(
            f"{seconds:g} s are too few for a table of this size.",
            code="TIME_BUDGET_TOO_SMALL",
            field="timeBudgetSeconds",
            hint=f"At least {least} s.",
        )
    if seconds > limits.time_budget_seconds:
        raise LimitReached(
            f"A training may search for at most {limits.time_budget_seconds} s.",
            field="timeBudgetSeconds",
            limit=limits.time_budget_seconds,
        )


def _missing(code: str, field: str, name: str, columns: Mapping[str, Json]) -> Mistake:
    shown = ", ".join(list(columns)[:20])
    return Mistake(
        f"The table has no column {name[:100]!r}.",
        code=code,
        field=field,
        hint=close_matches(name, columns) or f"Its columns: {shown}",
    )
