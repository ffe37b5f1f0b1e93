"""The work of `preprocess`, part after part: read, type, choose rows, split, look closer, write."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tablecast_steps.errors import StepError
from tablecast_steps.jsonfiles import write_json
from tablecast_steps.preprocess.columns import Column
from tablecast_steps.preprocess.rows import repeated
from tablecast_steps.preprocess.split import NEITHER, TEST, TRAIN, Parts, split_rows
from tablecast_steps.preprocess.suspicion import gives_target_away, names_rows
from tablecast_steps.preprocess.table import ROW, check_names, read_table, typed_columns
from tablecast_steps.preprocess.target import (
    MINIMUM_ROWS,
    Target,
    enough_rows,
    has_target,
    read_target,
)
from tablecast_steps.runtime import Step
from tablecast_steps.spec import Spec

PARTS = 5


@dataclass(frozen=True)
class Chosen:
    """The rows that are left: their numbers in the dataset, and how many were dropped for what."""

    columns: list[Column]
    numbers: NDArray[np.int64]
    dropped: dict[str, int]


def preprocess(step: Step) -> dict[str, Any]:
    """Write train.parquet, test.parquet and schema.json into the step's folder."""
    spec = step.spec
    step.progress(0, PARTS, "Reading the table")
    table = read_table(step.places.table, spec.dataset.sha256)
    check_names(table.column_names, spec.target, spec.features)
    step.progress(1, PARTS, "Finding the columns' types")
    columns = list(typed_columns(table, spec.target, step))
    step.progress(2, PARTS, "Dropping duplicates and rows without a target")
    chosen = _choose(columns, spec.target, table.num_rows)
    step.progress(3, PARTS, "Holding out test rows")
    target = read_target(_target(chosen.columns, spec.target), spec.problem)
    parts = split_rows(spec, target, chosen.columns)
    used = _used(step, chosen, target)
    step.progress(4, PARTS, "Writing training and test rows")
    _write_rows(step, chosen, target, parts)
    schema = _schema(step, chosen, target, parts, used, table.num_rows)
    write_json(step.folder / "schema.json", schema)
    step.progress(PARTS, PARTS, "Done")
    return {"rows": schema["rows"], "columns": len(used), "problem": target.problem}


def _target(columns: list[Column], name: str) -> Column:
    found = next((column for column in columns if column.name == name), None)
    if found is None:
        hint = "Choose a column of numbers, text, truth values or dates as the target."
        message = f"The target column “{name}” holds nested data, which cannot be predicted."
        raise StepError("TARGET_MISSING", message, name, hint)
    return found


def _choose(columns: list[Column], target: str, rows: int) -> Chosen:
    column = _target(columns, target)
    without_target = ~has_target(column)
    twice = repeated(columns, rows) & ~without_target
    keep = ~(without_target | twice)
    left = int(keep.sum())
    if left < MINIMUM_ROWS <= rows and not _any_differs(columns, target):
        raise _no_features(target)  # and so all its rows were duplicates
    enough_rows(left, target)
    chosen = columns if left == rows else [column.where(keep) for column in columns]
    dropped = {"duplicates": int(twice.sum()), "without_target": int(without_target.sum())}
    return Chosen(chosen, np.flatnonzero(keep), dropped)


def _any_differs(columns: list[Column], target: str) -> bool:
    features = (column.values for column in columns if column.name != target)
    return any(len(pc.unique(values)) > 1 for values in features)


def _used(step: Step, chosen: Chosen, target: Target) -> set[str]:
    """Return the names of the columns to learn from, and warn of those that look wrong."""
    names = _asked_for(step.spec, [column.name for column in chosen.columns])
    ids, leaks = [], []
    for column in chosen.columns:
        if column.name not in names:
            continue
        if names_rows(column, chosen.numbers):
            ids.append(column.name)
        elif gives_target_away(column, target):
            leaks.append(column.name)
    by_itself = step.spec.features is None
    fate = "is not used" if by_itself else "is used only because you named it"
    step.warn_of("ID_LIKE_COLUMN", ids, f"It tells rows apart and {fate}.")
    sentence = f"It says the same as the target “{target.name}”; will it be known beforehand?"
    step.warn_of("TARGET_LEAK", leaks, sentence)
    used = names - set(ids) if by_itself else names
    if not used:
        raise _no_features(target.name)
    return used


def _asked_for(spec: Spec, names: list[str]) -> set[str]:
    asked = set(names if spec.features is None else spec.features) & set(names)
    parting = spec.split.column if spec.split.kind == "COLUMN" else None
    return asked - {spec.target, parting}


def _no_features(target: str) -> StepError:
    return StepError(
        "NO_USABLE_FEATURES",
        f"Beside the target “{target}” no column holds anything to learn from.",
        hint="Choose at least one column with different values that does not only number rows.",
    )


def _write_rows(step: Step, chosen: Chosen, target: Target, parts: Parts) -> None:
    arrays = {column.name: column.values for column in chosen.columns}
    table = pa.table({ROW: pa.array(chosen.numbers), **arrays, target.name: target.values})
    strings = [field.name for field in table.schema if pa.types.is_string(field.type)]
    for file, part in (("train.parquet", TRAIN), ("test.parquet", TEST)):
        rows = table.filter(pa.array(parts == part))
        # Only strings repeat themselves; looking for it in numbers takes most of the time.
        pq.write_table(rows, step.folder / file, compression="lz4", use_dictionary=strings)


def _schema(
    step: Step, chosen: Chosen, target: Target, parts: Parts, used: set[str], rows: int
) -> dict[str, Any]:
    unassigned = int(np.sum(parts == NEITHER))
    train, test = int(np.sum(parts == TRAIN)), int(np.sum(parts == TEST))
    dropped = {**chosen.dropped, "unassigned": unassigned}
    classes = list(target.classes) if target.is_classification else None
    return {
        "problem": target.problem,
        "target": {"name": target.name, "type": target.type, "classes": classes},
        "columns": [
            {
                "name": column.name,
                "type": column.type,
                "use": column.name in used,
                "nulls": column.nulls,
            }
            for column in chosen.columns
            if column.name != target.name
        ],
        "split_column": step.spec.split.column,
        "rows": {"read": rows, "train": train, "test": test, "dropped": sum(dropped.values())},
        "dropped": dropped,
        "class_counts": _class_counts(target, parts),
        "warnings": step.warnings,
    }


def _class_counts(target: Target, parts: Parts) -> list[dict[str, Any]] | None:
    if not target.is_classification:
        return None
    size = len(target.classes)
    train = np.bincount(target.codes[parts == TRAIN], minlength=size)
    test = np.bincount(target.codes[parts == TEST], minlength=size)
    counts = zip(target.classes, train.tolist(), test.tolist(), strict=True)
    return [{"label": label, "train": first, "test": second} for label, first, second in counts]
