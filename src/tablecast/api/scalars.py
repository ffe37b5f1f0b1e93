"""Scalars that GraphQL does not have: large whole numbers, moments in UTC, cells, rows."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

Long = NewType("Long", int)
Value = NewType("Value", object)
JsonRow = NewType("JsonRow", object)

# JSON numbers in JavaScript are exact only so far.
LARGEST = 2**53 - 1


def _parse_long(value: Any) -> Long:
    if type(value) is not int or abs(value) > LARGEST:
        raise ValueError("A Long is a whole number of at most 53 bits.")
    return Long(value)


def _parse_moment(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ValueError("A DateTime is a string in ISO 8601.")
    moment = datetime.fromisoformat(value)
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("This DateTime is out of range.") from None


def _show_moment(moment: datetime | str) -> str:
    return moment if isinstance(moment, str) else moment.isoformat()


def _unchanged(value: Any) -> Any:
    return value


SCALARS: Mapping[object, ScalarDefinition] = {
    Long: strawberry.scalar(
        name="Long",
        description="A whole number of up to 53 bits, as a JSON number: bytes, rows.",
        serialize=int,
        parse_value=_parse_long,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment in ISO 8601; answered in UTC, and taken as UTC where it names no zone.",
        serialize=_show_moment,
        parse_value=_parse_moment,
    ),
    Value: strawberry.scalar(
        name="Value",
        description="One cell of a table: a string, a number or a boolean. Dates are ISO 8601 strings.",
        serialize=_unchanged,
        parse_value=_unchanged,
    ),
    JsonRow: strawberry.scalar(
        name="JsonRow",
        description="One row: a JSON object from column names to strings, numbers, booleans or null.",
        serialize=_unchanged,
        parse_value=_unchanged,
    ),
}
