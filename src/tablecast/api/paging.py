"""Connections: Relay's shape over `domain.pages`. No total count: counting is what makes lists slow."""

from enum import StrEnum
from typing import Annotated, Any, Generic, TypeVar

import strawberry
from strawberry import field

from tablecast.api.context import Asking, Context
from tablecast.api.enums import described
from tablecast.api.filters import lookups_of
from tablecast.domain.pages import Ordering, Page, PageArguments, PageWish, cursor_of, page_wish
from tablecast.domain.tables import Row

NodeT = TypeVar("NodeT")


class Order(StrEnum):
    """How a list is ordered."""

    CREATED_AT_DESC = "CREATED_AT_DESC"
    CREATED_AT_ASC = "CREATED_AT_ASC"


class NamedOrder(StrEnum):
    """How a list of named things is ordered."""

    CREATED_AT_DESC = "CREATED_AT_DESC"
    CREATED_AT_ASC = "CREATED_AT_ASC"
    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"


class NumberOrder(StrEnum):
    """How a list of numbered things is ordered."""

    NUMBER_DESC = "NUMBER_DESC"
    NUMBER_ASC = "NUMBER_ASC"


class EventOrder(StrEnum):
    """How events are ordered."""

    SEQUENCE_ASC = "SEQUENCE_ASC"
    SEQUENCE_DESC = "SEQUENCE_DESC"


_CREATED = {"CREATED_AT_DESC": "The newest first.", "CREATED_AT_ASC": "The oldest first."}
described(Order, **_CREATED)
described(
    NamedOrder,
    **_CREATED,
    NAME_ASC="By name, A first.",
    NAME_DESC="By name, Z first.",
)
described(NumberOrder, NUMBER_DESC="The highest number first.", NUMBER_ASC="Number 1 first.")
described(
    EventOrder,
    SEQUENCE_ASC="The oldest event first.",
    SEQUENCE_DESC="The newest event first.",
)

# An id counts up with time, so that it orders by creation and has the index.
_COLUMNS = {"CREATED_AT": "id", "NUMBER": "number", "NAME": "name", "SEQUENCE": "sequence"}


def ordering_of(order: StrEnum) -> Ordering:
    """The domain's ordering for an enumeration's value."""
    what, _, direction = order.value.rpartition("_")
    return Ordering(order.value, _COLUMNS[what], direction == "DESC")


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = field(description="Whether there are nodes after the page.")
    has_previous_page: bool = field(description="Whether there are nodes before the page.")
    start_cursor: str | None = field(description="Cursor of the page's first node.")
    end_cursor: str | None = field(
        description="Cursor of the page's last node: pass it as `after` for the next page."
    )


@strawberry.type(description="A node's place in a list.")
class Edge(Generic[NodeT]):
    cursor: str = field(description="Opaque; only good for lists in the same order.")
    node: NodeT = field(description="The node.")


@strawberry.type(description="One page of a list.")
class Connection(Generic[NodeT]):
    edges: list[Edge[NodeT]] = field(description="The page's nodes with their cursors.")
    nodes: list[NodeT] = field(description="The page's nodes alone.")
    page_info: PageInfo = field(description="Where the page lies in its list.")


class EdgeView:
    """What `Edge` is read from."""

    def __init__(self, node: Row, ordering: Ordering) -> None:
        self.node = node
        self._ordering = ordering

    @property
    def cursor(self) -> str:
        return cursor_of(self.node, self._ordering)


class PageView:
    """What `Connection` and its `PageInfo` are read from."""

    def __init__(self, page: Page[Any]) -> None:
        self._ordering = page.ordering
        self.nodes = page.rows
        self.has_next_page = page.has_next
        self.has_previous_page = page.has_previous

    @property
    def edges(self) -> list[EdgeView]:
        return [EdgeView(row, self._ordering) for row in self.nodes]

    @property
    def page_info(self) -> "PageView":
        return self

    @property
    def start_cursor(self) -> str | None:
        return cursor_of(self.nodes[0], self._ordering) if self.nodes else None

    @property
    def end_cursor(self) -> str | None:
        return cursor_of(self.nodes[-1], self._ordering) if self.nodes else None


First = Annotated[
    int | None,
    strawberry.argument(
        description="At most this many nodes from the start, or after `after`; 20."
    ),
]
After = Annotated[str | None, strawberry.argument(description="Cursor that the page begins after.")]
Last = Annotated[
    int | None,
    strawberry.argument(description="At most this many nodes from the end, or before `before`."),
]
Before = Annotated[str | None, strawberry.argument(description="Cursor that the page ends before.")]


def wish_of(context: Context, given: PageArguments, order: StrEnum) -> PageWish:
    """Which page is asked for; raises `Mistake`."""
    return page_wish(given, ordering_of(order), context.limits.page_size)


def connection(
    table: type[Row],
    column: str,
    description: str,
    order: StrEnum = Order.CREATED_AT_DESC,
    filters: type | None = None,
) -> Any:
    """A field that pages through the rows of `table` whose `column` holds the parent's id.

    `order` is the default; its enumeration says what people may choose from.
    """

    async def resolve(
        self: Any,
        info: Asking,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        order_by: Any = order,
        filter: Any = None,
    ) -> Any:
        wish = wish_of(info.context, PageArguments(first, after, last, before), order_by)
        loaders = info.context.loaders
        return PageView(await loaders.page(table, column, self.id, wish, lookups_of(filter)))

    return strawberry.field(
        resolver=paged_arguments(resolve, type(order), filters), description=description
    )


def paged_arguments(resolve: Any, order: type[StrEnum], filters: type | None) -> Any:
    """Give a resolver its list's own types of `orderBy` and `filter`; no `filter` for None."""
    resolve.__annotations__["order_by"] = Annotated[
        order, strawberry.argument(description="The order; cursors belong to it.")
    ]
    if filters is None:
        return _without_filter(resolve)
    resolve.__annotations__["filter"] = Annotated[
        filters | None, strawberry.argument(description="Only nodes that meet all of this.")
    ]
    return resolve


def _without_filter(resolve: Any) -> Any:
    async def unfiltered(
        self: Any,
        info: Asking,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        order_by: Any = None,
    ) -> Any:
        return await resolve(self, info, first, after, last, before, order_by)

    unfiltered.__annotations__["order_by"] = resolve.__annotations__["order_by"]
    defaults = resolve.__defaults__
    unfiltered.__defaults__ = defaults[: len(defaults) - 1]
    return unfiltered
