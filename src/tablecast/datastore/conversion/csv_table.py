"""CSV to typed Parquet: one pass to see what it is, one to find the types, one to write.

Types are found from all rows, never from a sample. Every pass streams.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tablecast.datastore.conversion.csv_rows import Layout, RowCounts, read_batches, too_ragged
from tablecast.datastore.conversion.dialect import read_header, sniff, unclosed
from tablecast.datastore.conversion.failure import ConversionFailure
from tablecast.datastore.conversion.inference import ColumnGuess, ColumnReading, readings_for
from tablecast.datastore.conversion.limits import Limits
from tablecast.datastore.conversion.records import fields, place_of
from tablecast.datastore.conversion.repairs import Repairs
from tablecast.datastore.conversion.state import Progress
from tablecast.datastore.conversion.text import Survey, survey
from tablecast.datastore.conversion.writer import TableWriter

NULLS = (
    "",
    *("NA", "N/A", "n/a", "NaN", "nan", "-NaN", "-nan", "<NA>", "#N/A", "#NA", "#N/A N/A"),
    *("null", "NULL", "Null", "None", "#VALUE!", "#DIV/0!", "1.#IND", "-1.#IND", "1.#QNAN"),
)
"""What means "no value", unless the option `null_values` says otherwise."""

_WORKERS = 2
_TOLERATED = 10


@dataclass(frozen=True)
class CsvOptions:
    """What the person said about the file; None where they leave it to us."""

    delimiter: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    null_values: tuple[str, ...] | None = None
    has_header: bool = True


def convert_csv(
    source: Path,
    target: Path,
    options: CsvOptions,
    limits: Limits,
    repairs: Repairs,
    progress: Progress,
) -> dict[str, Any]:
    """Write `target` from the CSV at `source`; return what the profile says of the source.

    Raises `ConversionFailure`.
    """
    found = survey(source, options.encoding, progress.part(0.0, 0.05))
    delimiter = sniff(found.text, options.delimiter)
    _refuse_bad_bytes(found, delimiter)
    layout = _layout(found, delimiter, options, limits, repairs)
    readings = _infer(layout, options, limits, repairs, progress)
    _write(target, layout, readings, limits, repairs, progress)
    return {
        "format": "CSV",
        "encoding": found.text.encoding,
        "delimiter": delimiter,
        "decimal": "," if any(reading.comma for reading in readings) else ".",
        "has_header": options.has_header,
    }


def _layout(
    found: Survey, delimiter: str, options: CsvOptions, limits: Limits, repairs: Repairs
) -> Layout:
    header = read_header(found.text, delimiter, options.has_header, limits, repairs)
    return Layout(
        text=found.text,
        delimiter=delimiter,
        names=header.names,
        skip=header.skip,
        first_row=2 if options.has_header else 1,
        quotes=found.quotes > 0,
        nulls=NULLS if options.null_values is None else ("", *options.null_values),
    )


def _refuse_bad_bytes(found: Survey, delimiter: str) -> None:
    if found.nul is not None and (found.broken is None or found.nul < found.broken):
        raise _at(found, delimiter, found.nul, "NUL_BYTE", "holds a NUL byte", "remove it")
    if found.broken is not None:
        what = f"holds bytes that are not {found.text.encoding}"
        hint = "name the encoding in the options, for example latin-1"
        raise _at(found, delimiter, found.broken, "INVALID_BYTES", what, hint)
    if found.quotes % 2:
        with found.text.open() as stream:
            last = next((place for place in fields(stream, delimiter) if place.open), None)
        if last:
            raise unclosed(last)


def _at(
    found: Survey, delimiter: str, offset: int, code: str, what: str, hint: str
) -> ConversionFailure:
    with found.text.open(errors="replace") as stream:
        place = place_of(stream, delimiter, offset)
    if place is None:
        return ConversionFailure(code, f"The file {what}.", hint)
    column = f"column {place.column}"
    return ConversionFailure(code, f"Row {place.row} {what}.", hint, place.row, column)


def _infer(
    layout: Layout, options: CsvOptions, limits: Limits, repairs: Repairs, progress: Progress
) -> list[ColumnReading]:
    alive = readings_for(layout.delimiter, options.decimal)
    guesses = [ColumnGuess(alive) for _ in layout.names]
    counts = RowCounts()
    with ThreadPoolExecutor(_WORKERS) as workers:
        for batch in read_batches(layout, limits, counts, progress.part(0.05, 0.35)):
            _each(workers.map(ColumnGuess.look_at, guesses, batch.columns))
    if not counts.rows:
        raise ConversionFailure("NO_ROWS", "The file has a header and no rows.", "add rows")
    _count_ragged(layout, counts, limits, repairs)
    for name, guess in zip(layout.names, guesses, strict=True):
        if guess.ambiguous:
            message = "Dates whose day and month could be swapped were kept as text."
            repairs.count("AMBIGUOUS_DATES", name, message, counts.rows)
    return [guess.decided() for guess in guesses]


def _each(results: Iterable[object]) -> None:
    for _ in results:
        pass


def _count_ragged(layout: Layout, counts: RowCounts, limits: Limits, repairs: Repairs) -> None:
    ragged = counts.padded + counts.cut
    if ragged > max(_TOLERATED, limits.max_ragged_share * counts.rows):
        raise too_ragged(counts, layout)
    repairs.count("SHORT_ROW", None, "Rows with too few values were padded.", counts.padded)
    repairs.count("LONG_ROW", None, "Empty values beyond the last column were cut.", counts.cut)


def _write(
    target: Path,
    layout: Layout,
    readings: list[ColumnReading],
    limits: Limits,
    repairs: Repairs,
    progress: Progress,
) -> None:
    types = [reading.type for reading in readings]
    stage = progress.part(0.35, 0.7)
    with (
        TableWriter(target, layout.names, types, limits, repairs) as writer,
        ThreadPoolExecutor(_WORKERS) as workers,
    ):
        for batch in read_batches(layout, limits, RowCounts(), stage):
            columns = workers.map(ColumnReading.apply, readings, batch.columns)
            writer.write(list(columns))
