"""progress.jsonl: what a step tells as it goes, a JSON object a line, each flushed at once."""

import os
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tablecast_steps.jsonfiles import encode


class Journal:
    """Appends entries to a file that the datastore follows by offset."""

    def __init__(self, path: Path) -> None:
        _cut_torn_line(path)
        self._file = path.open("a", encoding="utf-8")

    def write(self, type: str, **entry: Any) -> None:
        """Append one entry, stamped with the time in unix seconds."""
        self._file.write(encode({"at": round(time.time(), 3), "type": type, **entry}) + "\n")
        self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


def _cut_torn_line(path: Path) -> None:
    """Take away half a line that a killed run left; readers take whole lines, so none has it."""
    if not path.exists():
        return
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(path, whole)
