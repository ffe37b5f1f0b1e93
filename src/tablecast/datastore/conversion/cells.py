"""Values of a table as JSON has them, and as a person reads them."""

import datetime as dt
from pathlib import Path
from typing import Any

from pyarrow import parquet as pq

from tablecast.datastore.conversion.limits import Limits

_LONGEST = 500


def as_json(value: Any) -> Any:
    """Return `value` for JSON: dates and time stamps in ISO 8601, long texts cut."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str):
        return cut(value)
    return value


def as_text(value: Any) -> str:
    """Return `value` as text, as JSON would spell it where it is no text itself."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(as_json(value))


def cut(text: str) -> str:
    """Return `text`, at most 500 characters of it."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def preview_of(path: Path, limits: Limits) -> dict[str, Any]:
    """Return the first rows of the table: `columns` and `rows`; fewer of a wide one."""
    file = pq.ParquetFile(path)
    names = file.schema_arrow.names
    wanted = min(limits.preview_rows, max(10, limits.preview_cells // len(names)))
    batch = next(file.iter_batches(batch_size=wanted, use_threads=False), None)
    if batch is None:
        return {"columns": names, "rows": []}
    columns = [[as_json(value) for value in column.to_pylist()] for column in batch.columns]
    return {"columns": names, "rows": [list(row) for row in zip(*columns, strict=True)]}
