"""Marks: which files were being loaded when the server died, kept where a restarted container finds them.

A mark is a file that names an artifact by its sha256 and counts the loads of it that never ended. It is
written before a load and taken away after it, however that ended: what stays tells that the load ended
the server. By sha256, as whoever heals a model brings the same file under another name.
"""

import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path

log = logging.getLogger("tablecast.serve")

# Once may be a node that went down. Twice is the model: a third time would make a crash loop of it.
MOST_DEATHS = 2


class Marks:
    """The marks in one folder; without a folder nothing is remembered."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def deaths(self, file: str) -> int:
        """How often the server died while it loaded a file."""
        if self._folder is None:
            return 0
        try:
            return int((self._folder / file).read_text() or 0)
        except (OSError, ValueError):
            return 0

    @contextlib.contextmanager
    def loading(self, file: str) -> Iterator[None]:
        """Hold a mark while a file is loaded."""
        if self._folder is None:
            yield
            return
        mark = self._folder / file
        try:
            self._write(mark, self.deaths(file) + 1)
        except OSError as error:
            log.warning("a load of %s cannot be marked: %s", file, error)
        try:
            yield
        finally:
            mark.unlink(missing_ok=True)

    def _write(self, mark: Path, deaths: int) -> None:
        mark.parent.mkdir(parents=True, exist_ok=True)
        with mark.open("w") as file:
            file.write(str(deaths))
            file.flush()
            # The very next moment may be the last.
            os.fsync(file.fileno())
