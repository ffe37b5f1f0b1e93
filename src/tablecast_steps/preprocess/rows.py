"""Which rows a training can use: those with a target, each only once.

A row that is there twice would be learned by heart in training and then asked for in the test.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tablecast_steps.preprocess.columns import Column

_MISSING = np.uint64(0x9E3779B97F4A7C15)
_FACTORS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def repeated(columns: Sequence[Column], rows: int) -> NDArray[np.bool_]:
    """Mark each row that equals an earlier one in every column (missing equals missing).

    Memory: some 40 bytes a row, and one column at a time.
    """
    digests = np.zeros(rows, dtype=np.uint64)
    for column in columns:
        digests = _mixed(digests ^ _bits(column))
    _, first, group = np.unique(digests, return_index=True, return_inverse=True)
    head = first[group]
    suspects = np.flatnonzero(head != np.arange(rows))
    marked = np.zeros(rows, dtype=bool)
    marked[suspects[_equal(columns, suspects, head[suspects])]] = True
    return marked


def _mixed(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finish of splitmix64: each input bit moves half of the output bits."""
    bits = (bits ^ (bits >> np.uint64(30))) * _FACTORS[0]
    bits = (bits ^ (bits >> np.uint64(27))) * _FACTORS[1]
    return bits ^ (bits >> np.uint64(31))


def _bits(column: Column) -> NDArray[np.uint64]:
    values = column.values
    if column.type == "STRING":
        values = pc.index_in(values, value_set=pc.drop_null(pc.unique(values)))
    elif column.type == "FLOAT":
        values = pc.add(values, 0.0)  # -0.0 equals 0.0
    elif column.type != "INTEGER":
        values = values.cast(pa.int32() if column.type == "DATE" else pa.int64())
    zero = pa.scalar(0, values.type)
    known = pc.fill_null(values, zero).to_numpy()
    bits = known.view(np.uint64) if known.itemsize == 8 else known.astype(np.uint64)
    missing = pc.is_null(values).to_numpy()
    return np.where(missing, _MISSING, bits + np.uint64(1))


def _equal(
    columns: Sequence[Column], left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Compare rows by their values: equal digests alone drop nobody's row."""
    equal = np.ones(len(left), dtype=bool)
    if not len(left):
        return equal
    for column in columns:
        equal &= _same(column.take(left).values, column.take(right).values)
    return equal


def _same(left: Any, right: Any) -> NDArray[np.bool_]:
    both_missing = pc.and_(pc.is_null(left), pc.is_null(right))
    alike = pc.or_(pc.fill_null(pc.equal(left, right), False), both_missing)
    return np.asarray(alike.to_numpy(), dtype=bool)
