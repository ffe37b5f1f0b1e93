"""A small world for tests of the schema: a real database and domain behind it, fakes for what answers
over HTTP, and people who ask."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from strawberry import Schema
from tortoise.connection import get_connection

from tablecast import live
from tablecast.api.context import Context, Principal, Services
from tablecast.api.graphql.errors import presented
from tablecast.api.schema import build_schema
from tablecast.domain.feed import local_feed
from tablecast.errors import ClusterBusy, ObjectMissing
from tablecast.settings import Limits, Settings

ANN = Principal("ann")
BOB = Principal("bob")
ROOT = Principal("root", admin=True)


@dataclass
class FakeDatastore:
    """Answers previews and logs out of what the test put in."""

    logs: dict[tuple[str, int, str], bytes] = field(default_factory=dict)
    busy: bool = False

    async def preview(
        self, namespace: str, dataset_id: str, version_id: str, *, offset: int, limit: int
    ) -> dict[str, Any]:
        if self.busy:
            raise ClusterBusy("connection refused by 10.0.0.7:8080")
        rows = [["Adelie", 39.1, None], ["Gentoo", 46.1, True]][offset : offset + limit]
        return {"columns": ["species", "length", "fed"], "rows": rows, "total": 2}

    async def step_log(
        self, namespace: str, training_id: str, attempt: int, step: str, *, offset: int, limit: int
    ) -> tuple[bytes, int]:
        if self.busy:
            raise ClusterBusy("connection refused by 10.0.0.7:8080")
        log = self.logs.get((training_id, attempt, step))
        if log is None:
            raise ObjectMissing("no such log")
        data = log[offset : offset + limit]
        return data, offset + len(data)

    def signed_path(self, namespace: str, path: str, expires: int) -> str:
        return f"/files/{path}?expires={expires}&sig=abc"


@dataclass
class FakeInference:
    """Answers predictions, or raises what the test put in."""

    raises: list[Exception] = field(default_factory=list)
    asked: list[tuple[str, str, str, list[Any]]] = field(default_factory=list)

    async def predict(
        self,
        namespace: str,
        inference_service: str,
        name: str,
        instances: Sequence[Any],
        *,
        pod: str = "",
    ) -> dict[str, Any]:
        self.asked.append((namespace, inference_service, name, list(instances)))
        if self.raises:
            raise self.raises.pop(0)
        answer = {"prediction": "Adelie", "probabilities": {"Adelie": 0.9, "Gentoo": 0.1}}
        return {"predictions": [answer | {"warnings": []} for _ in instances]}


@dataclass
class Api:
    """The schema as people meet it."""

    schema: Schema = field(default_factory=build_schema)
    datastore: FakeDatastore = field(default_factory=FakeDatastore)
    inference: FakeInference = field(default_factory=FakeInference)
    limits: Limits = field(default_factory=Limits)

    def context(self, who: Principal) -> Context:
        datastore: Any = self.datastore
        inference: Any = self.inference
        settings = Settings(public_url="https://tablecast.example", secret="s" * 32)
        return Context(who, Services(datastore, inference, settings, self.limits))

    async def execute(self, who: Principal, query: str, **variables: Any) -> Any:
        """The whole result."""
        return await self.schema.execute(query, variables, self.context(who))

    async def ask(self, who: Principal, query: str, **variables: Any) -> Any:
        """The data of an answer without errors."""
        result = await self.execute(who, query, **variables)
        assert not result.errors, result.errors
        return result.data

    async def codes(self, who: Principal, query: str, **variables: Any) -> list[str]:
        """The codes of an answer's errors."""
        result = await self.execute(who, query, **variables)
        return [presented(error)["extensions"]["code"] for error in result.errors]

    async def do(self, who: Principal, name: str, input: dict[str, Any], shows: str) -> Any:
        """What a mutation answers: its payload's fields `shows`, or an error."""
        result = await self.ask(who, mutation_text(name, shows), input=input)
        return result[name]

    @asynccontextmanager
    async def follow(
        self, who: Principal, query: str, **variables: Any
    ) -> AsyncIterator[AsyncGenerator[Any, None]]:
        """A subscription's results, until the end of the block."""
        stream: Any = await self.schema.subscribe(query, variables, self.context(who))
        try:
            yield stream
        finally:
            await stream.aclose()


def mutation_text(name: str, shows: str) -> str:
    """The document of a mutation that takes `$input`."""
    kind = name[0].upper() + name[1:]
    return f"""mutation($input: {kind}Input!) {{ {name}(input: $input) {{
      __typename
      ... on {kind}Payload {{ {shows} }}
      ... on Error {{ code message field hint }}
    }} }}"""


@asynccontextmanager
async def counted() -> AsyncIterator[list[tuple[str, Any]]]:
    """The SQL and the values of every query made meanwhile."""
    connection = get_connection("default")
    made: list[tuple[str, Any]] = []
    original = connection.execute_query

    async def execute_query(sql: str, values: Any = None) -> Any:
        made.append((sql, values))
        return await original(sql, values)

    connection.execute_query = execute_query  # type: ignore[method-assign, assignment]
    try:
        yield made
    finally:
        connection.execute_query = original  # type: ignore[method-assign]


async def tail() -> None:
    """Tail every followed feed into the hub until cancelled, as a server does."""
    await local_feed(0.05).run()


__all__ = ["ANN", "BOB", "ROOT", "Api", "FakeDatastore", "FakeInference", "counted", "live", "tail"]
