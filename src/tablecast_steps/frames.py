"""Raw rows as the DataFrame that a model is fitted on and asked with: the same columns, in the same
order, of the same dtypes, wherever the rows come from.

INTEGER, FLOAT and BOOLEAN are float64 (missing: NaN), STRING is object (missing: None; stripped,
and blank is missing), DATE and TIMESTAMP are datetime64[us] in UTC without a zone (missing: NaT).
"""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tablecast_steps.parquet import read_parquet

Inputs = Sequence[Mapping[str, Any]]

NUMBERS = ("INTEGER", "FLOAT", "BOOLEAN")
DATES = ("DATE", "TIMESTAMP")

_TRUTHS = {"true": 1.0, "yes": 1.0, "false": 0.0, "no": 0.0}


def frame_from_rows(rows: Sequence[Mapping[str, Any]], inputs: Inputs) -> pd.DataFrame:
    """Make a frame of JSON rows. `inputs` are dicts with `name` and `type`, as in signature.json;
    a row without a column misses its value. ValueError or TypeError where a value cannot be of its
    column's type; say which before, with `cell`."""
    return _frame({each["name"]: _column(rows, each) for each in inputs}, len(rows))


def frame_from_table(table: Any, inputs: Inputs) -> pd.DataFrame:
    """Make a frame of a pyarrow Table as `preprocess` writes it."""
    columns = {each["name"]: _array(table.column(each["name"]), each["type"]) for each in inputs}
    return _frame(columns, table.num_rows)


def read_rows(path: Path, inputs: Inputs, target: str) -> tuple[pd.DataFrame, NDArray[Any]]:
    """Read training or test rows: the frame, and the target (class labels as objects, or floats)."""
    table = read_parquet(path, [*dict.fromkeys(each["name"] for each in inputs), target])
    return frame_from_table(table, inputs), table.column(target).to_numpy()


def cell(value: Any, kind: str) -> float | str | dt.datetime | None:
    """Return a JSON value as a value of a column's type; None is missing.

    Numbers and dates may also be written as strings, truth values as yes and no. ValueError or
    TypeError where the value is not of the type.
    """
    if value is None:
        return None
    if kind == "STRING":
        return _text(value)
    if isinstance(value, str) and not value.strip():
        return None
    try:
        return _moment(value) if kind in DATES else _number(value, kind)
    except OverflowError as error:
        raise ValueError(f"out of range: {error}") from error


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise TypeError("not a string")
    return str(value).strip() or None


def _number(value: Any, kind: str) -> float | None:
    if isinstance(value, str) and kind == "BOOLEAN":
        return _truth(value)
    if not isinstance(value, str | int | float):
        raise TypeError("not a number")
    number = float(value)
    if kind == "BOOLEAN" and number not in (0.0, 1.0):
        raise ValueError("not a truth value")
    return number if math.isfinite(number) else None


def _truth(value: str) -> float:
    try:
        return _TRUTHS[value.strip().lower()]
    except KeyError:
        raise ValueError("not a truth value") from None


def _moment(value: Any) -> dt.datetime:
    if not isinstance(value, str):
        raise TypeError("not a date")
    moment = dt.datetime.fromisoformat(value.strip())
    return moment.astimezone(dt.UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _column(rows: Sequence[Mapping[str, Any]], column: Mapping[str, Any]) -> NDArray[Any]:
    name, kind = column["name"], column["type"]
    cells = [cell(row.get(name), kind) for row in rows]
    if kind in NUMBERS:
        return np.array(cells, dtype=np.float64)
    return np.array(cells, dtype="datetime64[us]" if kind in DATES else object)


def _array(values: Any, kind: str) -> NDArray[Any]:
    if kind == "STRING":
        return _strings(values)
    if kind in DATES:
        micros = values.cast(pa.timestamp("us"))
        return np.asarray(micros.to_numpy(), dtype="datetime64[us]")
    return np.asarray(values.cast(pa.float64(), safe=False).to_numpy(), dtype=np.float64)


def _strings(values: Any) -> NDArray[Any]:
    """Make each distinct string once, stripped just as `cell` does it."""
    distinct = pc.drop_null(pc.unique(values))
    texts = np.array([*(_text(text) for text in distinct.to_pylist()), None], dtype=object)
    places = pc.fill_null(pc.index_in(values, value_set=distinct), len(distinct)).to_numpy()
    return np.asarray(texts[places], dtype=object)


def _frame(columns: dict[str, NDArray[Any]], rows: int) -> pd.DataFrame:
    return pd.DataFrame(columns, index=pd.RangeIndex(rows), copy=False)
