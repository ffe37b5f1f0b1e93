"""Raw rows are the same frame wherever they come from, and the signature tells what is in them."""

import datetime as dt
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tablecast_steps.frames import cell, frame_from_rows, frame_from_table
from tablecast_steps.transformers import DateEncoder
from tests.steps.volume import Volume, penguins

moment = dt.datetime.fromisoformat


@pytest.fixture
def volume(tmp_path: Path) -> Volume:
    volume = Volume(tmp_path)
    volume.spec["target"] = "Species"
    return volume


def target(rows: int) -> list[str]:
    return ["a", "b"] * (rows // 2)


def test_the_signature_tells_what_training_rows_held(volume: Volume) -> None:
    volume.put(penguins(120))
    volume.done("preprocess", "features")
    inputs = {each["name"]: each for each in volume.features()["inputs"]}
    mass = [value for value in volume.rows("train").column("Mass").to_pylist() if value]
    days = [value for value in volume.rows("train").column("Date Egg").to_pylist() if value]
    assert "Region" not in inputs
    assert inputs["Sex"] == {
        "name": "Sex",
        "type": "STRING",
        "nullable": True,
        "nulls_seen": True,
        "categories": ["FEMALE", "MALE"],
        "minimum": None,
        "maximum": None,
    }
    assert (inputs["Mass"]["minimum"], inputs["Mass"]["maximum"]) == (min(mass), max(mass))
    assert inputs["Date Egg"]["maximum"] == max(days).isoformat()
    assert inputs["Clutch Completion"]["nulls_seen"] is False


def test_a_row_as_json_is_encoded_as_the_same_row_of_the_table(volume: Volume) -> None:
    table = {**penguins(120), "blank": [" a ", "", "b", None] * 30}
    table["when"] = [
        moment("2020-01-01T05:06:07") + dt.timedelta(hours=31 * at) for at in range(120)
    ]
    volume.put(table)
    volume.done("preprocess", "features")
    rows = [
        {
            name: value.isoformat() if isinstance(value, dt.date) else value
            for name, value in row.items()
        }
        for row in volume.rows("test").to_pylist()
    ]
    from_json = frame_from_rows(json.loads(json.dumps(rows)), volume.features()["inputs"])
    from_table = frame_from_table(volume.rows("test"), volume.features()["inputs"])
    pd.testing.assert_frame_equal(from_json, from_table)


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        pytest.param(3, "INTEGER", 3.0, id="int"),
        pytest.param("3.5", "FLOAT", 3.5, id="a number as a string"),
        pytest.param("", "FLOAT", None, id="blank"),
        pytest.param("Yes", "BOOLEAN", 1.0, id="yes"),
        pytest.param(False, "BOOLEAN", 0.0, id="false"),
        pytest.param(" a ", "STRING", "a", id="stripped"),
        pytest.param(5, "STRING", "5", id="a number as a category"),
        pytest.param(True, "STRING", "true", id="a truth value as a category"),
        pytest.param("2020-01-02", "DATE", moment("2020-01-02"), id="date"),
        pytest.param(
            "2020-01-02T03:00:00+02:00", "TIMESTAMP", moment("2020-01-02T01:00:00"), id="zoned"
        ),
    ],
)
def test_json_values_become_values_of_their_columns_type(
    value: Any, kind: str, expected: Any
) -> None:
    assert cell(value, kind) == expected


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("many", "FLOAT"),
        ([1], "INTEGER"),
        ({}, "STRING"),
        (2, "BOOLEAN"),
        ("maybe", "BOOLEAN"),
        ("11/12/2007", "DATE"),
        (20200101, "DATE"),
        pytest.param(10**400, "FLOAT", id="over a double's range"),
        pytest.param("0001-01-01T00:00:00+02:00", "TIMESTAMP", id="before the calendar in UTC"),
    ],
)
def test_json_values_of_another_type_are_refused(value: Any, kind: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        cell(value, kind)


def test_frames_are_made_without_a_warning_from_pandas(volume: Volume) -> None:
    inputs = [{"name": f"c{at}", "type": "FLOAT"} for at in range(2_000)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frame = frame_from_rows([{"c1": 1.0}], inputs)
    assert frame.shape == (1, 2_000)
    assert frame["c1"].tolist() == [1.0]
    assert frame.drop(columns="c1").isna().all(axis=None)


def test_the_parts_of_a_date_are_the_calendars(volume: Volume) -> None:
    moments = [moment("2024-02-29T13:30:00"), moment("1999-12-31T00:00:00")]
    frame = pd.DataFrame({"d": np.array(moments, dtype="datetime64[us]")})
    parts = DateEncoder(["d"]).measured(frame)
    assert parts[:, :5].tolist() == [[2024, 2, 29, 3, 13], [1999, 12, 31, 4, 0]]
    assert parts[:, 5].tolist() == [8825.5625, -1.0]
