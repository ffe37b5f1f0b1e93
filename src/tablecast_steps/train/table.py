"""Training and test rows as `preprocess` and `features` left them, with the target as codes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import skops.io

from tablecast_steps.errors import StepError
from tablecast_steps.evaluation.outcome import BINARY, REGRESSION, Codes, Floats
from tablecast_steps.frames import read_rows
from tablecast_steps.jsonfiles import read_json
from tablecast_steps.parquet import read_parquet
from tablecast_steps.spec import Places, Spec
from tablecast_steps.transformers import TRUSTED

# Of two classes the second in alphabetical order is the positive one, unless it is the first that
# holds less than this part of the rows: then that is what one looks for.
RARE_POSITIVE = 1 / 3
LARGEST = 1e100


@dataclass(frozen=True)
class Table:
    """What `train` works on. `labels` is empty for a regression; truths are codes into it.

    `moments` is when each training row was, where the test rows are the latest ones.
    """

    problem: str
    target: Mapping[str, Any]
    inputs: Sequence[Mapping[str, Any]]
    labels: tuple[str, ...]
    transformer: Any
    train: pd.DataFrame
    train_truth: Floats | Codes
    test: pd.DataFrame
    test_truth: Floats | Codes
    moments: Floats | None

    @property
    def class_rows(self) -> list[int]:
        """The training rows of each class that has any."""
        if not self.labels:
            return []
        return [int(count) for count in np.bincount(self.train_truth.astype(np.int64)) if count]


def read_table(spec: Spec, places: Places) -> Table:
    """Read what the two earlier steps wrote."""
    rows = places.work("preprocess")
    schema = read_json(rows / "schema.json")
    inputs = read_json(places.work("features") / "features.json")["inputs"]
    target = schema["target"]
    train, train_target = read_rows(rows / "train.parquet", inputs, target["name"])
    test, test_target = read_rows(rows / "test.parquet", inputs, target["name"])
    labels = () if schema["problem"] == REGRESSION else _labels(schema, train_target)
    return Table(
        problem=schema["problem"],
        target=target,
        inputs=inputs,
        labels=labels,
        transformer=read_transformer(places.work("features")),
        train=train,
        train_truth=_truth(train_target, labels),
        test=test,
        test_truth=_truth(test_target, labels),
        moments=_moments(rows / "train.parquet", spec),
    )


def read_transformer(folder: Path) -> Any:
    """Read `features`' transformer: its own classes are trusted, and no others."""
    return skops.io.load(folder / "transformer.skops", trusted=list(TRUSTED))


def _labels(schema: Mapping[str, Any], target: Any) -> tuple[str, ...]:
    labels = tuple(schema["target"]["classes"])
    if schema["problem"] == BINARY and np.mean(target == labels[0]) < RARE_POSITIVE:
        return labels[::-1]
    return labels


def _truth(target: Any, labels: tuple[str, ...]) -> Floats | Codes:
    if not labels:
        return _numbers(np.asarray(target, dtype=np.float64))
    codes = {label: code for code, label in enumerate(labels)}
    return np.array([codes[label] for label in target], dtype=np.int64)


def _numbers(target: Floats) -> Floats:
    if len(target) and np.abs(target).max() > LARGEST:
        raise StepError(
            "TARGET_OUT_OF_RANGE",
            f"The target holds numbers beyond {LARGEST:g}, whose squares no computer can add up.",
            hint="Bring the target into a smaller unit, or take its logarithm.",
        )
    return target


def _moments(path: Path, spec: Spec) -> Floats | None:
    if spec.split.kind != "TIME" or spec.split.column is None:
        return None
    column = read_parquet(path, [spec.split.column]).column(0).to_pandas()
    # Ranks order dates, times and numbers alike; rows without a moment come first.
    return np.asarray(column.rank(na_option="top"), dtype=np.float64)
