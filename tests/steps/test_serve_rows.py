"""Rows either fit a model's signature, or every column that does not is named."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tablecast_steps.frames import frame_from_rows
from tablecast_steps.serve.rows import MOST_ERRORS, MOST_ROWS, RowsRefused, check_rows, warnings_of


def column(name: str, kind: str, **more: Any) -> dict[str, Any]:
    known = {"nullable": True, "nulls_seen": True, "categories": None}
    return {"name": name, "type": kind, "minimum": None, "maximum": None, **known, **more}


INPUTS = [
    column("count", "INTEGER", minimum=1, maximum=9),
    column("size", "FLOAT", minimum=0.5, maximum=2.5, nulls_seen=False),
    column("open", "BOOLEAN"),
    column("town", "STRING", categories=["Bonn", "Ulm"]),
    column("day", "DATE", minimum="2024-01-01", maximum="2024-12-31"),
    column("at", "TIMESTAMP", minimum="2024-01-01T00:00:00", maximum="2024-12-31T23:59:59"),
]
GOOD = {
    "count": 3,
    "size": 1.5,
    "open": True,
    "town": "Ulm",
    "day": "2024-05-31",
    "at": "2024-05-31T12:00:00+02:00",
}


def refusals(rows: Any) -> list[tuple[Any, Any, Any]]:
    with pytest.raises(RowsRefused) as refused:
        check_rows(rows, INPUTS)
    return [(each["row"], each["column"], each["code"]) for each in refused.value.errors]


def warned(**changes: Any) -> list[tuple[str, str]]:
    row = {**GOOD, **changes}
    assert check_rows([row], INPUTS) == [row]
    return [(each["column"], each["code"]) for each in warnings_of(row, INPUTS)]


def test_a_row_that_fits_passes_without_a_warning() -> None:
    assert warned() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("count", "3"),
        ("count", 3.5),
        ("count", True),
        ("size", "1.5"),
        ("size", True),
        ("size", float("nan")),
        ("size", 10**400),
        ("open", 1),
        ("open", "true"),
        ("town", 7),
        ("town", ["Ulm"]),
        ("day", "31.05.2024"),
        ("day", 20240531),
        ("day", "2024-05-31T12:00:00"),
        ("at", "noon"),
        ("at", "0001-01-01T00:00:00+23:59"),
        ("count", {}),
    ],
)
def test_a_value_of_another_type_is_refused(name: str, value: Any) -> None:
    assert refusals([{**GOOD, name: value}]) == [(0, name, "WRONG_TYPE")]


@pytest.mark.parametrize(("name", "value"), [("size", 2), ("count", 4.0), ("at", "2024-05-31")])
def test_a_value_that_means_the_same_is_taken(name: str, value: Any) -> None:
    assert warned(**{name: value}) == []


def test_an_absent_column_is_an_error_and_null_is_a_missing_value() -> None:
    absent = {name: value for name, value in GOOD.items() if name != "town"}

    assert refusals([GOOD, absent]) == [(1, "town", "MISSING_COLUMN")]
    assert warned(town=None) == []


def test_null_where_training_never_met_one_is_a_warning() -> None:
    assert warned(size=None) == [("size", "UNSEEN_NULL")]


def test_an_unknown_column_is_named() -> None:
    assert refusals([{**GOOD, "toun": "Ulm"}]) == [(0, "toun", "UNKNOWN_COLUMN")]


def test_every_error_of_every_row_is_told() -> None:
    rows = [{**GOOD, "count": "x", "size": "y"}, GOOD, 5, {**GOOD, "open": None, "z": 1}]

    assert refusals(rows) == [
        (0, "count", "WRONG_TYPE"),
        (0, "size", "WRONG_TYPE"),
        (2, None, "WRONG_TYPE"),
        (3, "z", "UNKNOWN_COLUMN"),
    ]


def test_of_very_many_errors_the_first_are_told() -> None:
    assert len(refusals([{}] * 1000)) == MOST_ERRORS


@pytest.mark.parametrize("rows", [None, {}, "rows", 5, [], [GOOD] * (MOST_ROWS + 1)])
def test_what_is_no_list_of_a_bounded_number_of_rows_is_refused(rows: Any) -> None:
    assert len(refusals(rows)) == 1


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("town", "Paris", "UNSEEN_CATEGORY"),
        ("count", 10, "OUT_OF_RANGE"),
        ("size", 0.4, "OUT_OF_RANGE"),
        ("day", "2025-01-01", "OUT_OF_RANGE"),
        ("at", "2024-01-01T00:30:00+01:00", "OUT_OF_RANGE"),
    ],
)
def test_what_training_never_showed_is_a_warning_and_no_error(
    name: str, value: Any, code: str
) -> None:
    assert warned(**{name: value}) == [(name, code)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.fixed_dictionaries(dict.fromkeys(GOOD, JSON)))
def test_whatever_passes_becomes_a_frame(row: dict[str, Any]) -> None:
    try:
        rows = check_rows([row], INPUTS)
    except RowsRefused as refused:
        codes = {each["code"] for each in refused.errors}
    else:
        codes = {"WRONG_TYPE"}
        assert frame_from_rows(rows, INPUTS).shape == (1, len(INPUTS))
        assert len(warnings_of(rows[0], INPUTS)) <= len(INPUTS)

    assert codes == {"WRONG_TYPE"}
