"""Which rows are held out for the test. Deterministic by seed; no row is in both parts."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tablecast_steps.errors import StepError
from tablecast_steps.preprocess.columns import Column
from tablecast_steps.preprocess.target import Target
from tablecast_steps.spec import Spec

TRAIN, TEST, NEITHER = 0, 1, -1

Parts = NDArray[np.int8]

# A validation part belongs to what may be learned from: models are chosen by cross-validation.
_PARTS = {
    "train": TRAIN,
    "training": TRAIN,
    "validation": TRAIN,
    "valid": TRAIN,
    "val": TRAIN,
    "test": TEST,
    "holdout": TEST,
    "true": TEST,
    "false": TRAIN,
    "1": TEST,
    "0": TRAIN,
}


def split_rows(spec: Spec, target: Target, columns: Sequence[Column]) -> Parts:
    """Return for each row TRAIN, TEST or NEITHER (nothing says where it belongs).

    StepError where a part would be empty, or a class could not be learned or tested.
    """
    if spec.split.kind == "FRACTION":
        parts = _by_fraction(spec, target)
    else:
        column = _split_column(spec, columns)
        by_time = spec.split.kind == "TIME"
        parts = _by_time(column, spec.split.test_fraction) if by_time else _by_column(column)
    _check(parts, target, spec.split.column)
    return parts


def _by_fraction(spec: Spec, target: Target) -> Parts:
    generator = np.random.default_rng(spec.seed)
    fraction = spec.split.test_fraction
    if target.is_classification and spec.split.stratify:
        return _stratified(target, fraction, generator)
    rows = len(target.values)
    parts = np.zeros(rows, dtype=np.int8)
    movable = np.flatnonzero(_has_company(target))
    test = generator.permutation(movable)[: _share(rows, fraction)]
    parts[test] = TEST
    return parts


def _has_company(target: Target) -> NDArray[np.bool_]:
    """The only row of a class has to be learned from, if anything is to be known of the class."""
    if not target.is_classification:
        return np.ones(len(target.values), dtype=bool)
    return np.bincount(target.codes)[target.codes] > 1


def _stratified(target: Target, fraction: float, generator: np.random.Generator) -> Parts:
    parts = np.zeros(len(target.codes), dtype=np.int8)
    for code, label in enumerate(target.classes):
        rows = np.flatnonzero(target.codes == code)
        if len(rows) < 2:
            raise StepError(
                "CLASS_TOO_SMALL",
                f"The class “{label[:60]}” of “{target.name}” has one row only, "
                "which cannot be both learned from and tested with.",
                target.name,
                "Give each class at least two rows, leave this one out, or do not stratify.",
            )
        parts[generator.permutation(rows)[: _share(len(rows), fraction)]] = TEST
    return parts


def _share(rows: int, fraction: float) -> int:
    """How many of some rows are for the test: at least one, and never all."""
    return min(max(round(rows * fraction), 1), rows - 1)


def _split_column(spec: Spec, columns: Sequence[Column]) -> Column:
    found = next((column for column in columns if column.name == spec.split.column), None)
    if found is None:
        raise StepError(
            "SPLIT_COLUMN_MISSING",
            f"The table has no column “{spec.split.column}” to split by.",
            spec.split.column,
            "Name a column of the table, or split by FRACTION.",
        )
    return found


def _by_time(column: Column, fraction: float) -> Parts:
    """Hold out the latest rows; the cut is the one between two different times that comes nearest
    to the fraction, so that rows of the same time stay together."""
    if column.type in ("STRING", "BOOLEAN"):
        raise _unsuitable(column, "holds neither times nor numbers", "Name a column of dates.")
    numbers = column.values.cast(pa.int32()) if column.type == "DATE" else column.values
    numbers = numbers.cast(pa.float64() if column.type == "FLOAT" else pa.int64())
    known = pc.is_valid(numbers).to_numpy()
    times = pc.drop_null(numbers).to_numpy()
    distinct, counts = np.unique(times, return_counts=True)
    if len(distinct) < 2:
        raise _empty(column.name, "all rows are of the same time")
    held_out = np.cumsum(counts[::-1])[:-1]
    first = distinct[::-1][np.argmin(np.abs(held_out - fraction * len(times)))]
    parts = np.full(len(known), NEITHER, dtype=np.int8)
    parts[known] = np.where(times >= first, TEST, TRAIN)
    return parts


def _by_column(column: Column) -> Parts:
    if column.type not in ("STRING", "BOOLEAN", "INTEGER"):
        raise _unsuitable(column, "does not name parts", "Use the values train and test.")
    distinct = pc.drop_null(pc.unique(column.values))
    meanings = [_PARTS.get(str(value).strip().lower(), NEITHER) for value in distinct.to_pylist()]
    if all(part == NEITHER for part in meanings):
        raise _unsuitable(column, "does not name parts", "Use the values train and test.")
    places = pc.fill_null(pc.index_in(column.values, value_set=distinct), len(distinct))
    parts: Parts = np.array([*meanings, NEITHER], dtype=np.int8)[places.to_numpy()]
    return parts


def _check(parts: Parts, target: Target, column: str | None) -> None:
    train, test = int(np.sum(parts == TRAIN)), int(np.sum(parts == TEST))
    if not train or not test:
        raise _empty(column, f"{train} rows are for training and {test} for the test")
    if not target.is_classification:
        return
    learned = np.bincount(target.codes[parts == TRAIN], minlength=len(target.classes)) > 0
    tested = np.bincount(target.codes[parts == TEST], minlength=len(target.classes)) > 0
    unknown = np.flatnonzero(tested & ~learned)
    if learned.sum() < 2:
        raise StepError(
            "ONE_CLASS",
            f"After the split the training rows hold one class of “{target.name}” only.",
            target.name,
            "Choose another split, or more rows.",
        )
    if len(unknown):
        raise StepError(
            "CLASS_TOO_SMALL",
            f"The class “{target.classes[unknown[0]][:60]}” of “{target.name}” "
            "has test rows but no training rows.",
            target.name,
            "Choose another split, or more rows of this class.",
        )


def _empty(column: str | None, why: str) -> StepError:
    return StepError(
        "SPLIT_EMPTY",
        f"The split leaves nothing on one side: {why}.",
        column,
        "Choose another split column or fraction.",
    )


def _unsuitable(column: Column, why: str, hint: str) -> StepError:
    message = f"The table cannot be split by “{column.name}”, which {why}."
    return StepError("SPLIT_COLUMN_UNSUITABLE", message, column.name, hint)
