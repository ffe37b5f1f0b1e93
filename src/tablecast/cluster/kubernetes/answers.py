"""What an API server's answers mean: its Status objects as errors, sorted by what to do next.

Pure. The cluster's own words are kept, cut down to the one sentence that tells what is wrong.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import orjson

from tablecast.cluster.port import Kind
from tablecast.errors import (
    ClusterBusy,
    ClusterError,
    ClusterRefusal,
    ObjectConflict,
    ObjectExists,
    ObjectMissing,
    Unreachable,
    VersionGone,
)

# Enough to tell what answered in the API server's place.
SHOWN_CHARACTERS = 120

_NO_SUCH_PATH = b"404 page not found"
_STRICT = re.compile(r'strict decoding error: .*?unknown field "(?P<field>[^"]+)"', re.DOTALL)
_UNDECLARED = re.compile(r"(?P<field>\.[^\s:]+): field not declared in schema")
_NOW_BROKEN = re.compile(r"failed to (create|convert) .*typed", re.DOTALL)
_BROUGHT_BY = {
    "argoproj.io": "install Argo Workflows with its full CRDs",
    "serving.kserve.io": "install KServe with its CRDs",
}


@dataclass(frozen=True)
class Status:
    """A Status object: how an API server says no."""

    code: int
    message: str = ""
    reason: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def causes(self) -> list[dict[str, Any]]:
        """Single faults, each with a field where the server named one."""
        found = self.details.get("causes")
        return [cause for cause in found or [] if isinstance(cause, dict)]


def status_of(body: bytes) -> Status | None:
    """Read a Status object; None where the body is none."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return status_in(found) if isinstance(found, dict) else None


def status_in(found: dict[str, Any]) -> Status | None:
    """Read a Status object that was decoded already."""
    if found.get("kind") != "Status" or found.get("status") != "Failure":
        return None
    details = found.get("details")
    return Status(
        code=int(found.get("code") or 500),
        message=str(found.get("message") or ""),
        reason=str(found.get("reason") or ""),
        details=details if isinstance(details, dict) else {},
    )


def refusal(
    code: int, body: bytes, retry_after: str = "", kind: Kind | None = None
) -> ClusterError:
    """Return the error for an answer with status `code`; `kind` is what was asked about."""
    status = status_of(body)
    if status is None and code == 404 and body.strip() == _NO_SUCH_PATH and kind is not None:
        return missing_kind(kind)
    if status is None:
        return _stranger(code, body, retry_after)
    return error_of(status, retry_after, kind)


def error_of(status: Status, retry_after: str = "", kind: Kind | None = None) -> ClusterError:
    """Return the error that a Status stands for."""
    code, reason, message = status.code, status.reason, sentence(status.message)
    if code == 401:
        return unauthorized(message)
    if code == 404:
        return _missing(status, kind)
    if code == 409 and reason == "AlreadyExists":
        return ObjectExists(message, code, reason)
    if code == 409 or _is_namesake(status):
        return ObjectConflict(message, code, reason)
    if code == 410:
        return VersionGone(message, code, reason)
    if code == 429 or (code >= 500 and not _NOW_BROKEN.search(status.message)):
        seconds = status.details.get("retryAfterSeconds") or retry_after
        return ClusterBusy(message, code, reason, retry_after=_seconds(seconds))
    return _refusal(status)


def unauthorized(message: str) -> ClusterBusy:
    """Return the error for credentials that are not taken; new ones may be on their way."""
    return ClusterBusy(
        f"The cluster does not take these credentials ({message or 'Unauthorized'}): renew them.",
        401,
        "Unauthorized",
    )


def missing_kind(kind: Kind) -> ClusterRefusal:
    """Return the error for a kind that the cluster does not serve."""
    advice = _BROUGHT_BY.get(kind.group, "it may be too old")
    message = f"The cluster has no {kind.kind} ({kind.api_version}): {advice}."
    return ClusterRefusal(message, 404, "NotFound")


def _missing(status: Status, kind: Kind | None) -> ClusterRefusal:
    # Without a name it is the path itself that nobody knows.
    if kind is not None and not status.details.get("name"):
        return missing_kind(kind)
    return ObjectMissing(sentence(status.message), 404, status.reason)


def _is_namesake(status: Status) -> bool:
    """Whether an object of the same name has another UID than the one that was meant."""
    return status.code == 422 and any(one.get("field") == "metadata.uid" for one in status.causes)


def _refusal(status: Status) -> ClusterRefusal:
    named = _unknown_field(status.message)
    if named:
        what = f'has no field "{named}"'
        kind = _kind_in(status)
        return ClusterRefusal(f"{kind} {what}.", 400, "BadRequest", named)
    fields = [str(cause["field"]) for cause in status.causes if cause.get("field")]
    found = fields[0] if fields else ""
    return ClusterRefusal(sentence(status.message), status.code, status.reason, found)


def _unknown_field(message: str) -> str:
    strict = _STRICT.search(message) or _UNDECLARED.search(message)
    return strict["field"].lstrip(".") if strict else ""


def _kind_in(status: Status) -> str:
    found = re.search(r"Kind=(\w+)", status.message) or re.match(
        r"(\w+) in version", status.message
    )
    return found[1] if found else str(status.details.get("kind") or "The object")


def _stranger(code: int, body: bytes, retry_after: str) -> ClusterError:
    """Return the error for an answer that is no API server's, but for its status."""
    message = f"{code}: {shown(body) or 'no body'}"
    if code == 401:
        return unauthorized("")
    if code == 410:
        return VersionGone(message, code)
    if code == 429:
        return ClusterBusy(message, code, retry_after=_seconds(retry_after))
    return Unreachable(f"Something else answers in the API server's place: {message}", code)


def shown(body: bytes) -> str:
    """Return the beginning of a body as one line for people."""
    return " ".join(body[: 4 * SHOWN_CHARACTERS].decode(errors="replace").split())[
        :SHOWN_CHARACTERS
    ]


def sentence(message: str) -> str:
    """Return a message as one line."""
    return " ".join(message.split())


def _seconds(text: Any) -> float:
    try:
        return max(0.0, float(text))
    except (TypeError, ValueError):
        return 0.0
