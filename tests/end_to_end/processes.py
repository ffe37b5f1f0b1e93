"""Processes as /proc shows them: who started whom, and how much memory each takes."""

from collections.abc import Iterable
from pathlib import Path


def descendants(pid: int) -> set[int]:
    """Ids of all processes that a process started, and that those started."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, _text(task).split()):
            found |= {child} | descendants(child)
    return found


def alive(pids: Iterable[int]) -> set[int]:
    """Those that run, or have ended and were not waited for."""
    return {pid for pid in pids if Path(f"/proc/{pid}").exists()}


def resident(pid: int) -> int:
    """Resident bytes of a process; 0 once it has ended."""
    return _status(pid, "VmRSS")


def most_resident(pid: int) -> int:
    """The most resident bytes that a process ever had; 0 once it has ended."""
    return _status(pid, "VmHWM")


def _status(pid: int, field: str) -> int:
    for line in _text(Path(f"/proc/{pid}/status")).splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) << 10
    return 0


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
