"""A project's volume in a folder, and steps run on it as their containers would be."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tablecast_steps.features.__main__ import KIND as FEATURES
from tablecast_steps.preprocess.__main__ import KIND as PREPROCESS
from tablecast_steps.runtime import Kind, run_step

KINDS = {kind.name: kind for kind in (PREPROCESS, FEATURES)}


class Volume:
    """Holds one dataset and one training. `spec` may be changed between runs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.table = root / "datasets" / "d" / "v" / "table.parquet"
        self.spec: dict[str, Any] = {
            "training": "t",
            "attempt": 1,
            "work": 1,
            "model_version": "m",
            "dataset": {"path": "datasets/d/v/table.parquet", "sha256": "", "rows": 0},
            "target": "y",
            "problem": "AUTO",
            "features": None,
            "split": {
                "kind": "FRACTION",
                "test_fraction": 0.2,
                "column": None,
                "stratify": True,
            },
            "algorithm": "AUTO",
            "hyperparameters": {},
            "metric": "AUTO",
            "time_budget_seconds": 10,
            "seed": 0,
        }

    def put(self, columns: dict[str, Any] | pa.Table) -> None:
        """Make these columns the dataset."""
        table = columns if isinstance(columns, pa.Table) else pa.table(columns)
        self.table.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, self.table)
        digest = hashlib.sha256(self.table.read_bytes()).hexdigest()
        self.spec["dataset"].update(sha256=digest, rows=table.num_rows)

    def split(self, kind: str, column: str | None = None, fraction: float = 0.2) -> None:
        self.spec["split"].update(kind=kind, column=column, test_fraction=fraction)

    def run(self, step: str | Kind) -> tuple[int, dict[str, Any]]:
        """Run a step in this process; return its exit code and result."""
        kind = KINDS[step] if isinstance(step, str) else step
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment().items():
                patch.setenv(name, value)
            code = run_step(kind)
        return code, self.result()

    def done(self, *steps: str) -> dict[str, Any]:
        """Run steps that must succeed; return the last one's result."""
        for step in steps:
            code, result = self.run(step)
            assert code == 0, result
        return result

    def failed(self, *steps: str) -> dict[str, Any]:
        """Run steps of which the last must fail by the person's mistake; return its error."""
        self.done(*steps[:-1]) if len(steps) > 1 else None
        code, result = self.run(steps[-1])
        assert code == 2, result
        return result["error"]

    def start(self, *command: str, **environment: str) -> "subprocess.Popen[bytes]":
        """Start a command as a step's container."""
        return subprocess.Popen(
            [sys.executable, *command],
            env={**os.environ, **self.environment(), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def environment(self) -> dict[str, str]:
        return {
            "TABLECAST_DATA": str(self.root),
            "TABLECAST_RESULT": str(self.root / "result.json"),
            "TABLECAST_SPEC": json.dumps(self.spec),
        }

    def result(self) -> dict[str, Any]:
        return json.loads((self.root / "result.json").read_text())

    def work(self, step: str) -> Path:
        return self.root / "trainings" / "t" / f"work-{self.spec['work']}" / step

    def attempt(self, step: str) -> Path:
        return self.root / "trainings" / "t" / "attempts" / str(self.spec["attempt"]) / step

    def entries(self, step: str) -> list[dict[str, Any]]:
        lines = (self.attempt(step) / "progress.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def schema(self) -> dict[str, Any]:
        return json.loads((self.work("preprocess") / "schema.json").read_text())

    def features(self) -> dict[str, Any]:
        return json.loads((self.work("features") / "features.json").read_text())

    def rows(self, part: str) -> pa.Table:
        return pq.read_table(self.work("preprocess") / f"{part}.parquet")

    def types(self) -> dict[str, str]:
        return {column["name"]: column["type"] for column in self.schema()["columns"]}

    def warned(self, step: str) -> set[tuple[str, str | None]]:
        entries = self.entries(step)
        return {(each["code"], each["column"]) for each in entries if each["type"] == "warning"}


def penguins(rows: int = 120) -> dict[str, list[Any]]:
    """A table like the penguins' raw one: text, missing values, dates, constants."""
    species = ["Adelie", "Gentoo", "Chinstrap"]
    return {
        "Species": [species[row % 3] for row in range(rows)],
        "Region": ["Anvers"] * rows,
        "Individual ID": [f"N{row % 40}A{row % 2}" for row in range(rows)],
        "Clutch Completion": ["Yes" if row % 7 else "No" for row in range(rows)],
        "Date Egg": [f"2007-11-{1 + row % 28:02}" for row in range(rows)],
        "Culmen": [None if row % 11 == 0 else f"{30 + row % 17},{row % 10}" for row in range(rows)],
        "Mass": [None if row % 13 == 0 else 3000 + 37 * row % 901 for row in range(rows)],
        "Sex": [None if row % 9 == 0 else ["MALE", "FEMALE"][row % 2] for row in range(rows)],
        "Comments": [None if row % 5 else "Nest never observed." for row in range(rows)],
    }
