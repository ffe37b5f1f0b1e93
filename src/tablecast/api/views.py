"""Views: the schema's object types are declared over rows and stored JSON, and never instantiated.

A resolver returns the table's row itself; a field without a resolver is the column, or the JSON key,
of its name. So nothing is copied, and what was not asked for costs nothing.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import strawberry

from tablecast.api.context import Asking
from tablecast.api.ids import global_id
from tablecast.api.loaders import project_of
from tablecast.domain.states import Role
from tablecast.domain.tables import Row

ViewT = TypeVar("ViewT")

TYPENAMES: dict[type[Row], str] = {}
TABLES: dict[str, type[Row]] = {}


@strawberry.interface(description="Anything that has an id of its own.")
class Node:
    id: strawberry.ID = strawberry.field(
        description="Unique among all objects, stable, opaque; what `node(id)` and inputs take."
    )


def view(table: type[Row], description: str) -> Callable[[type[ViewT]], type[ViewT]]:
    """Declare the `Node` type whose objects are rows of `table`."""

    def declare(cls: type[ViewT]) -> type[ViewT]:
        TYPENAMES[table] = cls.__name__
        TABLES[cls.__name__] = table
        cls.is_type_of = classmethod(  # type: ignore[attr-defined]
            lambda _, source, __: isinstance(source, table)
        )
        return strawberry.type(cls, description=description)

    return declare


def read(source: Any, name: str) -> Any:
    """What a field without a resolver shows of its source."""
    if type(source) is dict:
        return source.get(name)
    if name == "id":
        return global_id(TYPENAMES[type(source)], source.id)
    return getattr(source, name)


def shown(source: Any) -> Any:
    """A row, or stored JSON, where a resolver promises its view."""
    return source


def edge(table: type[Row], column: str, description: str) -> Any:
    """A field that leads to the row whose id stands in `column`; null where there is none."""

    async def resolve(self: Any, info: Asking) -> Any:
        return await info.context.loaders.row(table, getattr(self, column))

    return strawberry.field(resolver=resolve, description=description)


def few(table: type[Row], column: str, description: str, order: str = "id") -> Any:
    """A field that lists all rows whose `column` holds the parent's id; for what cannot be many."""

    async def resolve(self: Any, info: Asking) -> Any:
        rows = await info.context.loaders.rows(table, self.id, column)
        return sorted(rows, key=lambda row: getattr(row, order))

    return strawberry.field(resolver=resolve, description=description)


def can(role: Role, description: str, allowed: Callable[[Any], bool] = lambda _: True) -> Any:
    """A field that tells whether the asker could do a deed now: by their role and the row's state.

    What the deed's input says, and what others do meanwhile, may still stand against it.
    """

    async def resolve(self: Any, info: Asking) -> bool:
        return allowed(self) and await info.context.loaders.may(project_of(self), role)

    return strawberry.field(resolver=resolve, description=description)
