"""What a model folder asks for. Pure but for looking: a folder in, names and files out.

In a pool KServe's agent puts each model into `<model_dir>/<name>/` and, once it is all there,
`SUCCESS.<hash of its spec>` beside it in the same folder. A dedicated server has its one file
directly in `model_dir`, mounted from the volume, and no agent.
"""

from dataclasses import dataclass
from pathlib import Path

SUFFIX = ".tablecast"
SUCCESS = "SUCCESS."


@dataclass(frozen=True)
class Found:
    """A model to be served, and what its file looked like: another look, another try.

    `path` is None where the folder holds no artifact, or more than one.
    """

    path: Path | None
    look: tuple[tuple[str, int, int], ...]


def find_models(model_dir: Path, own_name: str) -> dict[str, Found]:
    """Return what is to be served by name; nothing where there is no folder (yet)."""
    try:
        entries = sorted(model_dir.iterdir())
    except OSError:
        return {}
    found = {}
    if any(entry.suffix == SUFFIX for entry in entries):
        found[own_name] = _look(entries)
    for entry in entries:
        inside = _complete(entry)
        if inside:
            found[entry.name] = _look(inside)
    return found


def _complete(folder: Path) -> list[Path]:
    """Return a folder's files if the agent has finished it."""
    try:
        entries = sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError:
        return []
    return entries if any(entry.name.startswith(SUCCESS) for entry in entries) else []


def _look(entries: list[Path]) -> Found:
    artifacts = [entry for entry in entries if entry.suffix == SUFFIX]
    look = []
    for entry in entries:
        if entry.suffix != SUFFIX and not entry.name.startswith(SUCCESS):
            continue
        try:
            status = entry.stat()
        except OSError:
            continue
        look.append((entry.name, status.st_size, status.st_mtime_ns))
    return Found(artifacts[0] if len(artifacts) == 1 else None, tuple(look))
