"""Which numbers a column's strings stand for, whatever their decimal mark and thousands separators.

A column is read by one convention that fits all its values. Where two conventions fit and differ
("1,234"), nobody guesses: `Ambiguous`.
"""

import re
from collections.abc import Sequence

_SPACES = " \u00a0\u202f'’"
_EXPONENT = r"(?:[eE][+-]?\d+)?"
_PLAIN = re.compile(rf"[+-]?(?:\d+\.?\d*|\.\d+){_EXPONENT}")
_POINT = re.compile(
    rf"[+-]?(?:\d{{1,3}}(?:,\d{{3}})+|\d{{1,3}}(?:[{_SPACES}]\d{{3}})+|\d+)(?:\.\d+)?"
)
_COMMA = re.compile(
    rf"[+-]?(?:\d{{1,3}}(?:\.\d{{3}})+|\d{{1,3}}(?:[{_SPACES}]\d{{3}})+|\d+)(?:,\d+{_EXPONENT})?"
)
_CODE = re.compile(r"[+-]?0\d")
_SEPARATORS = re.compile(rf"[{_SPACES}]")

# More digits than an int64 holds for certain: such strings are identifiers, and stay strings.
_DIGITS = 18


class Ambiguous(Exception):
    """The strings look like values of a type, but could be read in two ways; says which."""


def read_numbers(values: Sequence[str]) -> list[int] | list[float] | None:
    """Return what the stripped strings stand for: whole numbers, or floats where one is not whole.

    None where they are not all numbers, or are codes: leading zeros ("007"), too many digits.
    Raises Ambiguous where commas could be decimal marks or thousands separators.
    """
    if not values or any(_CODE.match(value) for value in values):
        return None
    texts = _in_plain_notation(values)
    if texts is None:
        return None
    if all(text.lstrip("+-").isdigit() for text in texts):
        too_long = any(len(text.lstrip("+-")) > _DIGITS for text in texts)
        return None if too_long else [int(text) for text in texts]
    return [float(text) for text in texts]


def _in_plain_notation(values: Sequence[str]) -> Sequence[str] | None:
    if _all(_PLAIN, values):
        return values
    point, comma = _all(_POINT, values), _all(_COMMA, values)
    if point and comma:
        return _where_both_fit(values)
    if point:
        return [_SEPARATORS.sub("", value).replace(",", "") for value in values]
    if comma:
        return [_from_comma(value) for value in values]
    return None


def _where_both_fit(values: Sequence[str]) -> Sequence[str]:
    """Both conventions read spaces alike; a single comma or point before three digits they do not."""
    marked = next((value for value in values if "," in value or "." in value), None)
    if marked is None:
        return [_SEPARATORS.sub("", value) for value in values]
    raise Ambiguous(f"“{marked}” could be read with a decimal mark or a thousands separator")


def _from_comma(value: str) -> str:
    return _SEPARATORS.sub("", value).replace(".", "").replace(",", ".")


def _all(pattern: re.Pattern[str], values: Sequence[str]) -> bool:
    return all(pattern.fullmatch(value) for value in values)
