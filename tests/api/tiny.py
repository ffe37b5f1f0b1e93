"""A small schema with everything that limits and transports must deal with."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any, NewType

import strawberry
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig

from tablecast.api.graphql.errors import Schema
from tablecast.errors import ClusterBusy, Conflict

Even = NewType("Even", int)


def _even(value: Any) -> int:
    if int(value) % 2:
        raise ValueError(f"{value} is odd")
    return int(value)


@strawberry.type
class Thing:
    """Something with things below it."""

    @strawberry.field
    def name(self) -> str:
        """Its name."""
        return "thing"

    @strawberry.field
    def things(self, first: int | None = None, last: int | None = None) -> "ThingConnection":
        """A page of things."""
        return ThingConnection()

    @strawberry.field
    def parts(self) -> list["Thing"]:
        """A plain list."""
        return [Thing()]

    @strawberry.field
    def inner(self) -> "Thing":
        """One thing."""
        return Thing()


@strawberry.type
class ThingEdge:
    """An edge."""

    node: Thing


@strawberry.type
class ThingConnection:
    """A page."""

    @strawberry.field
    def edges(self) -> list[ThingEdge]:
        """Its edges."""
        return [ThingEdge(node=Thing())]


@strawberry.type
class Query(Thing):
    """Everything that can be read."""

    @strawberry.field
    def whoami(self, info: strawberry.Info) -> str:
        """The subject."""
        return str(info.context.subject)

    @strawberry.field
    def echo(self, text: str) -> str:
        """What was said."""
        return text

    @strawberry.field
    def even(self, value: Even) -> int:
        """An even number."""
        return value

    @strawberry.field
    def broken(self) -> str | None:
        """Fails as no code should."""
        raise RuntimeError("the password is hunter2")

    @strawberry.field
    def refused(self) -> str | None:
        """Fails as a person's mistake."""
        raise Conflict("This name is taken.", code="NAME_TAKEN", field="name", hint="Another.")

    @strawberry.field
    def busy(self) -> str | None:
        """Fails as a cluster that is away."""
        raise ClusterBusy("connection refused by 10.0.0.1")


@strawberry.type
class Mutation:
    """Everything that can be written."""

    @strawberry.mutation
    def write(self) -> str:
        """Write."""
        return "written"


@strawberry.type
class Subscription:
    """Everything that can be followed."""

    @strawberry.subscription
    async def count(self, to: int = 3) -> AsyncGenerator[int, None]:
        """Count, and wait at the end where `to` is 0."""
        for number in range(to):
            yield number
        if not to:
            await asyncio.Event().wait()

    @strawberry.subscription
    async def fails(self) -> AsyncGenerator[int, None]:
        """Deliver one number, then fail as no code should."""
        yield 1
        raise RuntimeError("the password is hunter2")


def tiny_schema(extensions: list[Callable[[], SchemaExtension]] | None = None) -> Schema:
    """The schema, with the extensions under test."""
    config = StrawberryConfig(scalar_map={Even: strawberry.scalar(name="Even", parse_value=_even)})
    return Schema(Query, Mutation, Subscription, extensions=extensions or (), config=config)
