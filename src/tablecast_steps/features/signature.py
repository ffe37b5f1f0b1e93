"""What a model's raw rows look like: for each column its type, and what training rows held."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tablecast_steps.frames import DATES

MOST_CATEGORIES = 50
LONGEST_CATEGORY = 200

# So many characters of categories in all, since the signature is a message too.
MOST_CHARACTERS = 100_000


def signature_inputs(
    frame: pd.DataFrame, columns: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Describe columns with `name` and `type` by their training rows, ready for JSON."""
    inputs, left = [], MOST_CHARACTERS
    for column in columns:
        values = frame[column["name"]]
        categories = _categories(values) if column["type"] == "STRING" else None
        size = sum(map(len, categories or ()))
        if size > left:
            categories = None
        else:
            left -= size
        inputs.append(_input(column["name"], column["type"], values, categories))
    return inputs


def _input(name: str, kind: str, values: pd.Series, categories: list[str] | None) -> dict[str, Any]:
    low, high = _range(values, kind)
    return {
        "name": name,
        "type": kind,
        "nullable": True,
        "nulls_seen": bool(values.isna().any()),
        "categories": categories,
        "minimum": low,
        "maximum": high,
    }


def _categories(values: pd.Series) -> list[str] | None:
    distinct = values.dropna().unique()
    if len(distinct) > MOST_CATEGORIES or any(len(value) > LONGEST_CATEGORY for value in distinct):
        return None
    return sorted(distinct)


def _range(values: pd.Series, kind: str) -> tuple[Any, Any]:
    known = values.dropna().to_numpy()
    if not len(known) or kind in ("STRING", "BOOLEAN"):
        return None, None
    low, high = known.min(), known.max()
    if kind in DATES:
        return _iso(low, kind), _iso(high, kind)
    return (int(low), int(high)) if kind == "INTEGER" else (float(low), float(high))


def _iso(moment: np.datetime64, kind: str) -> str:
    exact: dt.datetime = moment.astype("datetime64[us]").item()
    return exact.date().isoformat() if kind == "DATE" else exact.isoformat()
