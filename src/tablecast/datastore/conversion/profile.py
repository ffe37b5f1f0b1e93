"""What a table is like, column by column, read back from the Parquet just written.

One column is looked at at a time, one row group of it at a time, so a wide table and a long one both
fit. The rows' hashes, from which duplicates are counted, are the one thing kept for the whole table.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import compute as pc
from pyarrow import parquet as pq

from tablecast.datastore.conversion.cells import as_json, as_text
from tablecast.datastore.conversion.distinct import DistinctCount
from tablecast.datastore.conversion.hashing import Hashes, hash_values, mix
from tablecast.datastore.conversion.limits import Limits
from tablecast.datastore.conversion.moments import Histogram, Moments
from tablecast.datastore.conversion.readings import TYPES
from tablecast.datastore.conversion.state import Stage

_WORKERS = 2
_NUMBERS = ("INTEGER", "FLOAT")
_RANGED = (*_NUMBERS, "DATE", "TIMESTAMP")
_NAMES = {kind: name for name, kind in TYPES.items()}


def profile_table(path: Path, limits: Limits, stage: Stage) -> dict[str, Any]:
    """Return `rows`, `duplicate_rows` and `columns` of the profile."""
    table = _Table(path)
    rows = table.rows
    hashes = np.zeros(rows, np.uint64) if rows <= limits.duplicate_rows else None
    duplicates = _RowHashes(hashes)
    columns: list[dict[str, Any]] = []

    def describe(index: int) -> dict[str, Any]:
        return _describe(table, index, limits, duplicates)

    with ThreadPoolExecutor(_WORKERS) as workers:
        for column in workers.map(describe, range(table.columns)):
            columns.append(column)
            stage.report(len(columns) / table.columns)
    return {"rows": rows, "duplicate_rows": duplicates.count(), "columns": columns}


class _Table:
    """The written file, read by column and row group from several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = pq.ParquetFile(path)
        self._lock = Lock()
        metadata = self._file.metadata
        self.schema = self._file.schema_arrow
        self.rows, self.columns, self.groups = (
            metadata.num_rows,
            len(self.schema),
            metadata.num_row_groups,
        )

    def part(self, group: int, column: int) -> pa.Array:
        """Return one column of one row group. By index: names may hold dots."""
        with self._lock:
            found = self._file.reader.read_row_group(
                group, column_indices=[column], use_threads=False
            )
        values = found.column(0)
        return pa.concat_arrays(values.chunks) if values.num_chunks != 1 else values.chunk(0)


class _RowHashes:
    """A hash a row, summed over the columns in any order."""

    def __init__(self, sums: Hashes | None) -> None:
        self._sums = sums
        self._lock = Lock()

    def add(self, column: int, offset: int, values: pa.Array) -> None:
        """Take in a part of a column that begins at row `offset`."""
        if self._sums is None:
            return
        salted = mix(hash_values(values) ^ np.uint64(column + 1))
        with self._lock:
            self._sums[offset : offset + len(values)] += salted

    def count(self) -> int | None:
        """Return how many rows repeat an earlier one, or None where that was not looked at."""
        if self._sums is None:
            return None
        self._sums.sort()
        return int(np.count_nonzero(self._sums[1:] == self._sums[:-1]))


def _describe(table: _Table, index: int, limits: Limits, duplicates: _RowHashes) -> dict[str, Any]:
    field = table.schema.field(index)
    kind = _NAMES[field.type]
    counts, moments = DistinctCount(field.type, limits), Moments()
    nulls, offset = 0, 0
    low: Any = None
    high: Any = None
    for group in range(table.groups):
        values = table.part(group, index)
        nulls += values.null_count
        duplicates.add(index, offset, values)
        offset += len(values)
        counts.add(values)
        if kind in _RANGED:
            low, high = _range(values, low, high)
        if kind in _NUMBERS:
            moments.add(_floats(values))
    return {
        "name": field.name,
        "type": kind,
        "nulls": nulls,
        "distinct": counts.distinct,
        "distinct_exact": counts.exact,
        "minimum": as_json(low),
        "maximum": as_json(high),
        "mean": moments.mean,
        "deviation": moments.deviation,
        "top": [{"value": as_text(value), "count": count} for value, count in counts.top()],
        "histogram": _histogram(table, index, low, high) if kind in _NUMBERS else None,
    }


def _range(values: pa.Array, low: Any, high: Any) -> tuple[Any, Any]:
    found = pc.min_max(values).as_py()
    if found["min"] is None:
        return low, high
    least = found["min"] if low is None else min(low, found["min"])
    most = found["max"] if high is None else max(high, found["max"])
    return least, most


def _histogram(table: _Table, index: int, low: Any, high: Any) -> dict[str, Any] | None:
    if low is None:
        return None
    histogram = Histogram.between(low, high, whole=isinstance(low, int))
    if histogram is None:
        return None
    for group in range(table.groups):
        histogram.add(_floats(table.part(group, index)))
    return histogram.document()


def _floats(values: pa.Array) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.asarray(values.drop_null().cast(pa.float64(), safe=False))
