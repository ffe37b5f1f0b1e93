"""Pages by key: a cursor holds an ordering, its key and an id, so that no page costs more than another.

Nothing counts, nothing skips. Pages of many parents (the trainings of each of fifty projects) are
read in two queries, however many parents there are.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson
from tortoise.connection import get_connection
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from tablecast.domain.identity import is_id
from tablecast.domain.tables import Row
from tablecast.errors import Mistake

RowT = TypeVar("RowT", bound=Row)

DEFAULT_SIZE = 20
MOST_CURSOR_CHARACTERS = 1_000
_LARGEST_KEY = 2**63 - 1

# Columns that are whole numbers, and those that tell rows of one parent apart by themselves.
_WHOLE = {"number", "sequence"}
_UNIQUE = {"id", *_WHOLE}


@dataclass(frozen=True)
class Ordering:
    """An order that has an index: by `column`, ties by id. `name` is what cursors remember."""

    name: str
    column: str = "id"
    descending: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns compared, in turn."""
        return (self.column,) if self.column in _UNIQUE else (self.column, "id")

    def sort_keys(self, *, reverse: bool = False) -> list[str]:
        """The columns as the ORM's order_by takes them."""
        sign = "-" if self.descending != reverse else ""
        return [sign + column for column in self.columns]


@dataclass(frozen=True)
class Position:
    """A place in an ordering: the key of a row and its id."""

    key: str | int
    id: str


@dataclass(frozen=True)
class PageWish:
    """Which rows: `size` of them after and before positions; the last ones when `backwards`."""

    ordering: Ordering
    size: int = DEFAULT_SIZE
    after: Position | None = None
    before: Position | None = None
    backwards: bool = False


@dataclass(frozen=True)
class Page(Generic[RowT]):
    """Rows in order, and whether there are more on either side.

    Of the side that was come from, a cursor is taken as a sign that there are.
    """

    rows: list[RowT]
    has_next: bool
    has_previous: bool
    ordering: Ordering


def cursor_of(row: Row, ordering: Ordering) -> str:
    """The opaque cursor of a row in an ordering."""
    content = orjson.dumps([ordering.name, getattr(row, ordering.column), row.id])
    return urlsafe_b64encode(content).decode()


def position_at(cursor: str, ordering: Ordering, field: str) -> Position:
    """Read a cursor; `Mistake` (INVALID_CURSOR, CURSOR_OF_ANOTHER_ORDERING) where it does not fit."""
    name, key, row_id = _read(cursor, field)
    if name != ordering.name:
        raise Mistake(
            f"This cursor belongs to the ordering {name}.",
            code="CURSOR_OF_ANOTHER_ORDERING",
            field=field,
            hint="Use a cursor only with the orderBy that it came from.",
        )
    if isinstance(key, int) != (ordering.column in _WHOLE):
        raise _malformed(field)
    return Position(key, row_id)


def _read(cursor: str, field: str) -> tuple[str, str | int, str]:
    try:
        if len(cursor) > MOST_CURSOR_CHARACTERS:
            raise ValueError
        name, key, row_id = orjson.loads(urlsafe_b64decode(cursor))
        if not (isinstance(name, str) and name.isidentifier() and is_id(row_id)):
            raise ValueError
        if not isinstance(key, str) and not (type(key) is int and 0 <= key <= _LARGEST_KEY):
            raise ValueError
    except (ValueError, TypeError):
        # binascii's and orjson's errors are ValueErrors too.
        raise _malformed(field) from None
    return name, key, row_id


def _malformed(field: str) -> Mistake:
    return Mistake(
        "This is not a cursor of this list.",
        code="INVALID_CURSOR",
        field=field,
        hint="Pass an edge's cursor, or pageInfo's endCursor, as it came.",
    )


