"""What strings stand for is read from whole columns, and never guessed."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tablecast_steps.preprocess.literals import read_strings

moment = dt.datetime.fromisoformat


@pytest.mark.parametrize(
    ("strings", "kind", "values"),
    [
        pytest.param(["1", "-2", "+3"], "INTEGER", [1, -2, 3], id="whole"),
        pytest.param(["1", "2.5", "1e3", ".5"], "FLOAT", [1.0, 2.5, 1000.0, 0.5], id="plain"),
        pytest.param(["18,7", "39,1", "4"], "FLOAT", [18.7, 39.1, 4.0], id="decimal comma"),
        pytest.param(["1,234.5", "7"], "FLOAT", [1234.5, 7.0], id="comma thousands"),
        pytest.param(["1.234,5", "7"], "FLOAT", [1234.5, 7.0], id="point thousands"),
        pytest.param(["1,234,567", "8"], "INTEGER", [1234567, 8], id="two commas"),
        pytest.param(["1.234.567", "8"], "INTEGER", [1234567, 8], id="two points"),
        pytest.param(["1 234", "1\u00a0234,5"], "FLOAT", [1234.0, 1234.5], id="spaces"),
        pytest.param(["1'234", "12"], "INTEGER", [1234, 12], id="apostrophe"),
        pytest.param([" 1 ", "", "2"], "INTEGER", [1, None, 2], id="blanks are missing"),
        pytest.param(["1.234", "2.5"], "FLOAT", [1.234, 2.5], id="points alone are decimal"),
        pytest.param(["Yes", "no"], "BOOLEAN", [True, False], id="yes and no"),
        pytest.param(["TRUE", "False", ""], "BOOLEAN", [True, False, None], id="true and false"),
    ],
)
def test_numbers_and_truth_values_are_recognised(
    strings: list[str], kind: str, values: list[Any]
) -> None:
    reading = read_strings(strings)
    assert (reading.type, reading.values, reading.doubt) == (kind, values, "")


@pytest.mark.parametrize(
    "strings",
    [
        pytest.param(["007", "123"], id="leading zeros are codes"),
        pytest.param(["1" * 19, "2"], id="more digits than a number keeps"),
        pytest.param(["1", "two"], id="one is a word"),
        pytest.param(["yes"], id="one half of a pair"),
        pytest.param(["yes", "no", "maybe"], id="a third answer"),
        pytest.param(["1,23,4", "5"], id="no convention"),
        pytest.param(["2007-13-01"], id="no such month"),
        pytest.param(["31.02.2007"], id="no such day"),
        pytest.param(["2007-11-11", "soon"], id="one is no date"),
        pytest.param(["٣,٥", "x"], id="other digits and a letter"),
        pytest.param(["", "  "], id="blank"),
    ],
)
def test_what_is_nothing_else_stays_text(strings: list[str]) -> None:
    reading = read_strings(strings)
    assert (reading.type, reading.doubt) == ("STRING", "")
    assert reading.values == [text.strip() or None for text in strings]


@pytest.mark.parametrize(
    ("strings", "kind", "first"),
    [
        pytest.param(["2007-11-11"], "DATE", moment("2007-11-11"), id="ISO"),
        pytest.param(["2007/1/2"], "DATE", moment("2007-01-02"), id="year first"),
        pytest.param(["03.04.2007"], "DATE", moment("2007-04-03"), id="German"),
        pytest.param(["13/04/2007", "1/2/2007"], "DATE", moment("2007-04-13"), id="day first"),
        pytest.param(["04/13/2007", "1/2/2007"], "DATE", moment("2007-04-13"), id="US"),
        pytest.param(["11 Nov 2007"], "DATE", moment("2007-11-11"), id="month's short name"),
        pytest.param(["November 3, 2007"], "DATE", moment("2007-11-03"), id="month's name"),
        pytest.param(
            ["2007-11-11T10:20:30Z"], "TIMESTAMP", moment("2007-11-11T10:20:30"), id="UTC"
        ),
        pytest.param(
            ["2007-11-11 10:20+02:00"], "TIMESTAMP", moment("2007-11-11T08:20:00"), id="zone"
        ),
        pytest.param(
            ["13/04/2007 8:05", "14/04/2007"],
            "TIMESTAMP",
            moment("2007-04-13T08:05:00"),
            id="time",
        ),
    ],
)
def test_dates_are_recognised(strings: list[str], kind: str, first: dt.datetime) -> None:
    reading = read_strings(strings)
    assert (reading.type, reading.values[0], reading.doubt) == (kind, first, "")


@pytest.mark.parametrize(
    ("strings", "reason"),
    [
        pytest.param(
            ["01/02/2007", "11/12/2008"], "day first or its month first", id="day or month"
        ),
        pytest.param(["11/11/07", "13/11/07"], "two digits for its year", id="century"),
        pytest.param(["1,234", "5"], "decimal mark or a thousands separator", id="comma"),
    ],
)
def test_what_could_be_read_in_two_ways_is_left_alone_and_said(
    strings: list[str], reason: str
) -> None:
    reading = read_strings(strings)
    assert (reading.type, reading.values) == ("STRING", strings)
    assert reason in reading.doubt


def test_a_targets_yes_and_no_keep_their_names() -> None:
    assert read_strings(["yes", "no"], truth_values=False).type == "STRING"


@given(st.lists(st.decimals(-99999, 99999, places=2), min_size=1))
def test_decimal_commas_come_back_as_the_numbers_they_were(numbers: list[Any]) -> None:
    strings = [str(number).replace(".", ",") for number in numbers]
    reading = read_strings(strings)
    assert reading.type == "FLOAT"
    assert reading.values == [float(number) for number in numbers]


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1), st.sampled_from([",", ".", " "]))
def test_thousands_separators_come_back_or_are_left_alone(
    numbers: list[int], separator: str
) -> None:
    strings = [f"{number:,}".replace(",", separator) for number in numbers]
    reading = read_strings(strings)
    if reading.type == "STRING":
        assert reading.doubt
    else:
        decimals = separator == "." and all(string.count(".") <= 1 for string in strings)
        assume(not decimals)  # "1.234" alone is a number with decimals wherever programs write it
        assert reading.values == numbers


@given(
    st.lists(st.dates(dt.date(1000, 1, 1)), min_size=1), st.sampled_from(["%d/%m/%Y", "%m/%d/%Y"])
)
def test_days_and_months_are_never_swapped(dates: list[dt.date], pattern: str) -> None:
    reading = read_strings([date.strftime(pattern) for date in dates])
    if reading.type == "STRING":
        assert "day first" in reading.doubt
    else:
        assert [each.date() for each in reading.values] == dates


@given(st.lists(st.text(max_size=12), min_size=1))
def test_any_strings_get_a_reading_of_the_same_length(strings: list[str]) -> None:
    reading = read_strings(strings)
    assert len(reading.values) == len(strings)
    assert reading.type in {"STRING", "INTEGER", "FLOAT", "BOOLEAN", "DATE", "TIMESTAMP"}
