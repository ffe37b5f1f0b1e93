"""What the datastore answers when it does not do what was asked: one shape for every error."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response


@dataclass(eq=False)
class Refusal(Exception):
    """An HTTP error: `code` for programs, `message` and `hint` for people."""

    status: int
    code: str
    message: str
    hint: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def response(self) -> Response:
        """Return the answer: {"error": {"code", "message", "hint"}}."""
        error = {"code": self.code, "message": self.message, "hint": self.hint}
        return json_response({"error": error}, self.status, self.headers)


def json_response(
    document: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return `document` as JSON."""
    body = orjson.dumps(document)
    return Response(body, status, dict(headers or {}), media_type="application/json")


async def refused(request: Request, exc: Exception) -> Response:
    """Turn a `Refusal` into its answer."""
    del request
    assert isinstance(exc, Refusal)
    return exc.response()


def not_found(what: str, code: str = "NOT_FOUND") -> Refusal:
    """Return the 404 for `what`."""
    return Refusal(404, code, f"There is no such {what}.")


def bad_request(message: str, hint: str = "") -> Refusal:
    """Return the 400 that says what is wrong with the request."""
    return Refusal(400, "BAD_REQUEST", message, hint)


def disk_full() -> Refusal:
    """Return the 507 for a full volume."""
    return Refusal(507, "DISK_FULL", "The project's volume is full.", "delete datasets or models")


async def json_body(request: Request, limit: int = 65_536) -> dict[str, Any]:
    """Return the request's JSON object; 400 for anything else, 413 beyond `limit` bytes."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise Refusal(413, "BODY_TOO_LARGE", f"The body takes more than {limit} bytes.")
    try:
        document = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError as exc:
        raise bad_request("The body is not JSON.") from exc
    if not isinstance(document, dict):
        raise bad_request("The body is not a JSON object.")
    return document
