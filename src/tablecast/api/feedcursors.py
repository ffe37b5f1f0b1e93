"""Feed cursors: a place in one project's feed, from which a subscription goes on."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from tablecast.domain.identity import is_id
from tablecast.errors import Mistake

_LONGEST = 100
_DIGITS = 18


def feed_cursor(project_id: str, sequence: int) -> str:
    """The opaque cursor after event number `sequence` of a project."""
    return urlsafe_b64encode(f"feed:{project_id}:{sequence}".encode()).decode()


def sequence_after(cursor: str, project_id: str) -> int:
    """The number that a cursor of this project stands after; `Mistake` (INVALID_CURSOR)."""
    try:
        if len(cursor) > _LONGEST:
            raise ValueError
        kind, of, number = urlsafe_b64decode(cursor).decode().split(":")
        fits = kind == "feed" and is_id(of) and of == project_id
        if not (fits and number.isdecimal() and len(number) <= _DIGITS):
            raise ValueError
    except ValueError:
        raise Mistake(
            "This is not a cursor of this project's feed.",
            code="INVALID_CURSOR",
            field="after",
            hint="Pass a `cursor` of the feed as it came, or none to begin now.",
        ) from None
    return int(number)
