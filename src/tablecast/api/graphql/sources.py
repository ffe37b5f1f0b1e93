"""The sources that run in this process, by what is shared: made by the first, ended by the last."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
from strawberry.schema.base import BaseSchema

from tablecast.api.context import Principal
from tablecast.api.graphql.sharing import Shared
from tablecast.api.graphql.source import Listener, Results, Source


class Sources:
    """The sources of one endpoint; `context_for` makes the context of each."""

    def __init__(self, schema: BaseSchema, context_for: Callable[[Principal], Any]) -> None:
        self._schema = schema
        self._context_for = context_for
        self._running: dict[Shared, Source] = {}

    async def payloads(self, shared: Shared) -> AsyncGenerator[str, None]:
        """Yield the newest payload's JSON, each one once, until the subscription ends.

        Raises `Refused`, or a GraphQLError where the source failed as a whole.
        """
        served = False
        while not served:
            async with self._listening(shared) as listener:
                while (payload := await listener.next()) is not None:
                    yield payload
                # Otherwise it ended by what was read before this one came, which may be past.
                served = listener.served

    @asynccontextmanager
    async def _listening(self, shared: Shared) -> AsyncIterator[Listener]:
        source = self._running.get(shared)
        if source is None or source.ended:
            source = self._running[shared] = self._source(shared)
        listener = source.join()
        try:
            yield listener
        finally:
            if source.leave(listener):
                # Out of sight before it closes: nobody can come to what is ending.
                self._forget(shared, source)
                await source.close()

    def _forget(self, shared: Shared, source: Source) -> None:
        if self._running.get(shared) is source:
            del self._running[shared]

    def _source(self, shared: Shared) -> Source:
        context = self._context_for(Principal(shared.subject, shared.admin))

        async def start() -> Results:
            return await self._schema.stream(
                shared.document,
                variable_values=orjson.loads(shared.variables),
                context_value=context,
                operation_name=shared.operation_name,
            )

        return Source(start, context.renewal)
