"""What is to be learned is found from the target, or refused in a sentence."""

import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.steps.volume import Volume


@pytest.fixture
def volume(tmp_path: Path) -> Volume:
    return Volume(tmp_path)


def numbers(rows: int, seed: int = 0) -> list[float]:
    generator = random.Random(seed)
    return [generator.random() for _ in range(rows)]


@pytest.mark.parametrize(
    ("values", "problem", "classes"),
    [
        pytest.param(["a", "b"] * 20, "BINARY_CLASSIFICATION", ["a", "b"], id="strings"),
        pytest.param(["yes", "no"] * 20, "BINARY_CLASSIFICATION", ["no", "yes"], id="yes and no"),
        pytest.param([True, False] * 20, "BINARY_CLASSIFICATION", ["false", "true"], id="booleans"),
        pytest.param([0.0, 1.0] * 20, "BINARY_CLASSIFICATION", ["0", "1"], id="two whole floats"),
        pytest.param(
            [0, 1, 2, 3] * 10, "MULTICLASS_CLASSIFICATION", ["0", "1", "2", "3"], id="ints"
        ),
        pytest.param(list(range(40)), "REGRESSION", None, id="many ints"),
        pytest.param([0.5, 1.5] * 20, "REGRESSION", None, id="floats"),
        pytest.param([f"{at},5" for at in range(40)], "REGRESSION", None, id="decimal commas"),
    ],
)
def test_the_problem_is_found_from_the_target(
    volume: Volume, values: list[Any], problem: str, classes: list[str] | None
) -> None:
    volume.put({"y": values, "x": numbers(40)})
    assert volume.done("preprocess")["problem"] == problem
    assert volume.schema()["target"]["classes"] == classes


def test_a_problem_that_is_asked_for_is_what_is_done(volume: Volume) -> None:
    volume.put({"y": [0, 1, 2, 3] * 10, "x": numbers(40)})
    volume.spec["problem"] = "REGRESSION"
    assert volume.done("preprocess")["problem"] == "REGRESSION"
    assert volume.rows("train").column("y").type == pa.float64()


Y = [0, 1] * 10


X = numbers(20)


@pytest.mark.parametrize(
    ("columns", "spec", "code", "column"),
    [
        pytest.param({"x": X}, {}, "TARGET_MISSING", "y", id="unknown target"),
        pytest.param(
            {"y": Y, "x": X}, {"features": ["q"]}, "FEATURE_MISSING", "q", id="unknown feature"
        ),
        pytest.param(
            {"y": pa.nulls(20), "x": X}, {}, "TARGET_ALL_NULL", "y", id="no target at all"
        ),
        pytest.param({"y": ["", " "] * 10, "x": X}, {}, "TARGET_ALL_NULL", "y", id="blank target"),
        pytest.param({"y": [1] * 20, "x": X}, {}, "ONE_CLASS", "y", id="one class"),
        pytest.param(
            {"y": [1.5] * 20, "x": X}, {"problem": "REGRESSION"}, "ONE_CLASS", "y", id="one number"
        ),
        pytest.param(
            {"y": ["rare", *("ab" * 10)[1:]], "x": X}, {}, "CLASS_TOO_SMALL", "y", id="a single row"
        ),
        pytest.param({"y": Y[:5], "x": X[:5]}, {}, "TOO_FEW_ROWS", "y", id="5 rows"),
        pytest.param(
            {"y": pa.array([], pa.int64()), "x": pa.array([], pa.string())},
            {},
            "TOO_FEW_ROWS",
            "y",
            id="no rows",
        ),
        pytest.param(
            {"y": [0, 1] * 10, "x": [0, 0, 1, 1] * 5}, {}, "TOO_FEW_ROWS", "y", id="copies"
        ),
        pytest.param(
            {"y": Y, "x": [7] * 20, "z": pa.nulls(20)},
            {},
            "NO_USABLE_FEATURES",
            None,
            id="constants",
        ),
        pytest.param(
            {"y": [f"c{at}" for at in range(20)], "x": X},
            {},
            "TOO_MANY_CLASSES",
            "y",
            id="all classes",
        ),
        pytest.param(
            {"y": ["a", "b", "c", "d"] * 5, "x": X},
            {"problem": "BINARY_CLASSIFICATION"},
            "TOO_MANY_CLASSES",
            "y",
            id="four where two were asked for",
        ),
        pytest.param(
            {"y": ["a", "b"] * 10, "x": X},
            {"problem": "REGRESSION"},
            "TARGET_NOT_NUMERIC",
            "y",
            id="a regression on text",
        ),
        pytest.param(
            {"y": [f"2020-01-{at + 1:02}" for at in range(20)], "x": X},
            {},
            "TARGET_NOT_NUMERIC",
            "y",
            id="dates",
        ),
        pytest.param({"y": list(range(20))}, {}, "NO_USABLE_FEATURES", None, id="one column"),
        pytest.param(
            {"y": pa.array([[1]] * 20), "x": X}, {}, "TARGET_MISSING", "y", id="a nested target"
        ),
    ],
)
def test_a_table_that_cannot_be_learned_from_says_why(
    volume: Volume, columns: dict[str, Any], spec: dict[str, Any], code: str, column: str | None
) -> None:
    volume.put(columns)
    volume.spec.update(spec)
    error = volume.failed("preprocess")
    assert (error["code"], error["column"]) == (code, column)
    assert error["message"].endswith(".")
    assert error["hint"].endswith(".")


def test_more_classes_than_sensible_are_refused(volume: Volume) -> None:
    volume.put({"y": [f"c{at % 101}" for at in range(1010)], "x": numbers(1010)})
    assert volume.failed("preprocess")["code"] == "TOO_MANY_CLASSES"


def test_a_table_that_changed_or_went_is_not_trained_on(volume: Volume) -> None:
    volume.put({"y": Y, "x": X})
    good = dict(volume.spec["dataset"])
    volume.spec["dataset"]["sha256"] = "0" * 64
    assert volume.failed("preprocess")["code"] == "DATASET_CHANGED"
    volume.spec["dataset"] = good
    volume.table.unlink()
    assert volume.failed("preprocess")["code"] == "DATASET_CHANGED"


def test_copies_of_the_target_are_warned_of(volume: Volume) -> None:
    y = numbers(40)
    volume.put({"y": y, "cents": [100 * value + 3 for value in y], "x": numbers(40, 1)})
    volume.done("preprocess")
    assert volume.warned("preprocess") == {("TARGET_LEAK", "cents")}

    volume.put({"y": ["a", "b"] * 20, "code": [7, 9] * 20, "x": numbers(40)})
    volume.done("preprocess")
    assert ("TARGET_LEAK", "code") in volume.warned("preprocess")
    assert ("TARGET_LEAK", "x") not in volume.warned("preprocess")
