"""Tortoise's SQLite, with transactions that have their write lock from the start.

By itself SQLite takes the lock at a transaction's first write, and refuses it at once, "database is
locked", where another process wrote since the transaction's first read: no time-out helps there.
A lock that is asked for first is waited for.
"""

import sqlite3

from tortoise.backends.base.client import TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)
from tortoise.exceptions import OperationalError


class ImmediateClient(SqliteClient):
    """A connection whose transactions begin as writers."""

    def _in_transaction(self) -> TransactionContext:
        return SqliteTransactionContext(_Immediate(self), self._lock)


class _Immediate(SqliteTransactionWrapper):
    async def begin(self) -> None:
        try:
            await self._connection.commit()
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error


# The name under which Tortoise looks for an engine's client.
client_class = ImmediateClient
