"""Transactions that a cancellation ends, and never tears, and of which one knows whether they were
committed.

Tortoise takes its connection first and begins then; cancelled between the two it would keep the
connection for ever, and with SQLite's single one everything else would wait for it.

A connection that is lost during COMMIT leaves both possible. Who can tell by a row that only this
transaction wrote says so by `written`. It reads under a lock: a commit that is still under way is
waited for, so that what it says does not change afterwards.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from tortoise.backends.base.client import TransactionContext
from tortoise.transactions import in_transaction

from tablecast.domain.retrying import patiently
from tablecast.errors import CommitUnknown, DatabaseUnavailable

# Whether the transaction was committed; None where there is nothing to tell it by.
Written = Callable[[], Awaitable[bool | None]]


@asynccontextmanager
async def transaction(written: Written | None = None) -> AsyncIterator[None]:
    """Open a transaction; commit at the end, roll back where anything is raised, cancelling too.

    Raises `DatabaseUnavailable` where a fault undid it, `CommitUnknown` where nobody can tell.
    """
    # Nothing was done yet: a connection that died in the pool is nobody's trouble.
    context = await patiently(_begin)
    try:
        yield
    except BaseException as exc:
        await context.__aexit__(type(exc), exc, exc.__traceback__)
        raise
    try:
        await context.__aexit__(None, None, None)
    except CommitUnknown as unknown:
        await _settle(unknown, written)


async def _begin() -> TransactionContext:
    context = in_transaction()
    try:
        await context.__aenter__()
    except BaseException as exc:
        # It holds the connection from when it has a token on.
        if hasattr(context, "token"):
            await context.__aexit__(type(exc), exc, exc.__traceback__)
        raise
    return context


async def _settle(unknown: CommitUnknown, written: Written | None) -> None:
    """Return where it was committed after all, raise otherwise."""
    if written is None:
        raise unknown
    try:
        found = await patiently(lambda: _asked(written))
    except DatabaseUnavailable:
        raise unknown from None
    if found is None:
        raise unknown
    if not found:
        raise DatabaseUnavailable(f"it was not committed: {unknown}") from unknown


async def _asked(written: Written) -> bool | None:
    found = None
    # Nothing was written in this one, so that its own commit may fail.
    with suppress(CommitUnknown):
        async with transaction():
            found = await written()
    return found
