"""JSON answers of the routes beside GraphQL: `{"error": {"code", "message", "hint", …}}`.

The status follows from what sort of mistake it is, in one table.
"""

from typing import Any

import orjson
from starlette.responses import Response

from tablecast.api.auth import Unauthenticated
from tablecast.errors import (
    ClusterError,
    Conflict,
    DatabaseUnavailable,
    Forbidden,
    LimitReached,
    Mistake,
    NotFound,
)

RETRY_AFTER_SECONDS = 1

# A datastore's answers about a client's own bytes: tus' 460 is a wrong checksum. Others, such as a
# token that it does not take, are between it and us.
TOLD = frozenset({400, 408, 409, 410, 413, 415, 423, 460, 507})

_STATUSES: tuple[tuple[type[Mistake], int], ...] = (
    (Unauthenticated, 401),
    (NotFound, 404),
    (Forbidden, 403),
    (Conflict, 409),
    (LimitReached, 413),
    (Mistake, 400),
)


class JSON(Response):
    """A body of JSON, encoded by orjson."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Encode."""
        return orjson.dumps(content)


def error_response(
    status: int, code: str, message: str, *, hint: str = "", headers: dict[str, str] | None = None
) -> JSON:
    """An error in the shape that every route beside GraphQL uses."""
    error = {"code": code, "message": message} | ({"hint": hint} if hint else {})
    return JSON({"error": error}, status, headers)


def mistake_response(mistake: Mistake) -> JSON:
    """A person's mistake: its code, message, field, hint and limit, under the status it stands for."""
    error: dict[str, Any] = {"code": mistake.code, "message": mistake.message}
    error |= {"field": mistake.field} if mistake.field else {}
    error |= {"hint": mistake.hint} if mistake.hint else {}
    error |= {"limit": mistake.limit} if isinstance(mistake, LimitReached) else {}
    headers = {"WWW-Authenticate": "Bearer"} if isinstance(mistake, Unauthenticated) else {}
    return JSON({"error": error}, status_of(mistake), headers)


def cluster_response(error: ClusterError) -> JSON:
    """What a project's datastore said, where it is the client's to know; else 503 and `Retry-After`."""
    if error.status in TOLD and error.reason:
        return error_response(error.status, error.reason, error.message)
    seconds = max(RETRY_AFTER_SECONDS, round(getattr(error, "retry_after", 0.0)))
    return error_response(
        503,
        "UNAVAILABLE",
        "The project's datastore does not answer right now.",
        hint=f"Try again in {seconds} s.",
        headers={"Retry-After": str(seconds)},
    )


def unavailable_response(error: DatabaseUnavailable) -> JSON:
    """The database's fault: 503 and `Retry-After`."""
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return error_response(503, error.code, error.said, hint=error.hint, headers=headers)


def status_of(mistake: Mistake) -> int:
    """The HTTP status that a mistake stands for."""
    return next(status for kind, status in _STATUSES if isinstance(mistake, kind))
