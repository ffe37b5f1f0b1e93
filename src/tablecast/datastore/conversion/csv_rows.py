"""A CSV's rows as batches of strings, ragged ones repaired or refused, in bounded memory.

Arrow parses block by block. A row that does not fit is handed over as text; its repaired form goes back
in at its own place. Short rows are padded with nulls, and a longer row is cut where what is too much is
empty; both are counted. Any other longer row is an error.
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pyarrow as pa
from pyarrow import compute as pc
from pyarrow import csv

from tablecast.datastore.conversion.dialect import refuse_oversized
from tablecast.datastore.conversion.failure import ConversionFailure
from tablecast.datastore.conversion.limits import Limits
from tablecast.datastore.conversion.records import parse_record
from tablecast.datastore.conversion.state import Stage
from tablecast.datastore.conversion.text import Text

_CLEARLY_RAGGED = 10_000


@dataclass(frozen=True)
class Layout:
    """Everything that reading a CSV's rows needs to know."""

    text: Text
    delimiter: str
    names: list[str]
    skip: int
    first_row: int
    """The number that a person gives the first row of data: 2 below a header, else 1."""
    quotes: bool
    nulls: tuple[str, ...]


@dataclass
class RowCounts:
    """What one pass saw."""

    rows: int = 0
    padded: int = 0
    cut: int = 0
    ragged: deque[tuple[int, list[str | None]]] = field(default_factory=deque)
    failure: ConversionFailure | None = None


def read_batches(
    layout: Layout, limits: Limits, counts: RowCounts, stage: Stage
) -> Iterator[pa.RecordBatch]:
    """Yield the table as batches of string columns; the next is parsed while one is used."""
    with layout.text.open(layout.skip) as stream, ThreadPoolExecutor(1) as ahead:
        batches = _parsed(layout, limits, counts, stream)
        upcoming = ahead.submit(next, batches, None)
        while (batch := upcoming.result()) is not None:
            upcoming = ahead.submit(next, batches, None)
            counts.rows += len(batch)
            if counts.rows > limits.max_rows:
                raise too_many_rows(limits)
            _refuse_large_fields(batch, layout, limits)
            stage.report(stream.share())
            yield batch


def too_many_rows(limits: Limits) -> ConversionFailure:
    """Return the refusal of a table that is too long."""
    return ConversionFailure(
        "TABLE_TOO_LARGE",
        f"The table has more than {limits.max_rows:,} rows.",
        "upload a sample or a part of it",
    )


def _parsed(
    layout: Layout, limits: Limits, counts: RowCounts, stream: object
) -> Iterator[pa.RecordBatch]:
    schema = pa.schema([pa.field(name, pa.string()) for name in layout.names])
    number, emitted = 1, False
    try:
        for batch in _open(layout, limits, counts, stream):
            whole, number = _put_back(batch, schema, counts, number)
            emitted = True
            yield whole
    except pa.ArrowInvalid as exc:
        if counts.failure:
            raise counts.failure from None
        if "Empty CSV" not in str(exc) or emitted:
            raise _explained(exc, layout, limits) from exc
    if counts.ragged:
        yield _rows([fields for _, fields in _drained(counts.ragged)], schema)


def _open(
    layout: Layout, limits: Limits, counts: RowCounts, stream: object
) -> csv.CSVStreamingReader:
    def handle(row: csv.InvalidRow) -> str:
        return _handle(row, layout, counts)

    # numbered: Arrow looks up columns by name, and a name may be anything
    columns = [str(index) for index in range(len(layout.names))]
    return csv.open_csv(
        pa.PythonFile(stream, mode="r"),
        read_options=csv.ReadOptions(
            # row numbers are known only without Arrow's own threads
            use_threads=False,
            column_names=columns,
            block_size=limits.max_row_bytes,
        ),
        parse_options=csv.ParseOptions(
            delimiter=layout.delimiter,
            quote_char='"' if layout.quotes else False,
            newlines_in_values=layout.quotes,
            invalid_row_handler=handle,
        ),
        convert_options=csv.ConvertOptions(
            check_utf8=False,
            column_types=dict.fromkeys(columns, pa.string()),
            null_values=list(layout.nulls),
            strings_can_be_null=True,
        ),
    )


