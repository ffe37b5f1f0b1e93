"""Matches: which of the known names somebody may have meant by one that is unknown."""

from collections.abc import Iterable
from difflib import get_close_matches

# Comparing with every column of the widest table would take seconds; a hint is not worth that.
COMPARED = 2_000


def close_matches(wanted: str, known: Iterable[str]) -> str:
    """One sentence naming up to three known names that are close to `wanted`; "" where none is."""
    names = list(known)[:COMPARED]
    folded = {name.casefold(): name for name in names}
    close = get_close_matches(wanted.casefold()[:200], list(folded), n=3)
    found = ", ".join(folded[name] for name in close)
    return f"Did you mean {found}?" if found else ""
