"""Statements of a Tortoise client, all led through one method, in which their errors are sorted."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from tablecast.domain.faults import sorting

Act = Callable[[], Awaitable[Any]]


class Sorted:
    """To be named before the client whose statements it leads."""

    async def run_statement(self, query: str, act: Act) -> Any:
        """Run one statement; raises `DatabaseUnavailable` for a fault."""
        with sorting():
            return await act()

    async def execute_insert(self, query: str, values: list[Any]) -> Any:
        """Run an INSERT and return the id that it made."""
        act = partial(super().execute_insert, query, values)  # type: ignore[misc]
        return await self.run_statement(query, act)

    async def execute_many(self, query: str, values: list[Any]) -> None:
        """Run a statement for each of many rows, all or none."""
        act = partial(super().execute_many, query, values)  # type: ignore[misc]
        await self.run_statement(query, act)

    async def execute_query(self, query: str, values: list[Any] | None = None) -> Any:
        """Run a statement and return how many rows it concerned, and which it returned."""
        act = partial(super().execute_query, query, values)  # type: ignore[misc]
        return await self.run_statement(query, act)

    async def execute_script(self, query: str) -> None:
        """Run statements of which nothing is returned."""
        act = partial(super().execute_script, query)  # type: ignore[misc]
        await self.run_statement(query, act)
