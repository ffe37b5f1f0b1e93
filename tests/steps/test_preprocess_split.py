"""Test rows are held out once, for a reason, and never learned from."""

import datetime as dt
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.steps.volume import Volume


@pytest.fixture
def volume(tmp_path: Path) -> Volume:
    return Volume(tmp_path)


def numbers(rows: int, seed: int = 0) -> list[float]:
    generator = random.Random(seed)
    return [generator.random() for _ in range(rows)]


Y = [0, 1] * 10
X = numbers(20)


def test_a_single_row_of_a_class_is_learned_from_where_nothing_is_stratified(
    volume: Volume,
) -> None:
    volume.put({"y": ["rare", *(["a", "b"] * 20)], "x": numbers(41)})
    volume.spec["split"]["stratify"] = False
    for seed in range(5):
        volume.spec["seed"] = seed
        volume.done("preprocess")
        assert "rare" in volume.rows("train").column("y").to_pylist()


@settings(
    deadline=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    rows=st.integers(10, 80),
    fraction=st.floats(0.01, 0.99),
    seed=st.integers(0, 2**32 - 1),
    classes=st.integers(2, 3),
    stratify=st.booleans(),
)
def test_a_split_is_disjoint_complete_and_the_same_for_the_same_seed(
    volume: Volume, rows: int, fraction: float, seed: int, classes: int, stratify: bool
) -> None:
    volume.put({"y": [f"c{at % classes}" for at in range(rows)], "x": list(range(5, rows + 5))})
    volume.split("FRACTION", fraction=fraction)
    volume.spec["split"]["stratify"] = stratify
    volume.spec.update(seed=seed)
    parts = []
    for work in (1, 2):
        volume.spec["work"] = work
        code, result = volume.run("preprocess")
        if code:
            assert not stratify
            assert result["error"]["code"] in {"ONE_CLASS", "CLASS_TOO_SMALL"}
            return
        parts.append(
            [volume.rows(part).column("__row__").to_pylist() for part in ("train", "test")]
        )
    train, test = parts[0]
    assert parts[0] == parts[1]
    assert train
    assert test
    assert sorted(train + test) == list(range(rows))
    if stratify:
        counts = volume.schema()["class_counts"]
        assert all(count["train"] and count["test"] for count in counts)


def test_another_seed_holds_out_other_rows(volume: Volume) -> None:
    volume.put({"y": Y * 5, "x": numbers(100)})
    held_out = []
    for seed in (1, 2):
        volume.spec["seed"] = seed
        volume.done("preprocess")
        held_out.append(volume.rows("test").column("__row__").to_pylist())
    assert held_out[0] != held_out[1]


@settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.integers(0, 8), min_size=12, max_size=40), st.floats(0.05, 0.95))
def test_a_split_by_time_tests_on_the_latest_and_never_splits_a_tie(
    volume: Volume, days: list[int], fraction: float
) -> None:
    volume.put(
        {
            "y": numbers(len(days)),
            "when": [dt.date(2020, 1, 1 + day) for day in days],
        }
    )
    volume.split("TIME", "when", fraction)
    code, result = volume.run("preprocess")
    if len(set(days)) == 1:
        assert result["error"]["code"] == "SPLIT_EMPTY"
        return
    assert code == 0
    train, test = (volume.rows(part).column("when").to_pylist() for part in ("train", "test"))
    assert max(train) < min(test)


def test_rows_without_a_time_are_in_neither_part(volume: Volume) -> None:
    volume.put({"y": X, "when": [None, *range(19)]})
    volume.split("TIME", "when")
    assert volume.done("preprocess")["rows"] == {"read": 20, "train": 15, "test": 4, "dropped": 1}
    assert volume.schema()["dropped"]["unassigned"] == 1


@pytest.mark.parametrize(
    ("values", "train", "test"),
    [
        pytest.param(["train", "Test", "validation", "other"] * 5, 10, 5, id="names"),
        pytest.param([True, False, False, None] * 5, 10, 5, id="truth values"),
        pytest.param([1, 0, 0, 0] * 5, 15, 5, id="0 and 1"),
    ],
)
def test_a_column_may_say_which_rows_are_held_out(
    volume: Volume, values: list[Any], train: int, test: int
) -> None:
    volume.put({"y": numbers(20), "x": X, "part": values})
    volume.split("COLUMN", "part")
    rows = volume.done("preprocess")["rows"]
    assert (rows["train"], rows["test"], rows["dropped"]) == (train, test, 20 - train - test)
    used = {column["name"]: column["use"] for column in volume.schema()["columns"]}
    assert used == {"x": True, "part": False}


@pytest.mark.parametrize(
    ("kind", "column", "code"),
    [
        pytest.param("TIME", "nowhere", "SPLIT_COLUMN_MISSING", id="no such column"),
        pytest.param("COLUMN", None, "SPLIT_COLUMN_MISSING", id="no column named"),
        pytest.param("TIME", "text", "SPLIT_COLUMN_UNSUITABLE", id="text is no time"),
        pytest.param("COLUMN", "x", "SPLIT_COLUMN_UNSUITABLE", id="numbers name no parts"),
        pytest.param("COLUMN", "text", "SPLIT_COLUMN_UNSUITABLE", id="other names"),
        pytest.param("COLUMN", "all", "SPLIT_EMPTY", id="all for training"),
        pytest.param("TIME", "same", "SPLIT_EMPTY", id="all at the same time"),
        pytest.param("COLUMN", "by class", "ONE_CLASS", id="one class in training"),
    ],
)
def test_a_split_that_cannot_be_made_says_why(
    volume: Volume, kind: str, column: str | None, code: str
) -> None:
    volume.put(
        {
            "y": Y,
            "x": X,
            "text": ["early", "late"] * 10,
            "all": ["train"] * 20,
            "same": [2020] * 20,
            "by class": ["train", "test"] * 10,
        }
    )
    volume.split(kind, column)
    assert volume.failed("preprocess")["code"] == code
