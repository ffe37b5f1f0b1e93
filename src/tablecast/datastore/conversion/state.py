"""A version's `state.json`: one writer at a time, always whole, never half written.

While a conversion runs its child writes; the server writes before it starts and after it ended.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

CONVERTING, READY, FAILED = "CONVERTING", "READY", "FAILED"
STATE_FILE = "state.json"

_EVERY_SECONDS = 0.25


def fresh_state(source_bytes: int, source_sha256: str | None) -> dict[str, Any]:
    """Return the state of a version whose conversion has not begun."""
    return {
        "state": CONVERTING,
        "progress": 0.0,
        "error": None,
        "rows": None,
        "columns": None,
        "bytes": None,
        "source_bytes": source_bytes,
        "sha256": None,
        "source_sha256": source_sha256,
    }


def read_state(folder: Path) -> dict[str, Any] | None:
    """Return the state, or None where there is none yet."""
    try:
        state: dict[str, Any] = json.loads((folder / STATE_FILE).read_bytes())
    except FileNotFoundError:
        return None
    return state


def write_state(folder: Path, state: dict[str, Any], *, durable: bool = True) -> None:
    """Replace the state. `durable` also survives a power failure."""
    replace_file(folder / STATE_FILE, json.dumps(state).encode(), durable=durable)


def replace_file(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write `content` beside `path`, then rename it there: readers see the old or the new."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        if durable:
            os.fsync(file.fileno())
    part.replace(path)
    if durable:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames and new names in `folder` survive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Progress:
    """Writes how far a conversion is, at most four times a second."""

    def __init__(self, folder: Path, state: dict[str, Any]) -> None:
        self._folder = folder
        self._state = state
        self._written = 0.0

    def report(self, share: float) -> None:
        """Say that `share` (0..1) of the work is done; it never goes back."""
        now = time.monotonic()
        if now - self._written < _EVERY_SECONDS:
            return
        self._written = now
        self._state["progress"] = max(self._state["progress"], round(min(share, 0.99), 4))
        write_state(self._folder, self._state, durable=False)

    def part(self, begin: float, end: float) -> "Stage":
        """Return the reporter of one stage, which covers `begin`..`end` of the whole."""
        return Stage(self, begin, end)


class Stage:
    """One stage of the work: reports its own 0..1."""

    def __init__(self, progress: Progress, begin: float, end: float) -> None:
        self._progress, self._begin, self._width = progress, begin, end - begin

    def report(self, share: float) -> None:
        """Say that `share` (0..1) of this stage is done."""
        self._progress.report(self._begin + self._width * min(1.0, share))
