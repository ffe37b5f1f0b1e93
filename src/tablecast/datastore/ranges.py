"""HTTP's conditions and ranges (RFC 9110), as pure functions of headers."""

import re
from collections.abc import Mapping

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class Unsatisfiable(Exception):
    """The range begins beyond the end: 416."""


def not_modified(headers: Mapping[str, str], etag: str) -> bool:
    """Tell whether the client already has what `etag` names."""
    given = headers.get("if-none-match")
    return given is not None and matches(given, etag)


def matches(header: str, etag: str) -> bool:
    """Tell whether a list of entity tags, or *, includes `etag` (weak comparison)."""
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in tags or etag in tags


def wanted_range(headers: Mapping[str, str], etag: str, size: int) -> tuple[int, int] | None:
    """Return [start, end) of the one range asked for, or None for the whole.

    A range that is malformed, of several parts, or for another version of the file is ignored, as the
    standard lets us. Raises `Unsatisfiable`.
    """
    condition = headers.get("if-range")
    if condition is not None and condition != etag:
        return None
    match = _RANGE.fullmatch(headers.get("range", "").strip())
    if not match or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return _suffix(int(last), size)
    start, end = int(first), min(int(last) + 1, size) if last else size
    if last and int(last) < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return start, end


def _suffix(length: int, size: int) -> tuple[int, int]:
    if not length or not size:
        raise Unsatisfiable
    return max(0, size - length), size
