"""Instants as Kubernetes writes them: UTC, whole seconds, "2026-11-23T22:37:45Z"."""

from datetime import UTC, datetime

_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def now() -> str:
    """Return the present second."""
    return written(datetime.now(UTC).timestamp())


def written(seconds: float) -> str:
    """Return Unix `seconds` as an instant, fractions cut off."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime(_FORMAT)


def seconds(instant: str) -> float:
    """Return an instant as Unix seconds."""
    return datetime.strptime(instant, _FORMAT).replace(tzinfo=UTC).timestamp()
