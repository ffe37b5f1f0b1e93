"""Checks of inputs: each field says its bounds beside its description, and is held against them here.

Ids arrive as people's and leave as the rows' own. What only the domain knows is checked there.
"""

import math
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import orjson
import strawberry
from strawberry import UNSET
from strawberry.utils.str_converters import to_camel_case

from tablecast.api.ids import row_id_of
from tablecast.errors import Mistake

InputT = TypeVar("InputT")

MOST_TEXT = 10_000
MOST_KEY = 128
KEY = (
    "Makes repeating harmless: the same key with the same input returns the first answer, and with "
    "another a conflict, for at least `serverLimits.idempotencySeconds` (a day, if not set "
    "otherwise) and until its operation is settled; later it is a new request. "
    "1 to 128 characters, yours alone."
)


def an_id(typename: str, description: str, **given: Any) -> Any:
    """A field that takes the id of one type."""
    return strawberry.field(description=description, metadata={"id_of": typename}, **given)


def text(description: str, *, most: int = MOST_TEXT, **given: Any) -> Any:
    """A field of at most so many characters."""
    described = f"{description} At most {most} characters."
    return strawberry.field(description=described, metadata={"most": most}, **given)


def number(description: str, *, least: float, most: float, **given: Any) -> Any:
    """A field of a number within bounds, both included."""
    described = f"{description} {least:,} to {most:,}."
    return strawberry.field(description=described, metadata={"least": least, "most": most}, **given)


def many(description: str, *, most: int, most_text: int = 1_000, **given: Any) -> Any:
    """A field of at most so many values."""
    described = f"{description} At most {most:,}."
    metadata = {"items": most, "most": most_text}
    return strawberry.field(description=described, metadata=metadata, **given)


def idempotency_key() -> Any:
    """The field that makes repeating harmless."""
    return strawberry.field(default=None, description=KEY, metadata={"most": MOST_KEY, "least": 1})


def checked(given: InputT, path: str = "") -> InputT:
    """The input with rows' own ids in place of people's; raises `Mistake` for the first wrong field."""
    return replace(given, **dict(_values(given, path)))  # type: ignore[type-var]


def _values(given: Any, path: str) -> Iterator[tuple[str, Any]]:
    for each in fields(given):
        value = getattr(given, each.name)
        name = path + to_camel_case(each.name.rstrip("_"))
        if value is not None and value is not UNSET:
            yield each.name, _value(value, each.metadata, name)


def _value(value: Any, bounds: Any, name: str) -> Any:
    if is_dataclass(value):
        return checked(value, f"{name}.")
    if "id_of" in bounds:
        return row_id_of(value, bounds["id_of"], name)
    if isinstance(value, list) and "items" in bounds:
        _check_count(value, bounds["items"], name)
        return [_value(item, {"most": bounds["most"]}, name) for item in value]
    if isinstance(value, str):
        _check_text(value, bounds, name)
    elif isinstance(value, int | float) and "least" in bounds:
        _check_number(value, bounds, name)
    return value


def _check_count(values: list[Any], most: int, name: str) -> None:
    if len(values) > most:
        raise Mistake("These are too many.", code="TOO_MANY", field=name, hint=f"At most {most}.")


def _check_text(value: str, bounds: Any, name: str) -> None:
    most = bounds.get("most", MOST_TEXT)
    if not bounds.get("least", 0) <= len(value) <= most:
        raise Mistake(
            "This text is too long or too short.",
            code="OUT_OF_RANGE",
            field=name,
            hint=f"{bounds.get('least', 0)} to {most} characters.",
        )
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise Mistake(
            "This text has characters that are none.",
            code="INVALID_TEXT",
            field=name,
            hint="No NUL and no lone surrogates.",
        )


def _check_number(value: float, bounds: Any, name: str) -> None:
    if not (math.isfinite(value) and bounds["least"] <= value <= bounds["most"]):
        raise Mistake(
            "This number is out of range.",
            code="OUT_OF_RANGE",
            field=name,
            hint=f"{bounds['least']} to {bounds['most']}",
        )


def plain(given: Any) -> Any:
    """An input as plain values, without what was not given."""
    if is_dataclass(given):
        named = ((each.name, getattr(given, each.name)) for each in fields(given))
        return {name: plain(value) for name, value in named if value not in (None, UNSET)}
    return [plain(each) for each in given] if isinstance(given, list) else given


def canonical(name: str, given: Any) -> bytes:
    """What an idempotency key stands for: the mutation's name and its input without the key."""
    content = plain(given)
    content.pop("idempotency_key", None)
    return orjson.dumps([name, content], option=orjson.OPT_SORT_KEYS, default=str)
