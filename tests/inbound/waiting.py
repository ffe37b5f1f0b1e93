"""Waiting for the world to become so, as long as a test has patience."""

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE = 5.0
PAUSE = 0.005


async def eventually(is_so: Callable[[], bool]) -> None:
    """Return once `is_so()`; raises TimeoutError after five seconds."""
    async with asyncio.timeout(PATIENCE):
        while not is_so():  # noqa: ASYNC110 -- what is looked at has no event to wait for
            await asyncio.sleep(PAUSE)


async def eventually_so(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Like `eventually`, where looking takes a wait of its own."""
    async with asyncio.timeout(PATIENCE):
        while not await is_so():  # noqa: ASYNC110 -- rows have no event to wait for
            await asyncio.sleep(PAUSE)
