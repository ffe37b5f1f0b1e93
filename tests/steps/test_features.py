"""Training rows, and they alone, say how raw rows become a finite matrix of numbers."""

import datetime as dt
import json
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import skops.io
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tablecast_steps.frames import frame_from_rows, read_rows
from tablecast_steps.transformers import TRUSTED
from tests.steps.volume import Volume, penguins

moment = dt.datetime.fromisoformat


@pytest.fixture
def volume(tmp_path: Path) -> Volume:
    volume = Volume(tmp_path)
    volume.spec["target"] = "Species"
    return volume


def transformer(volume: Volume) -> Any:
    trusted = volume.features()["trusted"]
    return skops.io.load(volume.work("features") / "transformer.skops", trusted=trusted)


def matrix(volume: Volume, part: str) -> Any:
    path = volume.work("preprocess") / f"{part}.parquet"
    frame, _ = read_rows(path, volume.features()["inputs"], volume.spec["target"])
    return transformer(volume).transform(frame)


def test_a_real_looking_table_becomes_a_finite_matrix(volume: Volume) -> None:
    volume.put(penguins(120))

    result = volume.done("preprocess", "features")

    train, test = matrix(volume, "train"), matrix(volume, "test")
    assert (result["columns"], result["outputs"]) == (7, train.shape[1])
    assert (len(train), len(test)) == (96, 24)
    assert train.shape[1] == test.shape[1] == len(volume.features()["outputs"])
    assert np.isfinite(train).all()
    assert np.isfinite(test).all()
    assert (train.std(axis=0) > 0).sum() > 10
    assert volume.warned("features") == {("CONSTANT_COLUMN", "Region")}


def test_each_column_of_the_matrix_names_its_raw_column(volume: Volume) -> None:
    volume.put(penguins(120))
    volume.done("preprocess", "features")

    outputs = volume.features()["outputs"]
    names = [output["name"] for output in outputs]
    assert names == list(transformer(volume).get_feature_names_out())
    assert len(set(names)) == len(names)
    inputs = {each["name"] for each in volume.features()["inputs"]}
    assert {output["column"] for output in outputs} == inputs
    assert {"name": "Culmen is missing", "column": "Culmen"} in outputs
    assert {"name": "Sex = FEMALE", "column": "Sex"} in outputs
    assert {"name": "Date Egg: weekday", "column": "Date Egg"} in outputs


def test_a_model_file_needs_no_other_trust_than_the_listed_classes(volume: Volume) -> None:
    text = [f"the {at % 7} quick foxes of {at}" for at in range(120)]
    volume.put({**penguins(120), "text": text})
    volume.done("preprocess", "features")
    assert set(volume.features()["trusted"]) <= set(TRUSTED)
    assert "tablecast_steps.transformers.TextEncoder" in volume.features()["trusted"]


def test_json_of_the_step_holds_no_nan(volume: Volume) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    volume.put({**penguins(120), "inf": [float("inf"), 1.0, 2.0] * 40})
    volume.done("preprocess", "features")
    files = [*volume.work("features").glob("*.json"), *volume.work("preprocess").glob("*.json")]
    assert len(files) == 4
    for file in files:
        json.loads(file.read_text(), parse_constant=refuse)


@settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(shift=st.floats(-1e6, 1e6), word=st.text(max_size=5), day=st.integers(1, 28))
def test_no_test_row_influences_the_transformer(
    volume: Volume, shift: float, word: str, day: int
) -> None:
    table = penguins(90)
    part = ["test" if at % 4 == 0 else "train" for at in range(90)]
    table["Culmen"] = [None if at % 11 == 0 else at / 7 for at in range(90)]
    learned = []
    for work in (1, 2):
        volume.spec["work"] = work
        volume.put({**table, "part": part})
        volume.split("COLUMN", "part")
        volume.done("preprocess", "features")
        learned.append((matrix(volume, "train"), volume.features()))
        for at in range(0, 90, 4):
            table["Culmen"][at] = None if at % 3 == 0 else shift
            table["Sex"][at] = word
            table["Comments"][at] = word
            table["Date Egg"][at] = f"1999-01-{day:02}"
    assert learned[0][1] == learned[1][1]
    assert np.array_equal(learned[0][0], learned[1][0])


