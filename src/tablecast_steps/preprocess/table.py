"""The dataset's table, read from the volume only if it is the one that the training was made for."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tablecast_steps.errors import StepError
from tablecast_steps.parquet import read_parquet
from tablecast_steps.preprocess.columns import Column, typed_column
from tablecast_steps.runtime import Step

# The number of a row in the dataset, beside the dataset's own columns.
ROW = "__row__"


def read_table(path: Path, sha256: str) -> Any:
    """Return the pyarrow Table; StepError where the file is not what it was."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise _changed("is no longer on the volume") from error
    if found != sha256:
        raise _changed("is not what it was when the training was made")
    return read_parquet(path)


def _changed(how: str) -> StepError:
    hint = "Upload the dataset again, and train on its new version."
    return StepError("DATASET_CHANGED", f"The dataset's table {how}.", hint=hint)


def typed_columns(table: Any, target: str, step: Step) -> Iterator[Column]:
    """Bring column after column into its type, with a warning where one is doubtful or unusable."""
    for name in table.column_names:
        if name == ROW and name != target:
            step.warning("RESERVED_NAME", f"A column named {ROW} cannot be used.", name)
            continue
        column = typed_column(name, table.column(name), is_target=name == target)
        if column is None:
            message = f"It holds {table.schema.field(name).type}, which is not used."
            step.warning("UNSUPPORTED_TYPE", message[:300], name)
            continue
        if column.doubt:
            step.warning("DOUBTFUL_TYPE", column.doubt, name)
        yield column


def check_names(names: list[str], target: str, features: tuple[str, ...] | None) -> None:
    """StepError where the table lacks what the training names."""
    if target not in names:
        raise StepError(
            "TARGET_MISSING",
            f"The table has no column “{target}” to predict.",
            target,
            "Choose one of the table's columns as the target.",
        )
    missing = [name for name in features or () if name not in names]
    if missing:
        raise StepError(
            "FEATURE_MISSING",
            f"The table has no column “{missing[0]}”, which is among the features.",
            missing[0],
            "Choose features among the table's columns.",
        )
