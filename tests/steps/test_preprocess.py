"""The dataset's table becomes training and test rows, or a sentence that says why it cannot."""

import datetime as dt
import decimal
import random
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tablecast_steps.preprocess.columns import typed_column
from tablecast_steps.preprocess.rows import repeated
from tests.steps.volume import Volume, penguins

moment = dt.datetime.fromisoformat


@pytest.fixture
def volume(tmp_path: Path) -> Volume:
    return Volume(tmp_path)


def numbers(rows: int, seed: int = 0) -> list[float]:
    generator = random.Random(seed)
    return [generator.random() for _ in range(rows)]


Y = [0, 1] * 10
X = numbers(20)


def test_a_real_looking_table_becomes_typed_rows(volume: Volume) -> None:
    volume.put(penguins(120))
    volume.spec["target"] = "Species"

    result = volume.done("preprocess")

    assert result["rows"] == {"read": 120, "train": 96, "test": 24, "dropped": 0}
    assert (result["problem"], result["columns"]) == ("MULTICLASS_CLASSIFICATION", 8)
    assert volume.types() == {
        "Region": "STRING",
        "Individual ID": "STRING",
        "Clutch Completion": "BOOLEAN",
        "Date Egg": "DATE",
        "Culmen": "FLOAT",
        "Mass": "INTEGER",
        "Sex": "STRING",
        "Comments": "STRING",
    }
    assert volume.schema()["target"] == {
        "name": "Species",
        "type": "STRING",
        "classes": ["Adelie", "Chinstrap", "Gentoo"],
    }
    assert volume.schema()["class_counts"] == [
        {"label": label, "train": 32, "test": 8} for label in ("Adelie", "Chinstrap", "Gentoo")
    ]


def test_rows_keep_their_numbers_order_and_values(volume: Volume) -> None:
    table = penguins(90)
    volume.put(table)
    volume.spec["target"] = "Species"
    volume.done("preprocess")

    rows = [*volume.rows("train").to_pylist(), *volume.rows("test").to_pylist()]
    for part in ("train", "test"):
        kept = volume.rows(part).column("__row__").to_pylist()
        assert kept == sorted(kept)
    assert sorted(row["__row__"] for row in rows) == list(range(90))
    for row in rows:
        at = row["__row__"]
        assert row["Species"] == table["Species"][at]
        assert row["Date Egg"] == dt.date.fromisoformat(table["Date Egg"][at])
        culmen = table["Culmen"][at]
        assert row["Culmen"] == (None if culmen is None else float(culmen.replace(",", ".")))


def test_every_arrow_type_finds_its_column_type(volume: Volume) -> None:
    rows = 20
    moments = [moment("2020-01-01") + dt.timedelta(hours=at) for at in range(rows)]
    volume.put(
        {
            "y": [at % 2 for at in range(rows)],
            "small": pa.array(range(rows), pa.uint8()),
            "huge": pa.array([2**64 - 1 - at for at in range(rows)], pa.uint64()),
            "half": pa.array(np.arange(rows, dtype=np.float16)),
            "decimal": pa.array([decimal.Decimal(f"{at}.25") for at in range(rows)]),
            "labels": pa.array(["a", "b"] * 10).dictionary_encode(),
            "large": pa.array(["a", "b"] * 10, pa.large_string()),
            "zoned": pa.array(moments, pa.timestamp("ns", "Europe/Berlin")),
            "day": pa.array([each.date() for each in moments], pa.date64()),
            "clock": pa.array([each.time() for each in moments], pa.time64("us")),
            "nothing": pa.nulls(rows),
            "nested": pa.array([[at] for at in range(rows)]),
        }
    )
    volume.done("preprocess")
    assert volume.types() == {
        "small": "INTEGER",
        "huge": "FLOAT",
        "half": "FLOAT",
        "decimal": "FLOAT",
        "labels": "STRING",
        "large": "STRING",
        "zoned": "TIMESTAMP",
        "day": "DATE",
        "clock": "STRING",
        "nothing": "STRING",
    }
    assert ("UNSUPPORTED_TYPE", "nested") in volume.warned("preprocess")
    row = volume.rows("train").to_pylist()[0]
    assert row["zoned"] == moments[row["__row__"]]


def test_a_zone_other_than_utc_is_the_same_moment(volume: Volume) -> None:
    zone = dt.timezone(dt.timedelta(hours=2))
    moments = [dt.datetime(2020, 1, 1, at, tzinfo=zone) for at in range(20)]
    volume.put({"y": [0, 1] * 10, "at": pa.array(moments, pa.timestamp("us", "+02:00"))})
    volume.done("preprocess")
    row = volume.rows("train").to_pylist()[5]
    assert row["at"].replace(tzinfo=dt.UTC) == moments[row["__row__"]]