def test_the_same_seed_learns_the_same(volume: Volume) -> None:
    text = [f"words {at % 9} about {at * at % 31} penguins" for at in range(120)]
    volume.put({**penguins(120), "text": text})
    made = []
    for work in (1, 2):
        volume.spec["work"] = work
        volume.done("preprocess", "features")
        made.append(matrix(volume, "test"))
    assert np.array_equal(*made)


def test_unseen_values_and_missing_ones_still_give_numbers(volume: Volume) -> None:
    text = [f"words {at % 9} about {at * at % 31} penguins" for at in range(120)]
    volume.put({**penguins(120), "text": text})
    volume.done("preprocess", "features")
    inputs = volume.features()["inputs"]
    rows = [
        {},
        {each["name"]: None for each in inputs},
        {
            "Sex": "OTHER",
            "Individual ID": "N999",
            "Culmen": 1e308,
            "Mass": -(10**30),
            "Date Egg": "9999-12-31",
            "text": "völlig anderes",
            "Comments": "x" * 100_000,
        },
    ]
    encoded = transformer(volume).transform(frame_from_rows(rows, inputs))
    names = [output["name"] for output in volume.features()["outputs"]]
    assert np.isfinite(encoded).all()
    assert np.array_equal(encoded[0], encoded[1])
    assert encoded[0][names.index("Sex is missing")] == 1
    assert encoded[2][names.index("Sex is another")] == 1
    assert encoded[2][names.index("Culmen is missing")] == 0


def target(rows: int) -> list[str]:
    return ["a", "b"] * (rows // 2)


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"x": [1] * 40, "z": pa.nulls(40)}, id="constant and empty"),
        pytest.param({"x": [f"k{at:03}" for at in range(40)]}, id="different in every row"),
    ],
)
def test_columns_that_teach_nothing_are_a_typed_error(
    volume: Volume, columns: dict[str, Any]
) -> None:
    volume.put({"Species": target(40), "unused": list(range(7, 47)), **columns})
    volume.spec["features"] = list(columns)
    error = volume.failed("preprocess", "features")
    assert error["code"] == "NO_USABLE_FEATURES"
    assert volume.warned("features")


def test_columns_with_only_a_few_values_missing_keep_what_that_tells(volume: Volume) -> None:
    values = [None if at % 4 else 1.0 for at in range(40)]
    words = [None if at % 4 else "w" for at in range(40)]
    volume.put({"Species": target(40), "n": values, "s": words, "x": list(range(7, 47))})
    volume.done("preprocess", "features")
    names = {output["name"] for output in volume.features()["outputs"]}
    assert {"n is missing", "s is missing"} <= names
    assert "n" not in names


def test_numbers_at_the_end_of_their_range_stay_finite(volume: Volume) -> None:
    huge = [1.7e308, -1.7e308, 5e-324, 0.0] * 10
    big = [2**62 + at for at in range(40)]
    volume.put({"Species": target(40), "huge": huge, "big": big, "x": list(range(7, 47))})
    volume.done("preprocess", "features")
    assert np.isfinite(matrix(volume, "train")).all()


def test_dates_before_and_after_what_most_tools_know(volume: Volume) -> None:
    days = [dt.date(1, 1, 1), dt.date(9999, 12, 31), None, dt.date(1969, 12, 31)] * 10
    volume.put({"Species": target(40), "d": days, "x": list(range(7, 47))})
    volume.done("preprocess", "features")
    inputs = {each["name"]: each for each in volume.features()["inputs"]}
    assert (inputs["d"]["minimum"], inputs["d"]["maximum"]) == ("0001-01-01", "9999-12-31")
    assert np.isfinite(matrix(volume, "test")).all()


