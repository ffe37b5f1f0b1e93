"""A slow, exact walk over a CSV's records, in bounded memory.

The fast reader cannot say where in the file it stumbled; this one finds the place. It also reads the
header. Quoting is as in RFC 4180: a field is quoted if it starts with a quote.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

_CHUNK = 1 << 20


class ByteSource(Protocol):
    """What can be read in pieces."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes; nothing at the end."""
        ...


@dataclass(frozen=True)
class Place:
    """One field: record and column counted from 1, and the bytes [start, end) it takes.

    `last` tells that it ends its record, `open` that the file ended inside its quotes.
    """

    row: int
    column: int
    start: int
    end: int
    last: bool
    open: bool = False


class _Walk:
    def __init__(self) -> None:
        self.row, self.column, self.start = 1, 1, 0
        self.quoted = self.inside = False

    def blank(self, position: int) -> bool:
        return self.column == 1 and position == self.start and not self.quoted

    def next_field(self, position: int, last: bool) -> None:
        self.row, self.column = (self.row + 1, 1) if last else (self.row, self.column + 1)
        self.start, self.quoted, self.inside = position, False, False

    def place(self, end: int, last: bool) -> Place:
        return Place(self.row, self.column, self.start, end, last, open=self.inside)


def fields(source: ByteSource, delimiter: str) -> Iterator[Place]:
    """Yield every field's place. Blank lines are no records."""
    token = re.compile(rb'["\r\n' + re.escape(delimiter.encode()) + rb"]")
    walk, base = _Walk(), 0
    while chunk := source.read(_CHUNK):
        for match in token.finditer(chunk):
            position, byte = base + match.start(), match.group()
            if byte == b'"':
                _quote(walk, position)
            elif not walk.inside:
                last = byte in b"\r\n"
                if last and walk.blank(position):
                    walk.start = position + 1
                    continue
                yield walk.place(position, last)
                walk.next_field(position + 1, last)
        base += len(chunk)
    if walk.inside or not walk.blank(base):
        yield walk.place(base, last=True)


def _quote(walk: _Walk, position: int) -> None:
    if position == walk.start:
        walk.quoted = walk.inside = True
    elif walk.quoted:
        walk.inside = not walk.inside


def place_of(source: ByteSource, delimiter: str, offset: int) -> Place | None:
    """Return the field that holds the byte at `offset`."""
    return next((place for place in fields(source, delimiter) if place.end >= offset), None)


def oversized(
    source: ByteSource, delimiter: str, max_field: int, max_row: int
) -> tuple[str, Place] | None:
    """Return ("field" or "row", place) of the first field or record beyond its limit in bytes."""
    row, row_start = 0, 0
    for place in fields(source, delimiter):
        if place.row != row:
            row, row_start = place.row, place.start
        if place.end - place.start > max_field:
            return "field", place
        if place.last and place.end - row_start > max_row:
            return "row", place
    return None


class TooLong(Exception):
    """A record went on beyond what may be kept."""


def first_record(source: ByteSource, delimiter: str, max_row: int) -> tuple[list[str], int] | None:
    """Return the first record's values and the offset behind it; None where there is no record.

    Raises `TooLong` where it takes more than `max_row` bytes.
    """
    keep = _Keeping(source, max_row)
    for place in fields(keep, delimiter):
        if place.last:
            text = bytes(keep.kept[: place.end]).decode()
            return parse_record(text, delimiter), min(place.end + 1, len(keep.kept))
    return None


class _Keeping:
    """Passes bytes on and keeps them, up to a limit."""

    def __init__(self, source: ByteSource, limit: int) -> None:
        self._source, self._limit = source, limit
        self.kept = bytearray()

    def read(self, size: int = -1, /) -> bytes:
        if len(self.kept) > self._limit:
            raise TooLong
        chunk = self._source.read(size)
        self.kept += chunk
        return chunk


def parse_record(text: str, delimiter: str) -> list[str]:
    """Return the values of one record's text."""
    csv.field_size_limit(1 << 30)
    lines = io.StringIO(text.lstrip("\r\n"), newline="")
    return next(csv.reader(lines, delimiter=delimiter), [])