@dataclass(frozen=True)
class PageArguments:
    """A connection's arguments as they were given."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None


def page_wish(given: PageArguments, ordering: Ordering, most: int) -> PageWish:
    """Check a connection's arguments; raises `Mistake`."""
    if given.first is not None and given.last is not None:
        raise Mistake(
            "`first` and `last` exclude each other.",
            code="FIRST_AND_LAST",
            field="last",
            hint="Give one of them.",
        )
    _check_size("first", given.first, most)
    _check_size("last", given.last, most)
    backwards = given.last is not None
    size = given.last if given.last is not None else given.first
    return PageWish(
        ordering,
        min(DEFAULT_SIZE, most) if size is None else size,
        None if given.after is None else position_at(given.after, ordering, "after"),
        None if given.before is None else position_at(given.before, ordering, "before"),
        backwards,
    )


def _check_size(field: str, size: int | None, most: int) -> None:
    if size is not None and not 1 <= size <= most:
        raise Mistake(
            f"`{field}` is out of range.",
            code="PAGE_SIZE_OUT_OF_RANGE",
            field=field,
            hint=f"1 to {most} nodes; go on with the page's endCursor.",
        )


def _beyond(position: Position, ordering: Ordering, *, upwards: bool) -> Q:
    comparison = "gt" if upwards else "lt"
    if ordering.column == "id":
        return Q(**{f"id__{comparison}": position.id})
    key: Any = position.key
    further = Q(**{f"{ordering.column}__{comparison}": key})
    if len(ordering.columns) == 1:
        return further
    return further | Q(**{ordering.column: key, f"id__{comparison}": position.id})


def _check_key(position: Position, table: type[Row], column: str, field: str) -> None:
    # The ORM refuses to compare a column with what it cannot hold.
    longest = getattr(table._meta.fields_map[column], "max_length", None)
    if isinstance(position.key, str) and longest is not None and len(position.key) > longest:
        raise _malformed(field)


def _selected(query: QuerySet[RowT], wish: PageWish) -> QuerySet[RowT]:
    ordering = wish.ordering
    for field, position in (("after", wish.after), ("before", wish.before)):
        if position is not None:
            _check_key(position, query.model, ordering.column, field)
    if wish.after is not None:
        query = query.filter(_beyond(wish.after, ordering, upwards=not ordering.descending))
    if wish.before is not None:
        query = query.filter(_beyond(wish.before, ordering, upwards=ordering.descending))
    # One row more than asked for tells whether there are more.
    return query.order_by(*ordering.sort_keys(reverse=wish.backwards)).limit(wish.size + 1)


def _cut(rows: list[RowT], wish: PageWish) -> Page[RowT]:
    more = len(rows) > wish.size
    rows = rows[: wish.size]
    if wish.backwards:
        return Page(rows[::-1], wish.before is not None, more, wish.ordering)
    return Page(rows, more, wish.after is not None, wish.ordering)


async def page(query: QuerySet[RowT], wish: PageWish) -> Page[RowT]:
    """One page of what `query` selects, in one query."""
    return _cut(await _selected(query, wish), wish)


async def pages(queries: Sequence[QuerySet[RowT]], wish: PageWish) -> list[Page[RowT]]:
    """The same page of each of several queries of one table, in at most two queries."""
    if len(queries) == 1:
        return [await page(queries[0], wish)]
    ids = await _ids_of_all([_selected(query, wish).only("id") for query in queries])
    table = queries[0].model
    rows = {row.id: row for row in await table.filter(id__in=[i for found in ids for i in found])}
    return [_cut([rows[row_id] for row_id in found if row_id in rows], wish) for found in ids]


async def _ids_of_all(queries: Sequence[QuerySet[RowT]]) -> list[list[str]]:
    # Each part walks its own index and stops at its limit, which a window function would not.
    parts: list[str] = []
    values: list[Any] = []
    for number, query in enumerate(queries):
        query.sql()
        sql, parameters = query.query.get_parameterized_sql()
        parts.append(f"SELECT {number} AS part, id FROM ({sql}) AS part_{number}")  # noqa: S608
        values.extend(parameters)
    _, found = await get_connection("default").execute_query(" UNION ALL ".join(parts), values)
    ids: list[list[str]] = [[] for _ in queries]
    for row in found:
        ids[row["part"]].append(row["id"])
    return ids
