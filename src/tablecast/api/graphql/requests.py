"""Reading what a client sent: bounded in bytes and nesting, and of the right shape, or refused."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import ClientDisconnect, Request

from tablecast.api.graphql.wire import Malformed, decode
from tablecast.errors import LimitReached, Mistake


class Unsupported(Mistake):
    """A content type that no GraphQL request of ours has."""


@dataclass(frozen=True)
class Operation:
    """One GraphQL request: a document, which of its operations, and their variables."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None


async def read_operation(request: Request, most_bytes: int) -> Operation:
    """Read a POST's body; raises `LimitReached`, `Unsupported` or `Malformed`."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    # Forms and text/plain are what a foreign page may send without asking first.
    if content_type != "application/json":
        raise Unsupported("A GraphQL request is sent as application/json.", code="UNSUPPORTED_TYPE")
    return operation_of(decode(await _body(request, most_bytes)))


def operation_of(payload: object) -> Operation:
    """Check the shape of a decoded request; raises `Malformed`."""
    if isinstance(payload, list):
        raise Malformed("Requests are sent one at a time, not in batches.", code="NO_BATCHES")
    if not isinstance(payload, dict):
        raise Malformed("A GraphQL request is a JSON object.", code="MALFORMED")
    query = payload.get("query")
    if not isinstance(query, str) or not query.strip():
        raise Malformed("`query` must be the text of a document.", code="MALFORMED", field="query")
    variables = payload.get("variables")
    if not isinstance(variables, dict | None):
        raise Malformed("`variables` must be an object.", code="MALFORMED", field="variables")
    name = payload.get("operationName")
    if not isinstance(name, str | None):
        raise Malformed("`operationName` must be text.", code="MALFORMED", field="operationName")
    return Operation(query, variables, name or None)


async def _body(request: Request, most_bytes: int) -> bytes:
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > most_bytes:
        raise _too_large(most_bytes)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most_bytes:
                raise _too_large(most_bytes)
    except ClientDisconnect as exc:
        raise Malformed("The request ended before its body.", code="MALFORMED") from exc
    return bytes(body)


def _too_large(most_bytes: int) -> LimitReached:
    return LimitReached(
        f"A request has at most {most_bytes} bytes.", code="REQUEST_TOO_LARGE", limit=most_bytes
    )
