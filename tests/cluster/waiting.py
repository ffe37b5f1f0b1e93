"""Waiting for the world to be as a sentence says, bounded in time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from tablecast.cluster.port import Call, Cluster, Kind, Manifest, Target
from tablecast.errors import ObjectMissing, Unreachable

T = TypeVar("T")

PATIENCE_SECONDS = 30.0


async def until(look: Callable[[], Awaitable[T]], seconds: float = PATIENCE_SECONDS) -> T:
    """Return the first true answer of `look`; the last one is in the failure."""
    last: Any = None
    try:
        async with asyncio.timeout(seconds):
            while True:
                last = await look()
                if last:
                    return last
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"not so within {seconds} s: {look}, last {last!r}") from None


async def found(cluster: Cluster, kind: Kind, space: str, name: str) -> Manifest | None:
    try:
        return await cluster.get(kind, space, name)
    except ObjectMissing:
        return None


async def until_object(
    cluster: Cluster,
    kind: Kind,
    space: str,
    name: str,
    holds: Callable[[Manifest], Any],
    seconds: float = PATIENCE_SECONDS,
) -> Manifest:
    """Return the object once `holds` of it."""
    last: list[Manifest | None] = [None]

    async def look() -> Manifest | None:
        last[0] = await found(cluster, kind, space, name)
        return last[0] if last[0] and holds(last[0]) else None

    try:
        seen = await until(look, seconds)
    except AssertionError:
        raise AssertionError(f"{kind.kind} {name} is not so: {last[0]}") from None
    assert seen is not None
    return seen


async def until_gone(
    cluster: Cluster, kind: Kind, space: str, name: str, seconds: float = PATIENCE_SECONDS
) -> None:
    async def look() -> bool:
        return await found(cluster, kind, space, name) is None

    await until(look, seconds)


async def answer(
    cluster: Cluster,
    space: str,
    name: str,
    path: str = "/",
    *,
    port: int = 80,
    kind: str = "Service",
) -> tuple[int, bytes] | None:
    """Return status and body, or None where nothing answers."""
    try:
        async with cluster.request(Call(Target(space, name, port, kind), path=path)) as response:
            return response.status, await response.read()
    except Unreachable:
        return None


async def until_answer(
    cluster: Cluster,
    space: str,
    name: str,
    path: str = "/",
    status: int = 200,
    seconds: float = PATIENCE_SECONDS,
) -> bytes:
    """Return the body of the first answer with `status`."""

    async def look() -> tuple[int, bytes] | None:
        got = await answer(cluster, space, name, path)
        return got if got and got[0] == status else None

    got = await until(look, seconds)
    assert got is not None
    return got[1]
