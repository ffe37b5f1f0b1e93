"""Columns that are too good to be true: what gives the target away, and what only names a row."""

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tablecast_steps.preprocess.columns import Column
from tablecast_steps.preprocess.target import Target

# "id", "user_id", "Sample ID", "customerId", "uuid" - but not "humid" or "paid".
_ID_NAME = re.compile(
    r"(?i:(?:^|[^a-z])(?:id|uuid|guid|key|index|rowid|row|unnamed.*)$)|[a-z]I[dD]$"
)

# Beyond it two columns of numbers are one and the same, up to unit and rounding.
_SAME = 0.999999

# Most columns show in so many rows that they have more values than there are classes.
_GLANCE = 1_000


def names_rows(column: Column, row_numbers: NDArray[np.int64]) -> bool:
    """Tell whether a column only identifies rows: all different and named so, or a row count."""
    if column.type not in ("STRING", "INTEGER") or column.nulls or len(column.values) < 2:
        return False
    if column.type == "INTEGER" and _counts_rows(column.values.to_numpy(), row_numbers):
        return True
    named = _ID_NAME.search(column.name.strip()) is not None
    return named and pc.count_distinct(column.values).as_py() == len(column.values)


def _counts_rows(values: NDArray[np.int64], row_numbers: NDArray[np.int64]) -> bool:
    return bool(np.array_equal(values - values[0], row_numbers - row_numbers[0])) and int(
        values[0] - row_numbers[0]
    ) in (0, 1)


def gives_target_away(column: Column, target: Target) -> bool:
    """Tell whether a column is the target in other words, judged on all rows.

    A cheap look that finds copies; `train` judges by what the column alone can predict.
    """
    if column.nulls:
        return False
    if target.is_classification:
        return _renames_classes(column.values, target)
    if column.type not in ("INTEGER", "FLOAT"):
        return False
    return _same_numbers(column.values.cast(pa.float64(), safe=False), target.values)


def _renames_classes(values: Any, target: Target) -> bool:
    if len(pc.unique(values[:_GLANCE])) > len(target.classes):
        return False
    distinct = pc.unique(values)
    if len(distinct) != len(target.classes):
        return False
    codes = pc.index_in(values, value_set=distinct).to_numpy().astype(np.int64)
    pairs = np.unique(codes * len(target.classes) + target.codes)
    return len(pairs) == len(target.classes)


def _same_numbers(values: Any, target: Any) -> bool:
    left, right = np.asarray(values.to_numpy()), np.asarray(target.to_numpy())
    with np.errstate(all="ignore"):
        left, right = left - left.mean(), right - right.mean()
        scale = np.sqrt((left @ left) * (right @ right))
        return bool(np.isfinite(scale) and scale > 0 and abs(left @ right) / scale > _SAME)
