"""Predicting: rows are held against the model's signature here, before they cost the model anything.

The rules are those of the model server, which checks again: it may be asked by others too.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from tablecast.domain.tables import Serving
from tablecast.errors import Mistake

Json = dict[str, Any]

MOST_ERRORS = 100
# JSON's integers have no end, a double's numbers do.
LARGEST = 1e308


@dataclass(eq=False)
class RowsRefused(Mistake):
    """Rows do not fit the signature; `errors` has row, column, code and message of each."""

    code: str = "ROWS_REFUSED"
    errors: list[Json] = field(default_factory=list)


@dataclass(eq=False)
class NotServable(Mistake):
    """No replica was seen to answer; `blocked_by` says what the serving waits for."""

    code: str = "NOT_SERVABLE"
    blocked_by: Json | None = None


def refused(errors: Sequence[Json]) -> RowsRefused:
    """The refusal of rows for these reasons, at most 100 of which are kept."""
    return RowsRefused(
        "Rows do not fit the model's signature.",
        field="rows",
        hint="Give every column of `signature.inputs` in its type, and no other.",
        errors=list(errors[:MOST_ERRORS]),
    )


def not_servable(serving: Serving) -> NotServable:
    """The refusal of a serving that no replica answers for."""
    return NotServable(
        f"No replica answers for this serving now: it is {serving.state}.",
        field="servingId",
        hint="Subscribe to the serving and wait until it is servable.",
        blocked_by=serving.blocked_by,
    )


def check_rows(rows: Sequence[Any], signature: Json) -> list[list[Json]]:
    """Return each row's warnings (column, code, message); raises `RowsRefused`."""
    inputs = {each["name"]: each for each in signature["inputs"]}
    errors: list[Json] = []
    for number, row in enumerate(rows):
        errors.extend({"row": number, **error} for error in _row_errors(row, inputs))
        if len(errors) >= MOST_ERRORS:
            break
    if errors:
        raise refused(errors)
    return [list(_row_warnings(row, inputs)) for row in rows]


def _row_errors(row: Any, inputs: dict[str, Json]) -> Iterator[Json]:
    if not isinstance(row, dict):
        yield {"column": None, "code": "WRONG_TYPE", "message": "A row is a JSON object."}
        return
    for name, expected in inputs.items():
        if name not in row:
            yield _said(name, "MISSING_COLUMN", "The model needs this column; null is a value too.")
        elif row[name] is not None and not _FITS[expected["type"]](row[name]):
            yield _said(name, "WRONG_TYPE", f"This column takes {_TAKES[expected['type']]}.")
    for name in row:
        if name not in inputs:
            yield _said(str(name)[:200], "UNKNOWN_COLUMN", "The model does not know this column.")


def _row_warnings(row: Json, inputs: dict[str, Json]) -> Iterator[Json]:
    for name, expected in inputs.items():
        value = row[name]
        categories = expected.get("categories")
        if value is None:
            continue
        if categories is not None and isinstance(value, str) and value not in categories:
            yield _said(name, "UNSEEN_CATEGORY", "This value was not seen in training.")
        elif _out_of_range(value, expected):
            yield _said(name, "OUT_OF_RANGE", "This value is outside of what was seen in training.")


def _out_of_range(value: Any, expected: Json) -> bool:
    least, most = expected.get("minimum"), expected.get("maximum")
    if expected["type"] not in {"INTEGER", "FLOAT"} or least is None or most is None:
        return False
    return not float(least) <= float(value) <= float(most)


def _said(column: str, code: str, message: str) -> Json:
    return {"column": column, "code": code, "message": message}


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -LARGEST < value < LARGEST


def _parses(parse: Callable[[str], Any]) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        if not isinstance(value, str):
            return False
        try:
            parse(value)
        except (ValueError, OverflowError):
            return False
        return True

    return fits


_FITS: dict[str, Callable[[Any], bool]] = {
    "INTEGER": lambda value: _is_number(value) and float(value).is_integer(),
    "FLOAT": _is_number,
    "BOOLEAN": lambda value: isinstance(value, bool),
    "STRING": lambda value: isinstance(value, str),
    "DATE": _parses(date.fromisoformat),
    "TIMESTAMP": _parses(datetime.fromisoformat),
}
_TAKES = {
    "INTEGER": "whole numbers",
    "FLOAT": "numbers",
    "BOOLEAN": "true or false",
    "STRING": "text",
    "DATE": "days as YYYY-MM-DD",
    "TIMESTAMP": "moments in ISO 8601",
}


def answers_of(answer: Json, warnings: Sequence[list[Json]]) -> list[Json]:
    """One answer a row out of the model server's, its own warnings and ours each told once."""
    return [
        {
            "prediction": each["prediction"],
            "probabilities": _probabilities(each.get("probabilities")),
            "warnings": _merged(each.get("warnings") or [], ours),
        }
        for each, ours in zip(answer["predictions"], warnings, strict=True)
    ]


def _probabilities(by_label: dict[str, float] | None) -> list[Json] | None:
    if by_label is None:
        return None
    return [{"label": label, "probability": value} for label, value in by_label.items()]


def _merged(theirs: list[Json], ours: list[Json]) -> list[Json]:
    told = {(each.get("column"), each.get("code")) for each in theirs}
    return theirs + [each for each in ours if (each["column"], each["code"]) not in told]
