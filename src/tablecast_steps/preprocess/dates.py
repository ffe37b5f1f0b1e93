"""Which dates or times a column's strings stand for.

A column is read by one format that fits all its values. Day and month are told apart by a value
over 12 somewhere in the column, or not at all: `Ambiguous`.
"""

import datetime as dt
import re
from collections.abc import Callable, Sequence

from tablecast_steps.preprocess.numbers import Ambiguous

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ISO_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?"
)
_SHORT_YEAR = re.compile(r"\d{1,2}([./-])\d{1,2}\1\d{2}")
_TIME = r"(?P<time>[T ]\d{1,2}:\d{2}(?::\d{2})?)?"
_YEAR_FIRST = re.compile(rf"(?P<year>\d{{4}})([/.])(?P<month>\d{{1,2}})\2(?P<day>\d{{1,2}}){_TIME}")
_GERMAN = re.compile(rf"(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.(?P<year>\d{{4}}){_TIME}")
_DAY_FIRST = re.compile(rf"(?P<day>\d{{1,2}})([/-])(?P<month>\d{{1,2}})\2(?P<year>\d{{4}}){_TIME}")
_MONTH_FIRST = re.compile(
    rf"(?P<month>\d{{1,2}})([/-])(?P<day>\d{{1,2}})\2(?P<year>\d{{4}}){_TIME}"
)
_IN_WORDS = ("%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y")

Moment = dt.datetime


def read_dates(values: Sequence[str]) -> tuple[str, list[Moment]] | None:
    """Return DATE or TIMESTAMP and the moments that the stripped strings stand for, in UTC
    without a zone (a string without one is taken as it stands).

    None where they are not all dates. Raises Ambiguous where day and month, or the century, could
    only be guessed.
    """
    if not values:
        return None
    if all(_SHORT_YEAR.fullmatch(value) for value in values):
        raise Ambiguous(f"“{values[0]}” has two digits for its year")
    for read in (_iso, *map(_matching, (_YEAR_FIRST, _GERMAN)), *map(_in_words, _IN_WORDS)):
        moments = _all(read, values)
        if moments is not None:
            return _typed(values, moments)
    return _slashed(values)


def _slashed(values: Sequence[str]) -> tuple[str, list[Moment]] | None:
    day_first = _all(_matching(_DAY_FIRST), values)
    month_first = _all(_matching(_MONTH_FIRST), values)
    if day_first is not None and month_first is not None:
        raise Ambiguous(f"“{values[0]}” could have its day first or its month first")
    moments = day_first or month_first
    return None if moments is None else _typed(values, moments)


def _typed(values: Sequence[str], moments: list[Moment]) -> tuple[str, list[Moment]]:
    """A column is of dates where no string gives a time of day."""
    return ("TIMESTAMP" if any(":" in value for value in values) else "DATE"), moments


def _all(read: Callable[[str], Moment], values: Sequence[str]) -> list[Moment] | None:
    """Read every value, giving up at the first that does not fit: most columns are no dates."""
    try:
        return [read(value) for value in values]
    except (ValueError, OverflowError):
        return None


def _iso(value: str) -> Moment:
    if not (_ISO_DATE.fullmatch(value) or _ISO_TIME.fullmatch(value)):
        raise ValueError(value)
    moment = dt.datetime.fromisoformat(value)
    return moment.astimezone(dt.UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _matching(pattern: re.Pattern[str]) -> Callable[[str], Moment]:
    def read(value: str) -> Moment:
        match = pattern.fullmatch(value)
        if match is None:
            raise ValueError(value)
        date = dt.date(int(match["year"]), int(match["month"]), int(match["day"]))
        return dt.datetime.combine(date, _time_of_day(match["time"]))

    return read


def _time_of_day(text: str | None) -> dt.time:
    if not text:
        return dt.time()
    hour, minute, second = map(int, f"{text[1:]}:0".split(":")[:3])
    return dt.time(hour, minute, second)


def _in_words(pattern: str) -> Callable[[str], Moment]:
    return lambda value: dt.datetime.strptime(value, pattern)  # noqa: DTZ007 - dates have no zone
