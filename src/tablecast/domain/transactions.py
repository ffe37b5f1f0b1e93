"""Transactions that a cancellation ends, and never tears.

Tortoise takes its connection first and begins then; cancelled between the two it would keep the
connection for ever, and with SQLite's single one everything else would wait for it.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from tortoise.transactions import in_transaction


@asynccontextmanager
async def transaction() -> AsyncIterator[None]:
    """Open a transaction; commit at the end, roll back where anything is raised, cancelling too."""
    context = in_transaction()
    async with AsyncExitStack() as stack:
        try:
            await context.__aenter__()
        except BaseException as exc:
            # It holds the connection from when it has a token on.
            if hasattr(context, "token"):
                await context.__aexit__(type(exc), exc, exc.__traceback__)
            raise
        stack.push_async_exit(context.__aexit__)
        yield
