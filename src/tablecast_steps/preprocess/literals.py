"""What a column of strings stands for: numbers, truth values, dates, or just strings.

Decided on the column's distinct values, all of which must fit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tablecast_steps.preprocess.dates import read_dates
from tablecast_steps.preprocess.numbers import Ambiguous, read_numbers

TRUTH_VALUES = {
    frozenset(("true", "false")): "true",
    frozenset(("yes", "no")): "yes",
    frozenset(("y", "n")): "y",
    frozenset(("t", "f")): "t",
}

# A look at so many values first spares most text columns from being parsed whole.
_GLANCE = 100


@dataclass(frozen=True)
class Reading:
    """A column type, and the value that each distinct string stands for (None: missing).

    `doubt` tells why strings that look like something else were left as they are.
    """

    type: str
    values: list[Any]
    doubt: str = ""


def read_strings(distinct: Sequence[str], truth_values: bool = True) -> Reading:
    """Decide what strings stand for. Blank ones are missing values, whatever the type.

    `truth_values` False leaves yes and no as they are: a target's classes keep their names.
    """
    stripped = [value.strip() for value in distinct]
    present = [value for value in stripped if value]
    try:
        kind, values = _read(present, truth_values)
    except Ambiguous as ambiguous:
        return Reading("STRING", [value or None for value in stripped], f"{ambiguous}")
    if values is None:
        return Reading("STRING", [value or None for value in stripped])
    found = iter(values)
    return Reading(kind, [next(found) if value else None for value in stripped])


def _read(present: list[str], truth_values: bool) -> tuple[str, list[Any] | None]:
    if truth_values and (truths := read_truth_values(present)) is not None:
        return "BOOLEAN", list(truths)
    if _numbers_at_a_glance(present) and (numbers := read_numbers(present)) is not None:
        return ("INTEGER" if isinstance(numbers[0], int) else "FLOAT"), list(numbers)
    if _dates_at_a_glance(present) and (dates := read_dates(present)) is not None:
        return dates[0], list(dates[1])
    return "STRING", None


def read_truth_values(present: Sequence[str]) -> list[bool] | None:
    """Return what yes and no, true and false stand for; None where not both of a pair occur."""
    lowered = [value.lower() for value in present] if len(present) <= 6 else []
    true = TRUTH_VALUES.get(frozenset(lowered))
    return None if true is None else [value == true for value in lowered]


def _numbers_at_a_glance(present: Sequence[str]) -> bool:
    return all(any(map(str.isdigit, value)) and len(value) < 64 for value in present[:_GLANCE])


def _dates_at_a_glance(present: Sequence[str]) -> bool:
    return all(any(map(str.isdigit, value)) and len(value) < 40 for value in present[:_GLANCE])