def test_sentences_become_a_few_numbers_that_tell_them_apart(volume: Volume) -> None:
    good = [f"really good and tasty food number {at}" for at in range(60)]
    bad = [f"awful rude service again visit {at}" for at in range(60)]
    text = [line for pair in zip(good, bad, strict=True) for line in pair]
    volume.put({"Species": target(120), "text": text})
    volume.done("preprocess", "features")
    outputs = volume.features()["outputs"]
    assert 2 <= len(outputs) <= 50
    assert {output["column"] for output in outputs} == {"text"}
    train = matrix(volume, "train")
    labels = np.array(volume.rows("train").column("Species").to_pylist()) == "a"
    distance = np.abs(train[labels].mean(axis=0) - train[~labels].mean(axis=0)).max()
    assert distance > 1.5


def test_a_category_of_many_values_is_told_by_its_frequency(volume: Volume) -> None:
    city = ["Rome"] * 60 + [f"town {at % 35}" for at in range(60)]
    volume.put({"Species": target(120), "city": city, "x": list(range(7, 127))})
    volume.done("preprocess", "features")
    encoded = transformer(volume).transform(
        frame_from_rows(
            [{"city": "Rome"}, {"city": "town 1"}, {"city": "Atlantis"}],
            volume.features()["inputs"],
        )
    )
    at = [output["name"] for output in volume.features()["outputs"]].index("city")
    assert encoded[0][at] > encoded[1][at] >= encoded[2][at]
    inputs = {each["name"]: each for each in volume.features()["inputs"]}
    assert inputs["city"]["categories"] is None or len(inputs["city"]["categories"]) <= 50


def test_features_skips_when_done_and_runs_when_preprocess_changed(volume: Volume) -> None:
    volume.put(penguins(120))
    volume.done("preprocess", "features")
    assert volume.done("features")["skipped"] is True
    volume.split("FRACTION", fraction=0.5)
    volume.done("preprocess")
    assert volume.done("features")["skipped"] is False


def test_a_run_killed_before_it_was_done_is_repeated(volume: Volume) -> None:
    volume.put(penguins(120))
    volume.done("preprocess", "features")
    (volume.work("features") / "done.json").unlink()
    (volume.work("features") / "transformer.skops").write_bytes(b"half")
    assert volume.done("features")["skipped"] is False
    assert matrix(volume, "train").shape[0] == 96


@pytest.mark.parametrize("step", ["preprocess", "features"])
@pytest.mark.parametrize("after", [1, 3])
def test_a_step_killed_anywhere_is_made_good_by_the_next_run(
    volume: Volume, step: str, after: int
) -> None:
    volume.put(penguins(120))
    volume.done("preprocess", "features")
    expected = matrix(volume, "test")
    volume.spec["work"] = 2
    if step == "features":
        volume.done("preprocess")
    journal = volume.attempt(step) / "progress.jsonl"
    lines = journal.read_bytes().count(b"\n") + after
    process = volume.start("-m", f"tablecast_steps.{step}")
    while process.poll() is None and journal.read_bytes().count(b"\n") < lines:
        time.sleep(0.001)
    process.kill()
    process.communicate(timeout=30)

    volume.done("preprocess", "features")

    assert np.array_equal(matrix(volume, "test"), expected)


def test_the_steps_run_as_their_containers_run_them(volume: Volume) -> None:
    volume.put(penguins(120))
    for step in ("preprocess", "features"):
        process = volume.start("-W", "error", "-m", f"tablecast_steps.{step}")
        printed, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        # Its progress, and nothing that a library has to say.
        assert all(
            re.match(r"\d+/\d+ |[A-Z_]+( in .+)?: ", line) for line in printed.decode().splitlines()
        )
        assert (volume.root / "result.json").stat().st_size < 3000
    assert volume.result()["outputs"] > 10


def test_a_wide_table_is_encoded_within_a_minute_and_within_bounds(volume: Volume) -> None:
    generator = np.random.default_rng(0)
    words = np.array([f"w{at}" for at in range(20)])
    columns: dict[str, Any] = {f"n{at}": generator.normal(size=200) for at in range(8_000)}
    columns |= {f"s{at}": generator.choice(words, 200).tolist() for at in range(2_000)}
    volume.put({**columns, "Species": target(200)})
    volume.done("preprocess")
    began = time.monotonic()
    result = volume.done("features")
    train = matrix(volume, "train")
    assert time.monotonic() - began < 60
    assert result["columns"] == 10_000
    assert train.shape[1] <= 20_000
    assert np.isfinite(train).all()
