"""Tortoise's MySQL and MariaDB, where each fault is told as one, and a connection that is of no more
use is not lent again. A statement outside transactions outlives what is certain to have undone it.
"""

import asyncio
import socket
from typing import Any

import aiomysql
from tortoise.backends.base.client import (
    ConnectionWrapper,
    NestedTransactionContext,
    PoolConnectionWrapper,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.backends.mysql.client import MySQLClient, TransactionWrapper

from tablecast.domain.faults import BREAKS, Fault, fault_of, of_commit, sorting, unavailable
from tablecast.domain.retrying import patiently
from tablecast.domain.statements import Act, Sorted
from tablecast.errors import DatabaseUnavailable

# How statements begin that change nothing; the second is a union's.
_READS = ("SELECT", "(SELECT")

# Seconds that one waits for a connection of the pool. Longer, and who waits has gone; shorter, and a
# server that is slow to let in lets nobody in.
LENDING_SECONDS = 10.0


# Seconds after which a server that is gone without a word, with its machine or its network, counts as
# lost; by itself Linux waits a quarter of an hour, or two hours. One that only works long answers these.
SILENCE_SECONDS = 10
_WATCH = {
    "TCP_KEEPIDLE": SILENCE_SECONDS // 2,
    "TCP_KEEPINTVL": 1,
    "TCP_KEEPCNT": SILENCE_SECONDS // 2,
    "TCP_USER_TIMEOUT": SILENCE_SECONDS * 1000,
}


class Pool(aiomysql.Pool):  # type: ignore[misc]
    """A pool that never leaves who waits asleep, and forgets connections that lead nowhere."""

    async def acquire(self) -> aiomysql.Connection:
        """Lend a connection; raises `DatabaseUnavailable` where none can be had in time."""
        try:
            async with asyncio.timeout(LENDING_SECONDS):
                with sorting():
                    return watched(await self._acquire())
        except TimeoutError as error:
            raise DatabaseUnavailable(
                f"no connection was to be had in {LENDING_SECONDS:g} seconds"
            ) from error

    def release(self, conn: aiomysql.Connection) -> Any:
        """Take a connection back."""
        released = super().release(conn)
        # aiomysql wakes nobody for one that is closed, though there is room for a new one then.
        return self._loop.create_task(self._wakeup()) if conn.closed else released

    def give_up(self, conn: aiomysql.Connection, fault: Fault) -> None:
        """Close a lent connection; after a fail-over those in store too, which lead to the same server."""
        conn.close()
        while fault == Fault.READ_ONLY and self._free:
            self._free.popleft().close()


def watched(conn: aiomysql.Connection) -> aiomysql.Connection:
    """Have the kernel ask whether the other side is still there, where it knows how."""
    transport = conn._writer.transport
    found = transport.get_extra_info("socket")
    if found is not None and found.family in (socket.AF_INET, socket.AF_INET6):
        for name, value in _WATCH.items():
            if option := getattr(socket, name, None):
                found.setsockopt(socket.IPPROTO_TCP, option, value)
    return conn


class Client(Sorted, MySQLClient):
    """The pool's side: each statement is a transaction of its own."""

    async def create_connection(self, with_db: bool) -> None:
        """Make the pool, which connects when it is first asked; `with_db` is false to make databases."""
        settings = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "charset": self.charset,
        }
        settings |= {"password": self.password, "db": self.database if with_db else None}
        settings |= {"autocommit": True, "echo": False, "loop": asyncio.get_running_loop()}
        settings |= {"pool_recycle": -1} | self.extra
        self._pool = Pool(0, self.pool_maxsize, **settings)
        await self._post_connect()

    def acquire_connection(self) -> PoolConnectionWrapper[Any]:
        """Lend a connection for one statement."""
        return _Lent(self, self._pool_init_lock)

    def _in_transaction(self) -> TransactionContext:
        return TransactionContextPooled(_Transaction(self), self._pool_init_lock)

    async def run_statement(self, query: str, act: Act) -> Any:
        """Run one statement until no fault ends it, where that is certain to have undone it."""
        into = unavailable if query.startswith(_READS) else of_commit

        async def once() -> Any:
            with sorting(into):
                return await act()

        return await patiently(once)


class _Transaction(Sorted, TransactionWrapper):
    _connection: Any
    _parent: Client

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(_Transaction(self))

    def acquire_connection(self) -> ConnectionWrapper[Any]:
        return _Held(self._lock, self)

    async def begin(self) -> None:
        with sorting():
            await super().begin()

    async def commit(self) -> None:
        try:
            await super().commit()
        except Exception as error:
            found = of_commit(error)
            if found is None:
                raise
            self._connection.close()
            raise found from error

    async def rollback(self) -> None:
        try:
            await super().rollback()
        except Exception as error:
            if fault_of(error) is None:
                raise
            # What the server has lost the connection of it rolls back. Why we are here is raised, not
            # this: a cancellation would be swallowed.
            self._connection.close()


class _Lent(PoolConnectionWrapper[Any]):
    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        _give_up_broken(self.client._pool, self.connection, exc_val)
        await super().__aexit__(exc_type, exc_val, exc_tb)


class _Held(ConnectionWrapper[Any]):
    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        pool = self.client._parent._pool
        _give_up_broken(pool, self.connection, exc_val)
        await super().__aexit__(exc_type, exc_val, exc_tb)


def _give_up_broken(pool: Pool, connection: Any, error: BaseException | None) -> None:
    fault = fault_of(error)
    if fault in BREAKS:
        pool.give_up(connection, fault)


# The name under which Tortoise looks for an engine's client.
client_class = Client
