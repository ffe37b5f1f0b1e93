"""Whatever is written as CSV comes back as it was, in the type that holds it."""

import csv
import datetime as dt
import io
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from tablecast.datastore.conversion.csv_table import NULLS
from tablecast.datastore.conversion.job import convert
from tablecast.datastore.conversion.limits import Limits
from tablecast.datastore.conversion.state import fresh_state, read_state, write_state

SMALL = Limits(max_row_bytes=4096, max_field_bytes=2048, row_group_bytes=256, exact_distinct=8)
"""Small blocks and row groups, so that a short table crosses many of their borders."""

DATES = st.dates(min_value=dt.date(1000, 1, 1))
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20).map(
    lambda text: f"x{text}"  # never a null, never a number
)
COLUMNS: dict[str, st.SearchStrategy[Any]] = {
    "INTEGER": st.integers(-(2**63), 2**63 - 1),
    "FLOAT": st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0),
    "BOOLEAN": st.booleans(),
    "STRING": TEXTS,
    "DATE": DATES,
    "TIMESTAMP": st.datetimes(min_value=dt.datetime.fromisoformat("1000-01-01")),
}

STYLES: list[dict[str, Any]] = [
    {"lineterminator": "\r\n", "quoting": csv.QUOTE_MINIMAL},
    # Python's writer quotes a lone \r by itself only where lines end in \r\n
    {"lineterminator": "\n", "quoting": csv.QUOTE_ALL},
]


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[Any]]]:
    """Return types and columns: each has a value that shows its type, and nulls."""
    kinds = draw(st.lists(st.sampled_from(list(COLUMNS)), min_size=1, max_size=5))
    rows = draw(st.integers(1, 40))
    columns = []
    for kind in kinds:
        values = st.none() | COLUMNS[kind]
        column = draw(st.lists(values, min_size=rows, max_size=rows))
        column[draw(st.integers(0, rows - 1))] = draw(COLUMNS[kind].filter(telling(kind)))
        columns.append(column)
    return kinds, columns


def telling(kind: str) -> Any:
    """Return what tells whether a value shows that its column is of `kind` and no narrower one."""
    if kind == "FLOAT":
        return lambda number: "e" in repr(number) or not number.is_integer() or abs(number) < 2**53
    return lambda value: True


def written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def convert_text(text: str, options: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "source").write_bytes(text.encode())
        write_state(folder, fresh_state(0, None), durable=False)
        convert(folder, fresh_state(0, None), options, SMALL, 1 << 30)
        state = read_state(folder)
        assert state is not None
        assert state["state"] == "READY", state["error"]
        return state, parquet.ParquetFile(folder / "table.parquet").read()


@settings(deadline=None, max_examples=150)
@given(tables(), st.sampled_from(",;\t|"), st.sampled_from(STYLES))
def test_what_is_written_is_what_is_read(written_table, delimiter, style):
    kinds, columns = written_table
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, **style)
    writer.writerow([f"c{index}" for index in range(len(kinds))])
    writer.writerows([[written(value) for value in row] for row in zip(*columns, strict=True)])
    state, table = convert_text(buffer.getvalue(), {"delimiter": delimiter, "decimal": "."})
    assert state["rows"] == len(columns[0])
    for index, (kind, column) in enumerate(zip(kinds, columns, strict=True)):
        assert table.column(index).to_pylist() == expected(kind, column), kind


def expected(kind: str, column: list[Any]) -> list[Any]:
    if kind == "STRING":
        return [None if value in NULLS else value for value in column]
    return column


@settings(deadline=None, max_examples=100)
@given(st.text(st.characters(codec="utf-8"), max_size=300))
def test_any_text_at_all_is_a_table_or_a_typed_error(text):
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "source").write_bytes(text.encode())
        write_state(folder, fresh_state(0, None), durable=False)
        status = convert(folder, fresh_state(0, None), {}, SMALL, 1 << 30)
        state = read_state(folder)
        assert state is not None
        assert (status, state["state"]) in [(0, "READY"), (2, "FAILED")]
        assert (state["error"] is None) == (status == 0)
