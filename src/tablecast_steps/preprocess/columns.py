"""The dataset's columns in the six types that Tablecast knows.

INTEGER is int64, FLOAT double, BOOLEAN bool, STRING string, DATE date32 and TIMESTAMP microseconds
in UTC without a zone. What is not a finite number is missing.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tablecast_steps.preprocess.literals import read_strings

ARROW_TYPES = {
    "INTEGER": pa.int64(),
    "FLOAT": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "STRING": pa.string(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
}


@dataclass(frozen=True)
class Column:
    """A typed column of the dataset; `doubt` is a sentence for the person, or empty."""

    name: str
    type: str
    values: Any  # pyarrow.ChunkedArray: pyarrow has no types of its own
    doubt: str = ""

    @property
    def nulls(self) -> int:
        return int(self.values.null_count)

    def take(self, rows: NDArray[np.int64]) -> "Column":
        """Return the column with only the given rows, by number."""
        return Column(self.name, self.type, self.values.take(pa.array(rows)))

    def where(self, mask: NDArray[np.bool_]) -> "Column":
        """Return the column with only the rows that are marked."""
        return Column(self.name, self.type, self.values.filter(pa.array(mask)))


def typed_column(name: str, values: Any, is_target: bool = False) -> Column | None:
    """Bring a column into one of the six types; None where it holds none of them (nested data)."""
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    kind = values.type
    if pa.types.is_boolean(kind):
        return Column(name, "BOOLEAN", values)
    if pa.types.is_integer(kind):
        return _integers(name, values)
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _floats(name, values)
    if pa.types.is_date(kind):
        return Column(name, "DATE", values.cast(pa.date32(), safe=False))
    if pa.types.is_timestamp(kind):
        return Column(name, "TIMESTAMP", _utc(values))
    texts = _texts(values)
    return None if texts is None else _strings(name, texts, is_target)


def _integers(name: str, values: Any) -> Column:
    try:
        return Column(name, "INTEGER", values.cast(pa.int64()))
    except pa.ArrowInvalid:  # over an int64's range
        return Column(name, "FLOAT", values.cast(pa.float64(), safe=False))


def _floats(name: str, values: Any) -> Column:
    doubles = values.cast(pa.float64(), safe=False)
    finite = pc.fill_null(pc.is_finite(doubles), True)
    strange = len(doubles) - int(pc.sum(finite).as_py() or 0)
    if not strange:
        return Column(name, "FLOAT", doubles)
    cleaned = pc.if_else(finite, doubles, pa.scalar(None, pa.float64()))
    # NaN is how many tools write a missing number; an infinite one is worth a word.
    infinite = int(pc.sum(pc.is_inf(doubles)).as_py() or 0)
    doubt = f"{infinite} infinite values are taken as missing" if infinite else ""
    return Column(name, "FLOAT", cleaned, doubt)


def _utc(values: Any) -> Any:
    zone = values.type.tz
    micros = values.cast(pa.timestamp("us", zone), safe=False)
    return (
        micros if zone is None else micros.cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us"))
    )


def _texts(values: Any) -> Any:
    try:
        return values.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


def _strings(name: str, texts: Any, is_target: bool) -> Column:
    """Read the distinct strings, and give each row what its string stands for."""
    distinct = pc.drop_null(pc.unique(texts))
    reading = read_strings(distinct.to_pylist(), truth_values=not is_target)
    meanings = pa.array(reading.values, ARROW_TYPES[reading.type])
    doubt = f"It was left as text: {reading.doubt}." if reading.doubt else ""
    if not len(meanings):
        return Column(name, "STRING", pa.chunked_array([pa.nulls(len(texts), pa.string())]))
    if reading.type == "STRING" and meanings.equals(distinct):
        return Column(name, "STRING", texts, doubt)
    places = pc.index_in(texts, value_set=distinct)
    return Column(name, reading.type, pc.take(meanings, places), doubt)