def test_numbers_that_are_none_are_missing(volume: Volume) -> None:
    values = [float("nan"), float("inf"), *numbers(18)]
    volume.put({"y": [0, 1] * 10, "x": values})
    volume.done("preprocess")
    assert volume.schema()["columns"][0]["nulls"] == 2
    assert ("DOUBTFUL_TYPE", "x") in volume.warned("preprocess")


def test_ambiguous_dates_stay_text_with_a_warning(volume: Volume) -> None:
    volume.put({"y": [0, 1] * 10, "when": [f"0{1 + at % 9}/02/2007" for at in range(20)]})
    volume.done("preprocess")
    assert volume.types()["when"] == "STRING"
    assert ("DOUBTFUL_TYPE", "when") in volume.warned("preprocess")


def test_duplicates_and_rows_without_target_are_dropped_and_counted(volume: Volume) -> None:
    x = [*numbers(30), 0.5, 0.5, 0.5, None, None, 0.7, 0.7]
    y = [*([0, 1] * 15), 1, 1, 0, 1, 1, None, None]
    volume.put({"y": y, "x": x})

    result = volume.done("preprocess")

    # 0.5/1 and the missing one are there twice; rows without a target are not duplicates as well
    assert result["rows"]["dropped"] == 4
    assert volume.schema()["dropped"] == {"duplicates": 2, "without_target": 2, "unassigned": 0}


def test_a_missing_value_and_a_zero_are_not_the_same_row(volume: Volume) -> None:
    volume.put({"y": [0, 1] * 10, "x": [0, 0, None, None, *range(1, 17)], "z": ["", " "] * 10})
    assert volume.done("preprocess")["rows"]["dropped"] == 0


CELLS = st.sampled_from([None, 0.0, -0.0, 1.0, 2.0])


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(CELLS, st.sampled_from([None, "a", "b"]), st.booleans()), min_size=1))
def test_rows_are_dropped_as_duplicates_exactly_when_they_are(rows: list[Any]) -> None:
    types = (pa.float64(), pa.string(), pa.bool_())
    arrays = [
        pa.chunked_array([values], kind)
        for values, kind in zip(zip(*rows, strict=True), types, strict=True)
    ]
    columns = [
        column for at, array in enumerate(arrays) if (column := typed_column(f"c{at}", array))
    ]

    seen: set[Any] = set()
    expected = [row in seen or seen.add(row) is not None for row in rows]
    assert repeated(columns, len(rows)).tolist() == expected


def test_columns_that_only_tell_rows_apart_are_not_used(volume: Volume) -> None:
    volume.put(
        {
            "y": Y,
            "x": X,
            "customerID": [f"k{at * 7}" for at in range(20)],
            "n": list(range(1, 21)),
            "humid": list(range(100, 120)),
        }
    )
    volume.done("preprocess")
    used = {column["name"] for column in volume.schema()["columns"] if column["use"]}
    assert used == {"x", "humid"}
    assert volume.warned("preprocess") == {
        ("ID_LIKE_COLUMN", "customerID"),
        ("ID_LIKE_COLUMN", "n"),
    }


def test_features_asked_for_are_the_ones_used(volume: Volume) -> None:
    volume.put({"y": Y, "x": X, "id": [f"k{at}" for at in range(20)], "z": X})
    volume.spec["features"] = ["x", "id", "y"]
    volume.done("preprocess")
    used = {column["name"] for column in volume.schema()["columns"] if column["use"]}
    assert used == {"x", "id"}


def test_ten_thousand_columns_are_done_within_a_minute(volume: Volume) -> None:
    generator = np.random.default_rng(0)
    columns: dict[str, Any] = {f"n{at}": generator.normal(size=60) for at in range(9_000)}
    columns |= {f"s{at}": generator.choice(["a", "b", "c"], 60).tolist() for at in range(1_000)}
    volume.put({**columns, "y": ["a", "b", "c"] * 20})
    began = time.monotonic()
    assert volume.done("preprocess")["columns"] == 10_000
    assert time.monotonic() - began < 60


OUT_OF_MEMORY = """
import re, resource, sys
from pathlib import Path
from tablecast_steps.preprocess import step
from tablecast_steps.preprocess.__main__ import KIND
from tablecast_steps.runtime import run_step
held = 1024 * int(re.search(r"VmSize:\\s*(\\d+)", Path("/proc/self/status").read_text())[1])
resource.setrlimit(resource.RLIMIT_AS, (held + 2**26, held + 2**26))
sys.exit(run_step(KIND))
"""


def test_a_step_that_may_not_have_enough_memory_says_so(volume: Volume) -> None:
    generator = np.random.default_rng(0)
    columns: dict[str, Any] = {f"n{at}": generator.normal(size=400_000) for at in range(30)}
    volume.put({**columns, "y": [0, 1] * 200_000})
    process = volume.start("-c", OUT_OF_MEMORY)
    process.communicate(timeout=120)
    assert (process.returncode, volume.result()["error"]["code"]) == (2, "OUT_OF_MEMORY")
