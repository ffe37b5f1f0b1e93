"""One websocket's conversation by graphql-transport-ws, every frame checked before it is used.

Close codes: 4400 not the protocol, 4403 no good token (or no longer), 4408 no connection_init in
time, 1009 a frame too large. Each operation has a context of its own, but for those that
are shared: they are executed once for all who ask alike, and only wrapped here.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from graphql import GraphQLError
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from strawberry.http.async_base_view import AsyncWebSocketAdapter
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    Operation as Running,
)
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.utils.aio import aclosing

from tablecast import tracing
from tablecast.api.context import Principal
from tablecast.api.graphql.errors import presented
from tablecast.api.graphql.requests import operation_of
from tablecast.api.graphql.source import Refused
from tablecast.api.graphql.wire import Malformed, decode, encode, payload_of
from tablecast.metering import SENT, SUBSCRIBERS

BAD_MESSAGE, FORBIDDEN, TOO_LARGE = 4400, 4403, 1009
ID_CHARACTERS = 128
# A close frame's reason has room for 123 bytes.
_REASON = 120


@dataclass
class Connecting:
    """What a websocket said of itself; `principal` once it was let in."""

    header: str | None
    connection_params: dict[str, Any] | None = None
    principal: Principal | None = None
    traceparent: str | None = None

    def authorization(self) -> str | None:
        """The token in connection_init's payload, or else in the handshake's header."""
        for name, value in (self.connection_params or {}).items():
            if name.lower() == "authorization" and value not in (None, ""):
                return value if isinstance(value, str) else "not text"
        return self.header


class Adapter(AsyncWebSocketAdapter):
    """A Starlette websocket as strawberry's handler wants it: decoded frames in, encoded ones out."""

    def __init__(self, view: Any, request: WebSocket, response: WebSocket) -> None:
        super().__init__(view)
        self._socket = response
        self._most_bytes: int = view.limits.websocket_message_bytes

    async def iter_json(
        self, *, ignore_parsing_errors: bool = False
    ) -> AsyncGenerator[object, None]:
        """Yield each frame's value until the connection ends, from whichever side."""
        while self._open():
            frame = await self._socket.receive()
            if frame["type"] == "websocket.disconnect":
                return
            text = frame.get("text")
            if text is None:
                await self.close(BAD_MESSAGE, "Frames are text.")
            elif len(text) > self._most_bytes:
                await self.close(TOO_LARGE, f"Frames have at most {self._most_bytes} bytes.")
            else:
                try:
                    value = decode(text)
                except Malformed as exc:
                    await self.close(BAD_MESSAGE, exc.message)
                else:
                    yield value

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send one message as a text frame."""
        await self.send_text(encode(message).decode())

    async def send_text(self, text: str) -> None:
        """Send one message that is encoded already."""
        await self._send({"type": "websocket.send", "text": text})

    async def close(self, code: int, reason: str) -> None:
        """Close, unless it is closed already."""
        if self._open():
            with suppress(WebSocketDisconnected):
                close = {"type": "websocket.close", "code": code, "reason": reason[:_REASON]}
                await self._send(close)

    async def _send(self, message: dict[str, Any]) -> None:
        try:
            await self._socket.send(message)
        except (WebSocketDisconnect, RuntimeError) as exc:
            # RuntimeError is Starlette's for what is sent after the close.
            raise WebSocketDisconnected from exc

    def _open(self) -> bool:
        return self._socket.application_state is WebSocketState.CONNECTED


class Connection(BaseGraphQLTransportWSHandler[Connecting, None]):
    """Strawberry's handler, with frames checked, errors presented, and an end when the token ends."""

    _expiry: asyncio.Task[None] | None = None

    async def handle_message(self, message: Any) -> None:
        """Check a frame's shape, then let the protocol have it."""
        fault = _fault(message)
        if fault:
            await self.handle_invalid_message(fault)
        else:
            await super().handle_message(message)

    async def handle_connection_init(self, message: Any) -> None:
        """Let the client in or not; what lets it in may end."""
        await super().handle_connection_init(message)
        principal = self.context.principal
        if principal is not None and principal.expires_at is not None and self._expiry is None:
            self._expiry = asyncio.create_task(self._close_at(principal.expires_at))

    async def handle_subscribe(self, message: Any) -> None:
        """Start an operation, if there is room for one more."""
        most = self.max_subscriptions_per_connection
        full = most is not None and len(self.operations) >= most
        if full and self.connection_acknowledged and message["id"] not in self.operations:
            error = GraphQLError(
                f"A connection has at most {most} operations at a time.",
                extensions={"code": "TOO_MANY_SUBSCRIPTIONS", "limit": most},
            )
            await self._send_errors(message["id"], [error])
        else:
            await super().handle_subscribe(message)

    async def run_operation(self, operation: Running[Connecting, None]) -> None:
        """Follow one operation to its end, shared or executed alone, and send each result."""
        parent = self.context.traceparent
        try:
            with (
                SUBSCRIBERS.track_inprogress(),
                tracing.span("graphql", parent=parent, kind="server"),
            ):
                await self._run(operation)
        except WebSocketDisconnected:
            return
        except Exception as exc:
            error = (
                exc if isinstance(exc, GraphQLError) else GraphQLError(str(exc), original_error=exc)
            )
            with suppress(WebSocketDisconnected):
                await operation.send_operation_message(_errors(operation.id, [error]))

    async def _run(self, operation: Running[Connecting, None]) -> None:
        view, principal = cast("Any", self.view), self.context.principal
        shared = view.sharing.shared(
            operation.query, operation.operation_name, operation.variables, principal
        )
        if shared is None:
            await self._run_alone(operation)
            return
        try:
            await self._send_shared(operation.id, view.sources.payloads(shared))
        except Refused:
            await self._run_alone(operation)
        else:
            await operation.send_operation_message(_complete(operation.id))

    async def _send_shared(self, id_: str, payloads: AsyncGenerator[str, None]) -> None:
        beginning = f'{{"id":{encode(id_).decode()},"type":"next","payload":'
        async with aclosing(payloads):
            async for payload in payloads:
                await cast("Adapter", self.websocket).send_text(f"{beginning}{payload}}}")
                SENT.inc()

    async def _run_alone(self, operation: Running[Connecting, None]) -> None:
        results = await self.schema.stream(
            operation.query,
            variable_values=operation.variables,
            context_value=cast("Any", self.view).context_for(self.context.principal),
            operation_name=operation.operation_name,
        )
        async with aclosing(results):
            async for result in results:
                if isinstance(result, PreExecutionError):
                    errors = _errors(operation.id, result.errors or [])
                    await operation.send_operation_message(errors)
                    return
                assert isinstance(result, ExecutionResult)
                await operation.send_operation_message(_next(operation.id, result))
                SENT.inc()
        await operation.send_operation_message(_complete(operation.id))

    async def shutdown(self) -> None:
        """End everything that runs for this connection."""
        if self._expiry is not None:
            self._expiry.cancel()
        await super().shutdown()

    async def _close_at(self, moment: float) -> None:
        await asyncio.sleep(max(0.0, moment - time.time()))
        await self.websocket.close(FORBIDDEN, "The token has expired.")

    async def _send_errors(self, id_: str, errors: list[GraphQLError]) -> None:
        await self.send_message(_errors(id_, errors))


def _next(id_: str, result: ExecutionResult) -> Any:
    return {"id": id_, "type": "next", "payload": payload_of(result)}


def _complete(id_: str) -> Any:
    return {"id": id_, "type": "complete"}


def _errors(id_: str, errors: list[GraphQLError]) -> Any:
    return {"id": id_, "type": "error", "payload": [presented(error) for error in errors]}


def _fault(message: object) -> str:
    """What is wrong with a frame's shape; empty where nothing is."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return "A message is an object with a type."
    if message["type"] not in ("subscribe", "complete"):
        return ""
    id_ = message.get("id")
    if not isinstance(id_, str) or not 0 < len(id_) <= ID_CHARACTERS:
        return f"An id is a text of 1 to {ID_CHARACTERS} characters."
    if message["type"] == "subscribe":
        try:
            operation_of(message.get("payload"))
        except Malformed as exc:
            return exc.message
    return ""
