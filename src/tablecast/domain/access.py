"""Access: whose a row is. A stranger gets the answer that they would get for a row that is not there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar, cast

from tortoise.exceptions import IntegrityError

from tablecast.domain.deeds import Asked
from tablecast.domain.projects import require_open, role_in
from tablecast.domain.states import Noun, Role
from tablecast.domain.tables import Row
from tablecast.errors import Conflict, Forbidden, Mistake, NotFound

RowT = TypeVar("RowT", bound=Row)

NAME_LENGTH = 100


class _Owned(Protocol):
    project_id: str


async def require_row(
    asked: Asked, table: type[RowT], noun: Noun, row_id: str, role: Role = Role.VIEWER
) -> RowT:
    """Return a row if the asker has at least `role` in its project.

    Raises `NotFound` (`<NOUN>_NOT_FOUND`) also to strangers, and `Forbidden`.
    """
    row = await table.get_or_none(id=row_id)
    held = await role_in(asked, cast(_Owned, row).project_id) if row else None
    if row is None or held is None:
        raise not_found(noun, row_id)
    if not held.covers(role):
        raise Forbidden(
            f"This needs the role {role}; yours is {held}.", hint=f"Ask an owner for {role}."
        )
    return row


async def require_writable(asked: Asked, table: type[RowT], noun: Noun, row_id: str) -> RowT:
    """Like `require_row` for an editor, and refuse what is in a project that is being deleted."""
    row = await require_row(asked, table, noun, row_id, Role.EDITOR)
    await require_open(asked, cast(_Owned, row).project_id)
    return row


async def lock_row(table: type[RowT], noun: Noun, row_id: str, **also: Any) -> RowT:
    """Return a row under its lock, until the transaction ends; `also` narrows as a filter does.

    Rows are locked in the order dataset, model, training, serving, project: no two deeds can wait
    for each other.
    """
    row = await table.select_for_update().get_or_none(id=row_id, **also)
    if row is None:
        raise not_found(noun, row_id)
    return row


def not_found(noun: Noun, row_id: str) -> NotFound:
    """The answer for a row that is not there, or not theirs to know of."""
    words = noun.lower().replace("_", " ")
    return NotFound(f"There is no such {words}.", code=f"{noun}_NOT_FOUND", noun=noun, id=row_id)


def check_name(name: str, field: str = "name") -> str:
    """Return a name without the spaces around it; `Mistake` (INVALID_NAME) where it is none."""
    stripped = name.strip()
    if not 1 <= len(stripped) <= NAME_LENGTH or not stripped.isprintable():
        raise Mistake(
            "This cannot be a name.",
            code="INVALID_NAME",
            field=field,
            hint=f"1 to {NAME_LENGTH} printable characters.",
        )
    return stripped


@contextmanager
def unique_name(field: str = "name") -> Iterator[None]:
    """Turn the database's refusal of a second row of one name into a `Conflict` (NAME_TAKEN)."""
    try:
        yield
    except IntegrityError as exc:
        raise Conflict(
            "There is one of this name in the project.",
            code="NAME_TAKEN",
            field=field,
            hint="Choose another name.",
        ) from exc
