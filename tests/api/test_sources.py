"""Sources at their edges: who comes as one ends, and one that fails as a whole."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import GraphQLError
from strawberry.types.execution import ExecutionResult

from tablecast.api.graphql.sharing import Shared
from tablecast.api.graphql.source import Source
from tablecast.api.graphql.sources import Sources
from tablecast.live import Renewal
from tablecast.metering import REGISTRY

SHARED = Shared("subscription{thing}", None, b"{}", "ann", False)
Stream = Callable[[], AsyncGenerator[Any, None]]


def sources(*streams: Stream) -> Sources:
    """Sources of a schema whose subscriptions are these, one after the other."""
    coming = iter(streams)

    async def stream(*_: Any, **__: Any) -> AsyncGenerator[Any, None]:
        return next(coming)()

    schema: Any = SimpleNamespace(stream=stream)
    return Sources(schema, lambda _: SimpleNamespace(renewal=Renewal()))


async def heard(running: Sources) -> list[str]:
    """All that one subscriber hears."""
    return [payload async for payload in running.payloads(SHARED)]


async def at_rest() -> None:
    """Whatever can go on has gone on."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_who_comes_while_one_ends_hears_what_is_true_after_they_came() -> None:
    """Its last reading is older than they are: they are not told of it, nor that it is over."""
    go_on = asyncio.Event()

    async def ending() -> AsyncGenerator[Any, None]:
        await go_on.wait()
        yield ExecutionResult(data={"thing": None}, errors=None)

    async def anew() -> AsyncGenerator[Any, None]:
        yield ExecutionResult(data={"thing": "new"}, errors=None)

    running = sources(ending, anew)
    first = asyncio.create_task(heard(running))
    await at_rest()
    late = asyncio.create_task(heard(running))
    await at_rest()
    go_on.set()
    assert await first == ['{"data":{"thing":null}}']
    assert await late == ['{"data":{"thing":"new"}}']


async def test_what_fails_as_a_whole_is_told_to_everybody() -> None:
    """With its cause, which decides whether it is shown or masked."""
    cause = RuntimeError("no such table")

    async def failing() -> AsyncGenerator[Any, None]:
        await at_rest()
        raise cause
        yield

    running = sources(failing)
    listeners = [asyncio.create_task(heard(running)) for _ in range(3)]
    for listener in listeners:
        with pytest.raises(GraphQLError) as told:
            await listener
        assert told.value.original_error is cause


async def test_what_a_slow_listener_is_spared_is_counted() -> None:
    """One takes each of five payloads, the other the first and the last: three are left out."""
    renewal = Renewal()

    async def five() -> AsyncGenerator[Any, None]:
        for number in range(5):
            renewal.begin()
            yield ExecutionResult(data={"thing": number}, errors=None)

    async def start() -> AsyncGenerator[Any, None]:
        return five()

    def dropped() -> float:
        return REGISTRY.get_sample_value("tablecast_messages_dropped_total") or 0.0

    source = Source(start, renewal)
    slow, fast = source.join(), source.join()
    firsts = await asyncio.gather(slow.next(), fast.next())
    assert firsts == ['{"data":{"thing":0}}'] * 2
    before = dropped()
    assert [await fast.next() for _ in range(4)][-1] == '{"data":{"thing":4}}'
    assert dropped() == before
    assert await slow.next() == '{"data":{"thing":4}}'
    assert dropped() == before + 3
    await source.close()
