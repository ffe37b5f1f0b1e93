"""Ways to read a column's strings as a type: each reads all values of a column, or is not it.

A reading is exact: it never loses a digit, a leading zero or a sign. A value that two people would read
as two things (03/04/2024, 00123, +49 30) leaves its column a STRING.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import compute as pc

TYPES = {
    "INTEGER": pa.int64(),
    "FLOAT": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "STRING": pa.string(),
    "DATE": pa.date32(),
    # without a zone, to be read as UTC: one kind of time stamp for everything after
    "TIMESTAMP": pa.timestamp("us"),
}

_EXACT = float(1 << 53)
_ZERO, _NINE, _PLUS, _MINUS, _X = (ord(character) for character in "09+-x")
_TRUE, _FALSE = ["true", "True", "TRUE"], ["false", "False", "FALSE"]


class DoesNotFit(Exception):
    """Some value cannot be read this way."""


@dataclass(frozen=True)
class Reading:
    """One way to read strings: `cast` returns the values of `type`, or raises `DoesNotFit`.

    No value is read that does not begin like `shape`; `within` names readings that read everything
    that this one reads.
    """

    name: str
    type: str
    shape: re.Pattern[str]
    cast: Callable[[pa.Array], pa.Array]
    within: tuple[str, ...] = ()


def _integer(strings: pa.Array) -> pa.Array:
    _refuse_codes(strings)
    return _cast(strings, pa.int64())


def _float(strings: pa.Array) -> pa.Array:
    _refuse_codes(strings)
    values = _cast(strings, pa.float64())
    if beyond_float(values):
        _refuse_long_integers(strings, values)
    return values


def beyond_float(values: pa.Array) -> bool:
    """Tell whether a number is so large that not every whole number near it is a float."""
    bounds = pc.min_max(values).as_py()
    return bool(max(abs(bounds["min"] or 0), abs(bounds["max"] or 0)) >= _EXACT)


def _float_comma(strings: pa.Array) -> pa.Array:
    if pc.any(pc.match_substring(strings, ".")).as_py():
        raise DoesNotFit
    return _float(pc.replace_substring(strings, ",", "."))


def _boolean(strings: pa.Array) -> pa.Array:
    words = pa.array(_TRUE + _FALSE)
    if not pc.all(pc.or_(pc.is_in(strings, words), pc.is_null(strings))).as_py():
        raise DoesNotFit
    answers = pc.is_in(strings, pa.array(_TRUE))
    return pc.if_else(pc.is_valid(strings), answers, pa.scalar(None, pa.bool_()))


def _date(strings: pa.Array) -> pa.Array:
    return _cast(strings, pa.date32())


def _timestamp(strings: pa.Array) -> pa.Array:
    return _cast(strings, pa.timestamp("us"))


def _zoned(strings: pa.Array) -> pa.Array:
    return _cast(strings, pa.timestamp("us", "UTC")).cast(pa.timestamp("us"))


def _ordered(order: str, separators: str, then: Callable[[pa.Array], pa.Array]) -> Reading:
    """Return the reading of dates whose parts stand in `order`, such as "dmy"."""
    parts = {"d": r"(?P<d>\d{1,2})", "m": r"(?P<m>\d{1,2})", "y": r"(?P<y>\d{4})"}
    pattern = f"[{separators}]".join(parts[part] for part in order)
    pattern = f"^{pattern}(?P<time>(?:[ T].+)?)$"
    shape = re.compile(pattern)

    def cast(strings: pa.Array) -> pa.Array:
        found = pc.extract_regex(strings, pattern)
        if found.null_count > strings.null_count:
            raise DoesNotFit
        year, month, day, time = (pc.struct_field(found, part) for part in ("y", "m", "d", "time"))
        month, day = (pc.utf8_lpad(part, 2, "0") for part in (month, day))
        iso = pc.binary_join_element_wise(year, month, day, "-")
        valid = pc.is_valid(strings)
        whole = pc.binary_join_element_wise(iso, time, "")
        return then(pc.if_else(valid, whole, pa.scalar(None, pa.string())))

    kind = "DATE" if then is _date else "TIMESTAMP"
    within = (f"TIMESTAMP_{order}",) if kind == "DATE" else ()
    return Reading(f"{kind}_{order}", kind, shape, cast, within)


_NUMBER = re.compile(r"-?(?:[\d.,]|inf|nan)", re.IGNORECASE)
_ISO = re.compile(r"\d{4}-\d\d-\d\d")

READINGS = (
    Reading("BOOLEAN", "BOOLEAN", re.compile("true|false", re.IGNORECASE), _boolean),
    Reading("INTEGER", "INTEGER", _NUMBER, _integer, ("FLOAT", "FLOAT_COMMA")),
    Reading("FLOAT", "FLOAT", _NUMBER, _float),
    Reading("FLOAT_COMMA", "FLOAT", _NUMBER, _float_comma),
    Reading("DATE", "DATE", _ISO, _date, ("TIMESTAMP",)),
    Reading("TIMESTAMP", "TIMESTAMP", _ISO, _timestamp),
    Reading("ZONED", "TIMESTAMP", _ISO, _zoned),
    _ordered("ymd", "./-", _date),
    _ordered("ymd", "./-", _timestamp),
    _ordered("dmy", "./-", _date),
    _ordered("dmy", "./-", _timestamp),
    # nobody writes the month first with dots
    _ordered("mdy", "/-", _date),
    _ordered("mdy", "/-", _timestamp),
)


def trimmed(strings: pa.Array) -> pa.Array:
    """Return the strings without blanks around them; what was only blanks is null."""
    bare = pc.ascii_trim_whitespace(strings)
    return pc.if_else(pc.equal(bare, ""), pa.scalar(None, pa.string()), bare)


def _cast(strings: pa.Array, kind: pa.DataType) -> pa.Array:
    try:
        return pc.cast(strings, kind)
    except pa.ArrowInvalid as exc:
        raise DoesNotFit from exc


def _refuse_codes(strings: pa.Array) -> None:
    """Refuse numbers with leading zeros, a leading plus, or in hexadecimal."""
    starts, lengths, data = _layout(strings)
    if not len(data):
        return
    first = data[starts]
    if np.any((first == _PLUS) & (lengths > 0)):
        raise DoesNotFit
    signed = (first == _MINUS) & (lengths > 1)
    starts, lengths = starts + signed, lengths - signed
    leading = (data[starts] == _ZERO) & (lengths > 1)
    if np.any(leading):
        second = data[starts[leading] + 1]
        if np.any(((second >= _ZERO) & (second <= _NINE)) | ((second | 32) == _X)):
            raise DoesNotFit


def _layout(
    strings: pa.Array,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Return where each value starts, its length in bytes, and all bytes (one more at the end)."""
    _, offsets, values = strings.buffers()
    count = len(strings)
    edges = np.frombuffer(offsets, np.int32, count + 1, strings.offset * 4).astype(np.int64)
    data = np.frombuffer(values, np.uint8) if values is not None else np.empty(0, np.uint8)
    starts = np.minimum(edges[:-1], max(0, len(data) - 1))
    return starts, edges[1:] - edges[:-1], data


def _refuse_long_integers(strings: pa.Array, values: pa.Array) -> None:
    """Refuse whole numbers that a float cannot hold exactly: they are identifiers."""
    large = strings.filter(pc.greater_equal(pc.abs(values), _EXACT))
    if pc.any(pc.match_substring_regex(large, r"^-?\d+$")).as_py():
        raise DoesNotFit
