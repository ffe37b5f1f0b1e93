"""What is to be learned: the problem, the target's classes or numbers, and why it may not be.

Classes keep the names that the person gave them; a target of truth values has “true” and “false”.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tablecast_steps.errors import StepError
from tablecast_steps.preprocess.columns import Column

MINIMUM_ROWS = 10

# More classes need more rows than a table has, and a confusion matrix that nobody reads.
MAXIMUM_CLASSES = 100

# Whole numbers with so few values are taken for classes, if each has this many rows on average.
AUTO_CLASSES = 10
AUTO_ROWS_A_CLASS = 5

REGRESSION = "REGRESSION"
BINARY = "BINARY_CLASSIFICATION"
MULTICLASS = "MULTICLASS_CLASSIFICATION"


@dataclass(frozen=True)
class Target:
    """The target's values: class labels (strings) and their codes, or numbers.

    `codes` are positions in `classes`, empty for a regression.
    """

    name: str
    type: str
    problem: str
    classes: tuple[str, ...]
    codes: NDArray[np.int64]
    values: Any  # pyarrow array of strings or doubles

    @property
    def is_classification(self) -> bool:
        return self.problem != REGRESSION


def has_target(column: Column) -> NDArray[np.bool_]:
    """Mark the rows with a target; StepError where too few have one."""
    known = pc.is_valid(column.values).to_numpy()
    if len(known) and not known.any():
        raise StepError(
            "TARGET_ALL_NULL",
            f"The target column “{column.name}” holds no value.",
            column.name,
            "Choose a column with values as the target.",
        )
    return np.asarray(known, dtype=bool)


def enough_rows(rows: int, target: str) -> None:
    """StepError where too few rows are left to learn from and to test with."""
    if rows < MINIMUM_ROWS:
        raise StepError(
            "TOO_FEW_ROWS",
            f"Only {rows} rows with a target are left after duplicates are dropped.",
            target,
            f"A training needs at least {MINIMUM_ROWS} different rows with a target.",
        )


def read_target(column: Column, problem: str) -> Target:
    """Resolve the problem and bring the target into its form; StepError where it has none."""
    if problem == "AUTO":
        problem = _guessed(column)
    return _numbers(column) if problem == REGRESSION else _classes(column, problem)


def _guessed(column: Column) -> str:
    if column.type in ("DATE", "TIMESTAMP"):
        raise _not_numeric(column, "holds dates")
    if column.type in ("STRING", "BOOLEAN"):
        return MULTICLASS
    distinct = pc.unique(column.values)
    rows = len(column.values)
    whole = column.type == "INTEGER" or pc.all(pc.equal(distinct, pc.floor(distinct))).as_py()
    few = len(distinct) <= (AUTO_CLASSES if column.type == "INTEGER" else 2)
    enough = rows >= AUTO_ROWS_A_CLASS * len(distinct)
    return MULTICLASS if whole and few and enough else REGRESSION


def _numbers(column: Column) -> Target:
    if column.type in ("DATE", "TIMESTAMP"):
        raise _not_numeric(column, "holds dates")
    if column.type == "STRING":
        raise _not_numeric(column, f"holds text such as “{column.values[0].as_py()[:60]}”")
    values = column.values.cast(pa.float64(), safe=False)
    if len(pc.unique(values)) < 2:
        raise _one_class(column, str(values[0].as_py()))
    return Target(column.name, column.type, REGRESSION, (), np.empty(0, dtype=np.int64), values)


def _classes(column: Column, problem: str) -> Target:
    distinct = pc.unique(column.values)
    if len(distinct) < 2:
        raise _one_class(column, labels(column.type, distinct)[0])
    _bounded(column, len(distinct), problem)
    names = labels(column.type, distinct)
    classes = tuple(sorted(names))
    order = np.array([classes.index(name) for name in names], dtype=np.int64)
    codes = order[pc.index_in(column.values, value_set=distinct).to_numpy()]
    values = pa.array(classes).take(pa.array(codes))
    resolved = BINARY if len(classes) == 2 else MULTICLASS
    return Target(column.name, column.type, resolved, classes, codes, values)


def labels(kind: str, distinct: Any) -> list[str]:
    """Name the distinct values of a column of the given type as classes."""
    return [_label(kind, value) for value in distinct.to_pylist()]


def _label(kind: str, value: Any) -> str:
    if kind == "BOOLEAN":
        return "true" if value else "false"
    if kind == "FLOAT" and value == int(value):
        return str(int(value))
    if kind in ("DATE", "TIMESTAMP"):
        return str(value.isoformat())
    return str(value)


def _bounded(column: Column, classes: int, problem: str) -> None:
    rows = len(column.values)
    if problem == BINARY and classes > 2:
        raise StepError(
            "TOO_MANY_CLASSES",
            f"The target column “{column.name}” has {classes} classes, a binary one has two.",
            column.name,
            "Ask for MULTICLASS_CLASSIFICATION, or choose a target with two classes.",
        )
    if classes > MAXIMUM_CLASSES or (classes > 2 and classes > rows / 2):
        raise StepError(
            "TOO_MANY_CLASSES",
            f"The target column “{column.name}” has {classes} classes in {rows} rows.",
            column.name,
            f"Choose a target with at most {MAXIMUM_CLASSES} classes and some rows of each, "
            "or ask for REGRESSION if it holds numbers.",
        )


def _one_class(column: Column, value: str) -> StepError:
    return StepError(
        "ONE_CLASS",
        f"The target column “{column.name}” is “{value[:60]}” in every row: nothing to learn.",
        column.name,
        "Choose a target with at least two different values.",
    )


def _not_numeric(column: Column, what: str) -> StepError:
    return StepError(
        "TARGET_NOT_NUMERIC",
        f"The target column “{column.name}” {what}, which a regression cannot predict.",
        column.name,
        "Choose a numeric target, or ask for a classification.",
    )
