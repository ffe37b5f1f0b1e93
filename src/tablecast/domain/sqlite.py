"""Tortoise's SQLite, with transactions that have their write lock from the start.

By itself SQLite takes the lock at a transaction's first write, and refuses it at once, "database is
locked", where another process wrote since the transaction's first read: no time-out helps there.
A lock that is asked for first is waited for.
"""

import sqlite3
from functools import partial
from typing import Any

from tortoise.backends.base.client import TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)

from tablecast.domain.faults import sorting, unavailable
from tablecast.domain.statements import Sorted


class _Statements(Sorted):
    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> Any:
        act = partial(super().execute_query_dict, query, values)  # type: ignore[misc]
        return await self.run_statement(query, act)


class ImmediateClient(_Statements, SqliteClient):
    """A connection whose transactions begin as writers."""

    def _in_transaction(self) -> TransactionContext:
        return SqliteTransactionContext(_Immediate(self), self._lock)


class _Immediate(_Statements, SqliteTransactionWrapper):
    async def begin(self) -> None:
        with sorting():
            await self._connection.commit()
            await self._connection.execute("BEGIN IMMEDIATE")

    async def commit(self) -> None:
        try:
            await super().commit()
        except sqlite3.OperationalError as error:
            # It would stay open, and the next one's beginning would commit it.
            await self.rollback()
            raise unavailable(error) or error from error


# The name under which Tortoise looks for an engine's client.
client_class = ImmediateClient
