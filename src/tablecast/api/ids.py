"""Global ids: base64 of "Typename:id", as Relay clients expect; opaque to people."""

from base64 import b64decode, b64encode

import strawberry

from tablecast.domain.identity import is_id
from tablecast.errors import Mistake

_LONGEST = 200


def global_id(typename: str, row_id: str) -> strawberry.ID:
    """The id that people see."""
    return strawberry.ID(b64encode(f"{typename}:{row_id}".encode()).decode())


def parts_of(text: str, field: str) -> tuple[str, str]:
    """The type's name and the row's id in a global id; `Mistake` (INVALID_ID) where it is none."""
    try:
        if len(text) > _LONGEST:
            raise ValueError
        typename, colon, row_id = b64decode(text, validate=True).decode().partition(":")
        if not (colon and typename.isidentifier() and is_id(row_id)):
            raise ValueError
    except ValueError:
        # Not base64, not UTF-8 and not ASCII are all ValueErrors.
        raise Mistake(
            "This is not an id.",
            code="INVALID_ID",
            field=field,
            hint="Pass the `id` of an object as it came.",
        ) from None
    return typename, row_id


def row_id_of(text: str, typename: str, field: str) -> str:
    """The row's id in a global id that must be of one type; `Mistake` (INVALID_ID, WRONG_TYPE_OF_ID)."""
    found, row_id = parts_of(text, field)
    if found != typename:
        raise Mistake(
            f"This is the id of a {found}.",
            code="WRONG_TYPE_OF_ID",
            field=field,
            hint=f"Pass the id of a {typename}.",
        )
    return row_id
