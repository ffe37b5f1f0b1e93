"""JSON as it crosses the wire: decoded within a bound on nesting, encoded by orjson."""

import json
from typing import Any

import orjson
from strawberry.types import ExecutionResult

from tablecast.api.graphql.errors import presented
from tablecast.errors import Mistake

# Deeper JSON than any input of ours; far from where recursion would end.
NESTING = 64


class Malformed(Mistake):
    """What was sent is no GraphQL request."""


def encode(value: object) -> bytes:
    """Encode an answer; NaN and infinities become null."""
    try:
        return orjson.dumps(value)
    except TypeError:
        # Integers beyond 64 bits, which a JSON scalar may hold.
        return json.dumps(value, separators=(",", ":"), default=str).encode()


def payload_of(result: ExecutionResult) -> dict[str, Any]:
    """An execution's result as the response tells it."""
    payload: dict[str, Any] = {"data": result.data}
    if result.errors:
        payload["errors"] = [presented(error) for error in result.errors]
    if result.extensions:
        payload["extensions"] = result.extensions
    return payload


def decode(text: bytes | str) -> Any:
    """Decode JSON that is not nested beyond `NESTING`; raises `Malformed`."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as exc:
        raise Malformed("This is not valid JSON.", code="MALFORMED", hint=str(exc)) from exc
    if not _shallow(text) and _too_deep(value):
        raise Malformed("This JSON is nested too deeply.", code="MALFORMED")
    return value


def _shallow(text: bytes | str) -> bool:
    # With so few brackets it cannot be deep: most requests are spared the walk.
    if isinstance(text, str):
        return text.count("{") + text.count("[") <= NESTING
    return text.count(b"{") + text.count(b"[") <= NESTING


def _too_deep(value: object) -> bool:
    level = [value]
    for _ in range(NESTING):
        level = [inner for outer in level for inner in _containers(outer)]
        if not level:
            return False
    return True


def _containers(value: object) -> list[object]:
    if isinstance(value, dict):
        value = list(value.values())
    return [v for v in value if isinstance(v, dict | list)] if isinstance(value, list) else []
