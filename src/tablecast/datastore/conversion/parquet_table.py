"""Parquet to the same few types, checked before it is read.

A Parquet file of some hundred bytes can ask for gigabytes: its metadata claims them, or a page header
does, or one value is repeated a billion times. The first is refused from the metadata, the second fails
against the process's memory limit, and the third streams in small batches until it reaches a limit.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import compute as pc
from pyarrow import parquet as pq

from tablecast.datastore.conversion.csv_rows import too_many_rows
from tablecast.datastore.conversion.dialect import repaired_names, too_many_columns
from tablecast.datastore.conversion.failure import ConversionFailure
from tablecast.datastore.conversion.limits import MIB, Limits
from tablecast.datastore.conversion.plain import plain_type, to_plain
from tablecast.datastore.conversion.repairs import Repairs
from tablecast.datastore.conversion.state import Progress
from tablecast.datastore.conversion.writer import TableWriter

_BATCH_BYTES = 16 * MIB
_BATCH_ROWS = 16_384
_METADATA_BYTES = 64 * MIB
_DEEPEST = 100


class Overflow(Exception):
    """An unsigned column holds numbers beyond 64 bits signed: its index."""


def convert_parquet(
    source: Path, target: Path, limits: Limits, repairs: Repairs, progress: Progress
) -> dict[str, Any]:
    """Write `target` from the Parquet file at `source`; return what the profile says of the source.

    Raises `ConversionFailure`.
    """
    try:
        with _opened(source) as file:
            _refuse_bombs(file.metadata, limits)
            columns = _columns(file.schema_arrow, repairs)
            _write(file, target, columns, limits, repairs, progress)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowSerializationError) as exc:
        raise _unreadable(str(exc)) from exc
    except OSError as exc:
        if exc.errno:
            raise
        raise _unreadable(str(exc)) from exc
    return {
        "format": "PARQUET",
        "encoding": None,
        "delimiter": None,
        "decimal": None,
        "has_header": None,
    }


def _opened(source: Path) -> pq.ParquetFile:
    size = source.stat().st_size
    with source.open("rb") as file:
        file.seek(max(0, size - 8))
        tail = file.read(8)
    if len(tail) < 8 or tail[4:] != b"PAR1":
        raise _unreadable("its end is missing")
    metadata = int.from_bytes(tail[:4], "little")
    if metadata > size:
        raise _unreadable("its end is damaged")
    if metadata > _METADATA_BYTES:
        raise _too_large("its metadata alone is too large")
    return pq.ParquetFile(
        source,
        buffer_size=MIB,
        pre_buffer=False,
        thrift_string_size_limit=_METADATA_BYTES,
        thrift_container_size_limit=10_000_000,
        schema_depth_limit=_DEEPEST,
    )


def _refuse_bombs(metadata: pq.FileMetaData, limits: Limits) -> None:
    if metadata.num_columns > limits.max_columns:
        raise too_many_columns(metadata.num_columns, limits)
    if metadata.num_rows > limits.max_rows:
        raise too_many_rows(limits)
    if metadata.num_rows < 1 or metadata.num_columns < 1:
        raise ConversionFailure("NO_ROWS", "The file has no rows.", "write the table again")
    rows = total = 0
    for index in range(metadata.num_row_groups):
        group = metadata.row_group(index)
        rows += group.num_rows
        for number in range(group.num_columns):
            total += _claimed(group.column(number), limits)
    if rows != metadata.num_rows:
        raise _unreadable("its row groups do not have the rows that it claims")
    if total > limits.max_table_bytes:
        raise _too_large(f"its values take {total:,} bytes; at most {limits.max_table_bytes:,} do")


def _claimed(chunk: pq.ColumnChunkMetaData, limits: Limits) -> int:
    size = int(chunk.total_uncompressed_size)
    if size < 0 or size > limits.max_chunk_bytes:
        raise _too_large(f"it claims {size:,} bytes in one piece", chunk.path_in_schema)
    return size


class Column:
    """One column of the source: its index, its name to be, and the type it becomes."""

    def __init__(self, index: int, name: str, type: str) -> None:
        self.index, self.name, self.type = index, name, type


def _columns(schema: pa.Schema, repairs: Repairs) -> list[Column]:
    kept = []
    for index, field in enumerate(schema):
        if field.name.startswith("__index_level_") and field.name.endswith("__"):
            repairs.count("INDEX_DROPPED", None, "An unnamed row index was left out.")
        else:
            kept.append((index, field))
    if not kept:
        raise ConversionFailure("NO_COLUMNS", "The file has no columns.", "write the table again")
    names = repaired_names([field.name for _, field in kept], repairs)
    return [
        Column(index, name, plain_type(field.type, name))
        for (index, field), name in zip(kept, names, strict=True)
    ]


def _write(
    file: pq.ParquetFile,
    target: Path,
    columns: list[Column],
    limits: Limits,
    repairs: Repairs,
    progress: Progress,
) -> None:
    try:
        _write_once(file, target, columns, limits, repairs, progress)
    except Overflow as exc:
        columns[exc.args[0]].type = "STRING"
        _write(file, target, columns, limits, repairs, progress)


def _write_once(
    file: pq.ParquetFile,
    target: Path,
    columns: list[Column],
    limits: Limits,
    repairs: Repairs,
    progress: Progress,
) -> None:
    names = [column.name for column in columns]
    types = [column.type for column in columns]
    stage = progress.part(0.0, 0.7)
    total = max(1, file.metadata.num_rows)
    counted = Repairs()
    with TableWriter(target, names, types, limits, counted) as writer:
        for batch in _batches(file):
            writer.write([_plain(batch, place, columns, limits) for place in range(len(columns))])
            stage.report(writer.rows / total)
    if writer.rows != file.metadata.num_rows:
        raise _unreadable("it has fewer rows than it claims")
    repairs.take(counted)


def _batches(file: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    for index in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(index)
        width = max(1, math.ceil(group.total_byte_size / max(1, group.num_rows)))
        size = max(1, min(_BATCH_ROWS, _BATCH_BYTES // width))
        yield from file.iter_batches(batch_size=size, row_groups=[index], use_threads=False)


def _plain(batch: pa.RecordBatch, place: int, columns: list[Column], limits: Limits) -> pa.Array:
    column = columns[place]
    values = batch.column(column.index)
    try:
        plain = to_plain(values, column.type)
    except OverflowError:
        raise Overflow(place) from None
    except pa.ArrowInvalid as exc:
        raise ConversionFailure(
            "INVALID_VALUES",
            f"Column {column.name!r} holds values that are not {values.type}: {exc}"[:300],
            "write the column again",
            column=column.name,
        ) from exc
    if column.type == "STRING" and plain.nbytes > limits.max_field_bytes:
        longest = pc.max(pc.binary_length(plain)).as_py() or 0
        if longest > limits.max_field_bytes:
            raise ConversionFailure(
                "FIELD_TOO_LARGE",
                f"A value takes {longest:,} bytes; at most {limits.max_field_bytes:,} are taken.",
                "shorten it",
                column=column.name,
            )
    return plain


def _unreadable(why: str) -> ConversionFailure:
    message = f"The Parquet file cannot be read: {why}"[:300].rstrip(".") + "."
    return ConversionFailure("UNREADABLE_PARQUET", message, "write the file again")


def _too_large(why: str, column: str | None = None) -> ConversionFailure:
    message = f"The Parquet file is too large: {why}."
    return ConversionFailure(
        "TABLE_TOO_LARGE", message, "upload a sample or a part of it", None, column
    )
