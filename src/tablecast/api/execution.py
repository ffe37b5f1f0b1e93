"""Execution: what is awaited of what resolvers return.

The ORM's rows can be awaited, which gives the row itself: taken at its word, each row of a list would
cost a task.
"""

from collections.abc import Awaitable
from typing import Any, TypeGuard

from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from tablecast.domain.tables import Row


def is_awaitable(value: Any) -> TypeGuard[Awaitable[Any]]:
    """Whether a resolver's result must be awaited: a row never."""
    return optimized_is_awaitable(value) and not isinstance(value, Row)


class RowExecution(StrawberryGraphQLCoreExecutionContext):
    """Executes operations whose resolvers return rows."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.is_awaitable = is_awaitable
