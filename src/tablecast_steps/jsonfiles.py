"""JSON as the steps write it: strict (no NaN), plain types only, a file whole or not at all."""

import datetime as dt
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def plain(value: Any) -> Any:
    """Return `value` in types that JSON has: numpy scalars and arrays unpacked, dates as ISO 8601
    text, and None for whatever is not a finite number."""
    if value is None or isinstance(value, str | bool | int):
        return _exact(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, dt.date):  # pandas' NaT is one too, and equals nothing
        return value.isoformat() if value == value else None
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    raise TypeError(f"{type(value).__name__} does not go into JSON")


def _exact(value: Any) -> Any:
    """Strip subclasses (numpy's str, enums) that an encoder might print in its own way."""
    for kind in (bool, int, str):
        if isinstance(value, kind):
            return kind(value)
    return value


def encode(value: Any) -> str:
    """Return `value` as one line of compact JSON."""
    return json.dumps(plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def read_json(path: Path) -> Any:
    """Read a file; None where there is none, or where it holds no JSON (a torn write)."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def write_json(path: Path, value: Any) -> None:
    """Write a file so that a reader, also one after a crash, finds all of it or none of it."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8") as file:
        file.write(encode(value))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