def _handle(row: csv.InvalidRow, layout: Layout, counts: RowCounts) -> str:
    values: list[str | None] = [
        None if value in layout.nulls else value
        for value in parse_record(row.text, layout.delimiter)
    ]
    width = len(layout.names)
    if len(values) > width and any(values[width:]):
        counts.failure = _too_long(row.number, len(values), layout)
    elif len(values) > width:
        counts.cut += 1
    else:
        counts.padded += 1
    if counts.padded + counts.cut > max(_CLEARLY_RAGGED, row.number // 2):
        counts.failure = counts.failure or too_ragged(counts, layout)
    if counts.failure:
        return "error"
    counts.ragged.append((row.number, [*values, *[None] * width][:width]))
    return "skip"


def _too_long(number: int, found: int, layout: Layout) -> ConversionFailure:
    row = number - 1 + layout.first_row
    return ConversionFailure(
        "RAGGED_ROW",
        f"Row {row} has {found} values where there are {len(layout.names)} columns.",
        "quote values that hold the delimiter, or name it in the options",
        row,
    )


def too_ragged(counts: RowCounts, layout: Layout) -> ConversionFailure:
    """Return the refusal of a file of which too many rows had to be repaired."""
    return ConversionFailure(
        "TOO_MANY_RAGGED_ROWS",
        f"{counts.padded + counts.cut:,} rows have not {len(layout.names)} values as the first has.",
        "check the delimiter and the header",
    )


def _put_back(
    batch: pa.RecordBatch, schema: pa.Schema, counts: RowCounts, number: int
) -> tuple[pa.RecordBatch, int]:
    """Return the batch with the repaired rows that belong into it, and the next row's number."""
    parts: list[pa.RecordBatch] = []
    at = 0
    while counts.ragged and (gap := counts.ragged[0][0] - number) <= len(batch) - at:
        parts.append(batch.slice(at, gap))
        at, number = at + gap, number + gap
        run = [counts.ragged.popleft()[1]]
        while counts.ragged and counts.ragged[0][0] == number + len(run):
            run.append(counts.ragged.popleft()[1])
        parts.append(_rows(run, schema))
        number += len(run)
    rest = batch.slice(at)
    columns = pa.RecordBatch.from_arrays(rest.columns, schema=schema)
    if not parts:
        return columns, number + len(rest)
    named = [pa.RecordBatch.from_arrays(part.columns, schema=schema) for part in parts]
    return pa.concat_batches([*named, columns]), number + len(rest)


def _rows(rows: list[list[str | None]], schema: pa.Schema) -> pa.RecordBatch:
    columns = [pa.array(values, pa.string()) for values in zip(*rows, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _drained(
    ragged: deque[tuple[int, list[str | None]]],
) -> Iterator[tuple[int, list[str | None]]]:
    while ragged:
        yield ragged.popleft()


def _refuse_large_fields(batch: pa.RecordBatch, layout: Layout, limits: Limits) -> None:
    for column in batch.columns:
        if column.nbytes > limits.max_field_bytes:
            longest = pc.max(pc.binary_length(column)).as_py() or 0
            if longest > limits.max_field_bytes:
                raise refuse_oversized(layout.text, layout.delimiter, limits)


def _explained(exc: pa.ArrowInvalid, layout: Layout, limits: Limits) -> ConversionFailure:
    if "straddling" in str(exc):
        return refuse_oversized(layout.text, layout.delimiter, limits)
    return ConversionFailure(
        "MALFORMED_CSV", "The file cannot be divided into rows.", "check its quotes"
    )
