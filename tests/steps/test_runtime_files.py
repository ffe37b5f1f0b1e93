"""What steps read and write is strict JSON, and whole."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tablecast_steps.jsonfiles import encode, plain, read_json, write_json
from tablecast_steps.runtime import Kind
from tablecast_steps.spec import parse_spec
from tests.steps.volume import Volume


@pytest.fixture
def volume(tmp_path: Path) -> Volume:
    return Volume(tmp_path)


def test_half_a_line_of_a_killed_run_is_cut_off(volume: Volume) -> None:
    volume.attempt("a").mkdir(parents=True)
    (volume.attempt("a") / "progress.jsonl").write_text('{"type":"progress"}\n{"type":"pro')
    volume.run(Kind("a", lambda step: step.warning("ODD", "It is odd.") or {}, ()))
    assert [entry["type"] for entry in volume.entries("a")] == ["progress", "warning"]


def test_a_spec_names_everything_a_step_may_know(volume: Volume) -> None:
    volume.spec["features"] = ["a", "b"]
    spec = parse_spec(json.dumps(volume.spec))
    assert (spec.features, spec.split.test_fraction, spec.dataset.rows) == (("a", "b"), 0.2, 0)


def test_the_fingerprint_of_a_spec_ignores_the_order_of_its_keys(volume: Volume) -> None:
    other = dict(reversed(volume.spec.items()))
    keys = ("split", "target", "dataset.sha256")
    first, second = (parse_spec(json.dumps(each)) for each in (volume.spec, other))
    assert first.fingerprint(keys) == second.fingerprint(keys)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_json_never_holds_what_json_does_not_know(value: Any) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    assert json.loads(encode(value), parse_constant=refuse) == plain(value)


def test_numpys_and_dates_go_into_json_as_plain_values() -> None:
    value = {
        "scalar": np.int64(3),
        "array": np.array([1.5, np.nan, np.inf]),
        "moment": np.datetime64("2007-11-11", "D"),
        "none": np.datetime64("NaT"),
    }
    assert plain(value) == {
        "scalar": 3,
        "array": [1.5, None, None],
        "moment": "2007-11-11",
        "none": None,
    }


def test_a_file_that_is_torn_or_missing_reads_as_nothing(tmp_path: Path) -> None:
    (tmp_path / "torn").write_text('{"a":')
    assert read_json(tmp_path / "torn") is None
    assert read_json(tmp_path / "missing") is None
    write_json(tmp_path / "whole", {"a": 1})
    assert read_json(tmp_path / "whole") == {"a": 1}
    assert not (tmp_path / "whole.part").exists()
