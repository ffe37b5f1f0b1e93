"""Where things lie on the project's volume, and how they go away.

A name that is no id never becomes a path. What is deleted is first renamed out of sight, so that it is
gone at once and wholly, however long the removing takes.
"""

import math
import re
import secrets
import shutil
from pathlib import Path

from tablecast.datastore.refusals import bad_request

_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")
STEPS = ("preprocess", "features", "train")


class Volume:
    """The folders below the volume's root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.uploads = root / "uploads"
        self.datasets = root / "datasets"
        self._trash = root / ".trash"

    def prepare(self) -> None:
        """Make the folders, and empty the trash that an earlier process left."""
        for folder in (self.uploads, self.datasets, self._trash):
            folder.mkdir(parents=True, exist_ok=True)
        for left in self._trash.iterdir():
            shutil.rmtree(left, ignore_errors=True)

    def upload(self, upload: str) -> Path:
        """Return an upload's folder."""
        return self.uploads / checked(upload)

    def dataset(self, dataset: str) -> Path:
        """Return a dataset's folder."""
        return self.datasets / checked(dataset)

    def version(self, dataset: str, version: str) -> Path:
        """Return a dataset version's folder."""
        return self.dataset(dataset) / checked(version)

    def training(self, training: str) -> Path:
        """Return a training's folder."""
        return self.root / "trainings" / checked(training)

    def attempt(self, training: str, attempt: int) -> Path:
        """Return an attempt's folder: logs, progress and what its steps made."""
        return self.training(training) / "attempts" / str(attempt)

    def step(self, training: str, attempt: int, step: str) -> Path:
        """Return the folder where a step of an attempt writes its log and progress."""
        if step not in STEPS:
            raise bad_request(f"There is no step {step[:40]!r}.", f"one of {', '.join(STEPS)}")
        return self.attempt(training, attempt) / step

    def model(self, model_version: str) -> Path:
        """Return a model version's folder."""
        return self.root / "models" / checked(model_version)

    def sweep_models(self, now: float, seconds: float) -> None:
        """Remove what a publishing that was killed left: folders beside the models' own that nothing
        has touched for `seconds` before `now`."""
        models = self.root / "models"
        for pattern in (".*.part", ".*.old"):
            for left in models.glob(pattern):
                if _last_touched(left) + seconds < now:
                    self.remove(left)

    def remove(self, folder: Path) -> None:
        """Remove a folder and all in it; one that is not there is fine."""
        hidden = self._trash / secrets.token_hex(8)
        try:
            folder.rename(hidden)
        except FileNotFoundError:
            return
        shutil.rmtree(hidden, ignore_errors=True)


def _last_touched(folder: Path) -> float:
    """Return when a folder, or anything in it, last changed; for ever where it goes at this moment."""
    try:
        return max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))
    except FileNotFoundError:
        return math.inf


def checked(name: str) -> str:
    """Return `name` if it can be an id, else raise a 400."""
    if not _ID.fullmatch(name):
        raise bad_request(f"{name[:40]!r} cannot be an id.")
    return name
