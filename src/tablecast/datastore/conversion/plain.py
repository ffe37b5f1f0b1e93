"""From Arrow's many types to the six that a table here has."""

import pyarrow as pa
from pyarrow import compute as pc
from pyarrow import types as kinds

from tablecast.datastore.conversion.failure import ConversionFailure
from tablecast.datastore.conversion.readings import TYPES

_INT64_DIGITS = 18
_MICROSECONDS_A_SECOND = 1_000_000


def plain_type(kind: pa.DataType, column: str) -> str:
    """Return the type that a column of `kind` becomes.

    Raises NESTED_COLUMN or UNSUPPORTED_COLUMN.
    """
    kind = _inner(kind)
    if kinds.is_nested(kind):
        raise ConversionFailure(
            "NESTED_COLUMN",
            f"Column {column!r} holds {_short(kind)}; a table's values are single.",
            "flatten it into columns of its own, or drop it",
            column=column,
        )
    for fits, name in _RULES:
        if fits(kind):
            return name
    raise ConversionFailure(
        "UNSUPPORTED_COLUMN",
        f"Column {column!r} holds {_short(kind)}, which no model learns from.",
        "drop it, or turn it into numbers or text",
        column=column,
    )


def _inner(kind: pa.DataType) -> pa.DataType:
    if isinstance(kind, pa.BaseExtensionType):
        return _inner(kind.storage_type)
    if kinds.is_dictionary(kind) or kinds.is_run_end_encoded(kind):
        return _inner(kind.value_type)
    return kind


def _short(kind: pa.DataType) -> str:
    return str(kind).split("<")[0].split("(")[0]


def _whole_decimal(kind: pa.DataType) -> bool:
    return bool(kinds.is_decimal(kind) and kind.scale <= 0 and kind.precision <= _INT64_DIGITS)


def _text(kind: pa.DataType) -> bool:
    return bool(
        kinds.is_string(kind)
        or kinds.is_large_string(kind)
        or kinds.is_string_view(kind)
        or kinds.is_time(kind)
        or kinds.is_null(kind)
    )


_RULES = (
    (kinds.is_boolean, "BOOLEAN"),
    (kinds.is_integer, "INTEGER"),
    (_whole_decimal, "INTEGER"),
    (kinds.is_decimal, "FLOAT"),
    (kinds.is_floating, "FLOAT"),
    (kinds.is_duration, "FLOAT"),
    (kinds.is_date, "DATE"),
    (kinds.is_timestamp, "TIMESTAMP"),
    (_text, "STRING"),
)


def to_plain(values: pa.Array, type: str) -> pa.Array:
    """Return the values as `type`: zones become UTC, durations seconds, categories their text.

    Raises OverflowError where an unsigned number is beyond 64 bits signed, and `ArrowInvalid` where
    the values are not what their type says.
    """
    values = _flat(values)
    kind, target = values.type, TYPES[type]
    if kinds.is_string(kind):
        values.validate(full=True)
        return values
    if kinds.is_uint64(kind) and type == "INTEGER":
        return _signed(values)
    if kinds.is_duration(kind):
        micros = values.cast(pa.duration("us"), safe=False).cast(pa.int64())
        return pc.divide(micros.cast(pa.float64()), float(_MICROSECONDS_A_SECOND))
    if kinds.is_timestamp(kind):
        # the moment is kept and the zone dropped: Arrow stores zoned moments in UTC
        return values.cast(pa.timestamp("us", kind.tz), safe=False).cast(target)
    if kinds.is_string_view(kind) or kinds.is_large_string(kind):
        values.validate(full=True)
    if kinds.is_decimal(kind) and type == "FLOAT":
        return values.cast(target, safe=False)
    return values.cast(target)


def _flat(values: pa.Array) -> pa.Array:
    if isinstance(values, pa.ExtensionArray):
        return _flat(values.storage)
    if kinds.is_dictionary(values.type):
        return _flat(values.dictionary_decode())
    if kinds.is_run_end_encoded(values.type):
        return _flat(pc.run_end_decode(values))
    return values


def _signed(values: pa.Array) -> pa.Array:
    try:
        return values.cast(pa.int64())
    except pa.ArrowInvalid as exc:
        raise OverflowError from exc
