"""Kubernetes quantities: "512Mi", "1G", "100m", "1e3"."""

import re

_SUFFIXES = {
    "": 1.0,
    "m": 1e-3,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "Ki": 2.0**10,
    "Mi": 2.0**20,
    "Gi": 2.0**30,
    "Ti": 2.0**40,
}
_PATTERN = re.compile(r"([0-9.]+(?:[eE][-+]?[0-9]+)?)([a-zA-Z]*)")


def amount(quantity: str | float) -> float:
    """Return a quantity as a number of bytes or cores; 0 for one that cannot be read."""
    found = _PATTERN.fullmatch(str(quantity))
    if not found or found[2] not in _SUFFIXES:
        return 0.0
    return float(found[1]) * _SUFFIXES[found[2]]
