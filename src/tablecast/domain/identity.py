"""Identities: short, sortable by when they were made, and fit to be part of a Kubernetes name."""

import secrets
import time
from datetime import datetime

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 16

# 40 bits of milliseconds counted from here last until 2059, and keep ids at 16 characters.
_EPOCH_MS = 1_735_689_600_000


def new_id() -> str:
    """Return a fresh id: 8 characters of time, 8 random ones (40 bits), lowercase base32."""
    elapsed = max(0, time.time_ns() // 1_000_000 - _EPOCH_MS) & ((1 << 40) - 1)
    return _encode((elapsed << 40) | secrets.randbits(40))


def first_id(at: datetime) -> str:
    """Return what sorts before every id made at a time or later, and after every id made before it."""
    elapsed = max(0, int(at.timestamp() * 1_000) - _EPOCH_MS) & ((1 << 40) - 1)
    return _encode(elapsed << 40)


def is_id(text: str) -> bool:
    """Tell whether `text` has the shape of an id; says nothing of whether it exists."""
    return len(text) == LENGTH and all(character in ALPHABET for character in text)


def _encode(number: int) -> str:
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(75, -1, -5))
