"""done.json: a step's outputs are complete, and what they were made of.

It is written last, whole or not at all, so that a run killed at any moment is simply not done.
"""

import os
import shutil
from pathlib import Path
from typing import Any

from tablecast_steps.jsonfiles import read_json, write_json

# Raise it when a step's outputs change shape: what an older image made is then made anew.
FORMAT = 1
DONE = "done.json"


def completed(folder: Path, inputs: str | None) -> dict[str, Any] | None:
    """Return done.json where the outputs are all there, were made by this format, and from
    `inputs` (None: whatever they were made from); else None."""
    done = read_json(folder / DONE)
    if not isinstance(done, dict) or done.get("format") != FORMAT:
        return None
    if inputs is not None and done["inputs"] != inputs:
        return None
    return done if _sizes(folder) == done["files"] else None


def start_over(folder: Path) -> None:
    """Make the folder, empty; done.json goes first, for what follows may be killed half-way."""
    (folder / DONE).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)


def mark_done(
    folder: Path, inputs: str, result: dict[str, Any], warnings: list[dict[str, Any]]
) -> None:
    """Write done.json after everything else in the folder has reached the disk."""
    for path in _files(folder):
        with path.open("rb") as file:
            os.fsync(file.fileno())
    done = {
        "format": FORMAT,
        "inputs": inputs,
        "files": _sizes(folder),
        "result": result,
        "warnings": warnings,
    }
    write_json(folder / DONE, done)


def _files(folder: Path) -> list[Path]:
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in (DONE, DONE + ".part")
    ]


def _sizes(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_size for path in _files(folder)}
