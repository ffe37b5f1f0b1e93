"""What a step is told: TABLECAST_SPEC as frozen dataclasses, and where things lie on the volume.

Nothing is read from the volume here, and nothing has a default that the spec should have named.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class DatasetSpec:
    """The table to learn from: `path` below the volume's root, `sha256` of that file."""

    path: str
    sha256: str
    rows: int


@dataclass(frozen=True)
class SplitSpec:
    """How test rows are held out: `kind` is FRACTION, TIME or COLUMN."""

    kind: str
    test_fraction: float
    column: str | None
    stratify: bool


@dataclass(frozen=True)
class Spec:
    """One attempt of a training, as the server wrote it; see `parse_spec`.

    `work` is the attempt that began from the start: its outputs are what this attempt goes on
    with. `features` is None where every column but the target may be used.
    """

    training: str
    attempt: int
    work: int
    model_version: str
    dataset: DatasetSpec
    target: str
    problem: str
    features: tuple[str, ...] | None
    split: SplitSpec
    algorithm: str
    hyperparameters: Mapping[str, Any]
    metric: str
    time_budget_seconds: float
    seed: int
    raw: Mapping[str, Any]

    def fingerprint(self, keys: tuple[str, ...]) -> str:
        """Return a sha256 over the named parts of the spec ("dataset.sha256" reaches inside)."""
        chosen = {key: _reach(self.raw, key) for key in keys}
        return hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()


def parse_spec(text: str) -> Spec:
    """Read TABLECAST_SPEC; KeyError, TypeError or ValueError where it is not one."""
    raw = json.loads(text)
    names = raw.get("features")
    return Spec(
        training=raw["training"],
        attempt=int(raw["attempt"]),
        work=int(raw["work"]),
        model_version=raw["model_version"],
        dataset=_dataset(raw["dataset"]),
        target=raw["target"],
        problem=raw.get("problem") or "AUTO",
        features=None if names is None else tuple(names),
        split=_split(raw.get("split") or {}),
        algorithm=raw.get("algorithm") or "AUTO",
        hyperparameters=raw.get("hyperparameters") or {},
        metric=raw.get("metric") or "AUTO",
        time_budget_seconds=float(raw.get("time_budget_seconds") or 30.0),
        seed=int(raw.get("seed") or 0),
        raw=raw,
    )


def _dataset(raw: Mapping[str, Any]) -> DatasetSpec:
    return DatasetSpec(raw["path"], raw["sha256"], int(raw["rows"]))


def _split(raw: Mapping[str, Any]) -> SplitSpec:
    fraction = raw.get("test_fraction")
    stratify = raw.get("stratify")
    return SplitSpec(
        kind=raw.get("kind") or "FRACTION",
        test_fraction=0.2 if fraction is None else float(fraction),
        column=raw.get("column"),
        stratify=True if stratify is None else bool(stratify),
    )


def _reach(raw: Mapping[str, Any], key: str) -> Any:
    value: Any = raw
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


@dataclass(frozen=True)
class Places:
    """Where one attempt's things lie below `root`, the volume's mount path."""

    root: Path
    spec: Spec

    @property
    def training(self) -> Path:
        return self.root / "trainings" / self.spec.training

    @property
    def table(self) -> Path:
        """The dataset version's typed Parquet."""
        return self.root / self.spec.dataset.path

    def attempt(self, step: str) -> Path:
        """The folder of this attempt's progress.jsonl and log.txt of a step."""
        return self.training / "attempts" / str(self.spec.attempt) / step

    def work(self, step: str) -> Path:
        """The folder of a step's outputs and done.json, shared by the attempts that go on."""
        return self.training / f"work-{self.spec.work}" / step

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def model(self) -> Path:
        """The folder that `train` publishes, renamed into place as its last act."""
        return self.models / self.spec.model_version
