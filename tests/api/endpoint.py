"""The GraphQL endpoint over the tiny schema, without database or cluster."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from tablecast.api.auth import Authenticator
from tablecast.api.context import Principal
from tablecast.api.graphql.view import GraphQLEndpoint
from tablecast.api.limits import extensions_for
from tablecast.settings import Limits, Settings
from tests.api.tiny import tiny_schema

SECRET = "0123456789abcdef0123456789abcdef"


def context_for(principal: Principal) -> Any:
    """What the tiny schema's resolvers need to know."""
    return SimpleNamespace(subject=principal.subject)


def endpoint_app(
    limits: Limits | None = None,
    build: Callable[..., Any] = tiny_schema,
    context: Callable[[Principal], Any] = context_for,
    **changes: Any,
) -> Starlette:
    """An application with the endpoint at /graphql; anonymous callers are `somebody`."""
    settings = Settings(**({"secret": SECRET, "anonymous": "somebody"} | changes))
    limits = limits or Limits()
    endpoint = GraphQLEndpoint(
        build(extensions_for(settings, limits)),
        Authenticator(settings),
        context,
        settings,
        limits,
    )
    return Starlette(routes=[Route("/graphql", endpoint), WebSocketRoute("/graphql", endpoint)])
