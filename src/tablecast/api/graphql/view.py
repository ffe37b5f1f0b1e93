"""The GraphQL endpoint: POST for queries and mutations, graphql-transport-ws for all three."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError, MissingQueryError
from strawberry.schema.base import BaseSchema
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from tablecast import tracing
from tablecast.api.auth import Authenticator, Unauthenticated
from tablecast.api.context import Principal
from tablecast.api.graphql.errors import NO_SUCH_OPERATION, mistake_extensions
from tablecast.api.graphql.requests import Operation, Unsupported, read_operation
from tablecast.api.graphql.sharing import Sharing
from tablecast.api.graphql.sources import Sources
from tablecast.api.graphql.websocket import Adapter, Connecting, Connection
from tablecast.api.graphql.wire import Malformed, decode, encode, payload_of
from tablecast.api.responses import status_of
from tablecast.errors import Mistake
from tablecast.metering import WEBSOCKETS
from tablecast.settings import Limits, Settings

ContextFor = Callable[[Principal], Any]

_BY_POST = frozenset({OperationType.QUERY, OperationType.MUTATION})


class GraphQLEndpoint(GraphQL[Any, None]):
    """An ASGI application for one schema; `context_for` makes the context of one operation."""

    websocket_adapter_class = Adapter  # type: ignore[assignment]
    graphql_transport_ws_handler_class = Connection

    def __init__(
        self,
        schema: BaseSchema,
        authenticator: Authenticator,
        context_for: ContextFor,
        settings: Settings,
        limits: Limits,
    ) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            allow_queries_via_get=False,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=timedelta(seconds=limits.websocket_init_seconds),
            max_subscriptions_per_connection=limits.subscriptions_per_connection,
            allowed_origins=settings.allowed_origins,
        )
        self.authenticator = authenticator
        self.context_for = context_for
        self.limits = limits
        self.sharing = Sharing(cast("Any", schema)._schema, limits)
        self.sources = Sources(schema, context_for)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hold a websocket's whole conversation."""
        if scope["type"] == "websocket":
            with WEBSOCKETS.track_inprogress():
                await self.run(WebSocket(scope, receive, send))
            return
        request = Request(scope, receive)
        with tracing.span("graphql", parent=request.headers.get("traceparent"), kind="server"):
            response = await self._answer(request)
        await response(scope, receive, send)

    async def get_context(self, request: Any, response: Any) -> Connecting:
        """What is known of a websocket before connection_init names who asks."""
        headers = request.headers
        return Connecting(headers.get("authorization"), traceparent=headers.get("traceparent"))

    async def on_ws_connect(self, context: Connecting) -> dict[str, object] | None:
        """Let in who has a good token in connection_init, or else in the handshake's header."""
        try:
            context.principal = self.authenticator.principal(context.authorization())
        except Unauthenticated as exc:
            raise ConnectionRejectionError from exc
        return None

    def decode_json(self, data: str | bytes) -> object:
        """Decode as every other text that arrives."""
        return decode(data)

    def encode_json(self, data: object) -> bytes:
        """Encode as every other answer that leaves."""
        return encode(data)

    async def _answer(self, request: Request) -> Response:
        if request.method != "POST":
            return _refused(405, "METHOD_NOT_ALLOWED", "GraphQL is asked by POST.", Allow="POST")
        try:
            principal = self.authenticator.principal(request.headers.get("authorization"))
            operation = await read_operation(request, self.limits.body_bytes)
            result = await self._execute(operation, principal)
        except Unauthenticated as exc:
            return _mistaken(401, exc, **{"WWW-Authenticate": "Bearer"})
        except Mistake as exc:
            return _mistaken(415 if isinstance(exc, Unsupported) else status_of(exc), exc)
        return _json(self.encode_json(payload_of(result)))

    async def _execute(self, operation: Operation, principal: Principal) -> ExecutionResult:
        try:
            return await self.schema.execute(
                operation.query,
                variable_values=operation.variables,
                context_value=self.context_for(principal),
                operation_name=operation.operation_name,
                allowed_operation_types=_BY_POST,
            )
        except InvalidOperationTypeError as exc:
            raise Malformed(
                "Subscriptions need a websocket.", code="WEBSOCKET_NEEDED", field="query"
            ) from exc
        except (CannotGetOperationTypeError, MissingQueryError) as exc:
            raise Malformed(
                NO_SUCH_OPERATION, code="NO_SUCH_OPERATION", field="operationName"
            ) from exc


def _mistaken(status: int, mistake: Mistake, **headers: str) -> Response:
    entry = {"message": mistake.message, "extensions": mistake_extensions(mistake)}
    return _json(encode({"errors": [entry]}), status, headers)


def _refused(status: int, code: str, message: str, **headers: str) -> Response:
    return _mistaken(status, Malformed(message, code=code), **headers)


def _json(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status, headers, media_type="application/json")
