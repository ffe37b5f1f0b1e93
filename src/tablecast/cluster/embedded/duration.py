"""Go's durations as Argo takes them: "600s", "1m30s", "2h", or a bare number of seconds."""

import re

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"([0-9.]+)(ms|s|m|h|d)?")


def seconds_of(duration: str | float) -> float:
    """Return a duration in seconds."""
    return sum(float(n) * _UNITS[unit or "s"] for n, unit in _PART.findall(str(duration)))
