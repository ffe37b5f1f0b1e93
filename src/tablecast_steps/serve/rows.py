"""Do rows fit a model's signature? Pure: rows in, errors and warnings out.

An absent column is an error, for it is most likely misspelt; an explicit null is a missing value.
Numbers are not read out of strings. What merely was never seen in training is a warning.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

MOST_ERRORS = 100
MOST_ROWS = 10_000
# JSON's integers have no end, a double's numbers do.
LARGEST = 1e308

Row = Mapping[str, Any]
Complaint = dict[str, Any]


class RowsRefused(Exception):
    """Rows that do not fit; `errors` are {"row", "column", "code", "message"}, at most 100."""

    def __init__(self, errors: list[Complaint]) -> None:
        super().__init__(f"{len(errors)} errors, the first: {errors[0]['message']}")
        self.errors = errors


def check_rows(rows: Any, inputs: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Return the rows; RowsRefused where they are not what the inputs ask for."""
    if not isinstance(rows, list):
        raise RowsRefused([_error(None, None, "WRONG_TYPE", "“instances” is not a list of rows.")])
    if not 0 < len(rows) <= MOST_ROWS:
        sentence = f"A request holds 1 to {MOST_ROWS} rows, not {len(rows)}."
        raise RowsRefused([_error(None, None, "ROW_COUNT", sentence)])
    names = {each["name"] for each in inputs}
    errors: list[Complaint] = []
    for number, row in enumerate(rows):
        for error in _row_errors(number, row, inputs, names):
            errors.append(error)
            if len(errors) == MOST_ERRORS:
                raise RowsRefused(errors)
    if errors:
        raise RowsRefused(errors)
    return rows


def _error(row: int | None, column: str | None, code: str, message: str) -> Complaint:
    return {"row": row, "column": column, "code": code, "message": message}


def _row_errors(
    number: int, row: Any, inputs: Sequence[Mapping[str, Any]], names: set[str]
) -> Iterator[Complaint]:
    if not isinstance(row, dict):
        yield _error(number, None, "WRONG_TYPE", "A row is an object of column and value.")
        return
    for each in inputs:
        name = each["name"]
        if name not in row:
            sentence = f"Column “{name}” is missing; give null where its value is not known."
            yield _error(number, name, "MISSING_COLUMN", sentence)
        elif row[name] is not None and not _FITS[each["type"]](row[name]):
            sentence = f"Column “{name}” holds {_WHAT[each['type']]}, not {_shown(row[name])}."
            yield _error(number, name, "WRONG_TYPE", sentence)
    if len(row) > len(names) or not names.issuperset(row):
        for name in sorted(set(row) - names):
            sentence = f"The model knows no column “{name[:200]}”."
            yield _error(number, name, "UNKNOWN_COLUMN", sentence)


def _shown(value: Any) -> str:
    text = f"“{value}”" if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _is_float(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -LARGEST < value < LARGEST


def _is_integer(value: Any) -> bool:
    return _is_float(value) and float(value).is_integer()


def _is_boolean(value: Any) -> bool:
    return isinstance(value, bool)


def _is_string(value: Any) -> bool:
    return isinstance(value, str)


def _is_date(value: Any) -> bool:
    return _parses(value, dt.date.fromisoformat)


def _is_timestamp(value: Any) -> bool:
    return _parses(value, _moment)


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _parses(value: Any, parse: Callable[[str], Any]) -> bool:
    if not isinstance(value, str):
        return False
    try:
        parse(value)
    except (ValueError, OverflowError):
        return False
    return True


_FITS: Mapping[str, Callable[[Any], bool]] = {
    "INTEGER": _is_integer,
    "FLOAT": _is_float,
    "BOOLEAN": _is_boolean,
    "STRING": _is_string,
    "DATE": _is_date,
    "TIMESTAMP": _is_timestamp,
}
_WHAT = {
    "INTEGER": "whole numbers",
    "FLOAT": "numbers",
    "BOOLEAN": "true or false",
    "STRING": "text",
    "DATE": "dates such as “2024-05-31”",
    "TIMESTAMP": "times such as “2024-05-31T12:00:00Z”",
}


def warnings_of(row: Row, inputs: Sequence[Mapping[str, Any]]) -> list[Complaint]:
    """Return {"column", "code", "message"} of what training rows never showed."""
    return [found for each in inputs if (found := _warning(row[each["name"]], each))]


def _warning(value: Any, column: Mapping[str, Any]) -> Complaint | None:
    name = column["name"]
    if value is None:
        if column["nulls_seen"]:
            return None
        sentence = f"“{name}” was never missing in training; a usual value stands in for it."
        return _complaint(name, "UNSEEN_NULL", sentence)
    if column["type"] == "STRING":
        categories = column["categories"]
        if categories is None or value.strip() in categories or not value.strip():
            return None
        sentence = f"“{name}” was never {_shown(value)} in training."
        return _complaint(name, "UNSEEN_CATEGORY", sentence)
    return _range_warning(name, value, column)


def _range_warning(name: str, value: Any, column: Mapping[str, Any]) -> Complaint | None:
    low, high = column["minimum"], column["maximum"]
    if low is None or high is None:
        return None
    number, least, most = (_comparable(each) for each in (value, low, high))
    if least <= number <= most:
        return None
    sentence = f"“{name}” was from {low} to {high} in training, never {_shown(value)}."
    return _complaint(name, "OUT_OF_RANGE", sentence)


def _comparable(value: Any) -> float:
    """Dates and times as seconds in UTC, in which the signature's bounds are too."""
    if not isinstance(value, str):
        return float(value)
    return _moment(value).timestamp()


def _complaint(column: str, code: str, message: str) -> Complaint:
    return {"column": column, "code": code, "message": message}
