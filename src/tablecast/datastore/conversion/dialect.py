"""How a CSV separates its values, and what its columns are called."""

import csv
import io
from collections import Counter
from dataclasses import dataclass

from tablecast.datastore.conversion.failure import ConversionFailure
from tablecast.datastore.conversion.limits import Limits
from tablecast.datastore.conversion.records import Place, TooLong, first_record, oversized
from tablecast.datastore.conversion.repairs import Repairs
from tablecast.datastore.conversion.text import Text

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 256 << 10
_SAMPLE_ROWS = 300
_HEADER_MISMATCH = 0.5


@dataclass(frozen=True)
class Header:
    """The columns' names, and where in the UTF-8 stream the data begins."""

    names: list[str]
    skip: int


def sniff(text: Text, option: str | None) -> str:
    """Return the delimiter: the option, or what divides the first rows most evenly."""
    if option:
        return _checked(option)
    with text.open(errors="replace") as stream:
        sample = stream.read(_SAMPLE)
        whole = not stream.read(1)
    lines = sample.decode("utf-8", "replace")
    scores = {delimiter: _evenness(lines, delimiter, whole) for delimiter in DELIMITERS}
    best = max(scores, key=lambda delimiter: scores[delimiter])
    return best if scores[best] > (0.0, 1) else ","


def _checked(option: str) -> str:
    named = {"\\t": "\t", "tab": "\t", "TAB": "\t"}.get(option, option)
    if len(named) != 1 or not named.isascii() or named in '"\r\n\0' or named.isalnum():
        raise ConversionFailure(
            "BAD_DELIMITER",
            f"{option[:10]!r} cannot be a delimiter.",
            "one character such as , ; | or a tab",
        )
    return named


def _evenness(lines: str, delimiter: str, whole: bool) -> tuple[float, int]:
    reader = csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter)
    widths: list[int] = []
    try:
        for row in reader:
            if row:
                widths.append(len(row))
            if len(widths) > _SAMPLE_ROWS:
                break
    except csv.Error:
        return 0.0, 1
    if len(widths) > 1 and not whole:
        widths.pop()
    if not widths:
        return 0.0, 1
    width, count = Counter(widths).most_common(1)[0]
    if width == 1:
        return 0.0, 1
    evenness = count / len(widths)
    return (evenness if widths[0] == width else evenness * _HEADER_MISMATCH), width


def read_header(
    text: Text, delimiter: str, has_header: bool, limits: Limits, repairs: Repairs
) -> Header:
    """Return the names of the columns, blank and repeated ones repaired.

    Raises EMPTY_FILE, TOO_MANY_COLUMNS, or what `refuse_oversized` raises.
    """
    try:
        with text.open() as stream:
            found = first_record(stream, delimiter, limits.max_row_bytes)
    except TooLong:
        raise refuse_oversized(text, delimiter, limits) from None
    if found is None:
        raise ConversionFailure("EMPTY_FILE", "The file is empty.", "upload a table with a header")
    values, end = found
    if len(values) > limits.max_columns:
        raise too_many_columns(len(values), limits)
    if any(len(value) > limits.max_field_bytes for value in values):
        raise refuse_oversized(text, delimiter, limits)
    if not has_header:
        return Header([f"column_{index}" for index in range(1, len(values) + 1)], 0)
    return Header(repaired_names(values, repairs), end)


def too_many_columns(columns: int, limits: Limits) -> ConversionFailure:
    """Return the refusal of a table that is too wide."""
    return ConversionFailure(
        "TOO_MANY_COLUMNS",
        f"The table has {columns:,} columns; at most {limits.max_columns:,} are taken.",
        "drop columns, or turn the table",
    )


def repaired_names(values: list[str], repairs: Repairs) -> list[str]:
    """Return names that are neither blank nor repeated, and count what was changed."""
    naming = _Naming({value.strip() for value in values})
    names = []
    for index, value in enumerate(values, 1):
        wanted = value.strip()
        name = naming.free(wanted or f"column_{index}", wanted)
        if not wanted:
            repairs.count("BLANK_HEADER", name, "A column without a name was given one.")
        elif name != wanted:
            repairs.count("DUPLICATE_HEADER", name, f"A second column {wanted!r} was renamed.")
        names.append(name)
    return names


class _Naming:
    """Hands out each name once; a made-up name is never one that the file gives itself."""

    def __init__(self, given: set[str]) -> None:
        self._given = given
        self._taken: set[str] = set()
        self._next: Counter[str] = Counter()

    def free(self, name: str, wanted: str) -> str:
        candidate = name
        while candidate in self._taken or (candidate != wanted and candidate in self._given):
            self._next[name] += 1
            candidate = f"{name}_{self._next[name] + 1}"
        self._taken.add(candidate)
        return candidate


def unclosed(place: Place) -> ConversionFailure:
    """Return the refusal of a file whose last quote never ends."""
    return ConversionFailure(
        "UNCLOSED_QUOTE",
        f"A quote opened in row {place.row} is never closed.",
        "close it, or double a quote that belongs to the value",
        place.row,
        f"column {place.column}",
    )


def refuse_oversized(text: Text, delimiter: str, limits: Limits) -> ConversionFailure:
    """Return the refusal that names the first value or row that is too large."""
    with text.open() as stream:
        found = oversized(stream, delimiter, limits.max_field_bytes, limits.max_row_bytes)
    if found is None:
        return ConversionFailure(
            "MALFORMED_CSV", "The file cannot be divided into rows.", "check its quotes"
        )
    kind, place = found
    if place.open:
        return unclosed(place)
    if kind == "field":
        size, limit = place.end - place.start, limits.max_field_bytes
        return ConversionFailure(
            "FIELD_TOO_LARGE",
            f"A value takes {size:,} bytes; at most {limit:,} are taken.",
            "shorten it, or check the quotes before it",
            place.row,
            f"column {place.column}",
        )
    return ConversionFailure(
        "ROW_TOO_LARGE",
        f"A row takes more than {limits.max_row_bytes:,} bytes.",
        "shorten its values, or check the quotes before it",
        place.row,
    )
