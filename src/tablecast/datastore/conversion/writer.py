"""Writes `table.parquet`: typed columns, row groups of bounded size, no value that JSON cannot hold."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import pyarrow as pa
from pyarrow import compute as pc
from pyarrow import parquet as pq

from tablecast.datastore.conversion.csv_rows import too_many_rows
from tablecast.datastore.conversion.failure import ConversionFailure
from tablecast.datastore.conversion.limits import Limits
from tablecast.datastore.conversion.readings import TYPES
from tablecast.datastore.conversion.repairs import Repairs

_ROW_GROUP_ROWS = 1 << 20


class TableWriter:
    """Gathers typed batches and writes them as row groups; a context manager."""

    def __init__(
        self,
        path: Path,
        names: Sequence[str],
        types: Sequence[str],
        limits: Limits,
        repairs: Repairs,
    ) -> None:
        fields = [pa.field(name, TYPES[kind]) for name, kind in zip(names, types, strict=True)]
        self._schema = pa.schema(fields)
        self._floats = [index for index, kind in enumerate(types) if kind == "FLOAT"]
        self._limits, self._repairs = limits, repairs
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd", compression_level=1)
        self._batches: list[pa.RecordBatch] = []
        self._held = self._held_rows = self._bytes = self.rows = 0

    def __enter__(self) -> "TableWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self._flush()
        self._writer.close()

    def write(self, columns: list[pa.Array]) -> None:
        """Add rows; raises TABLE_TOO_LARGE beyond the limits."""
        for index in self._floats:
            columns[index] = self._finite(index, columns[index])
        batch = pa.RecordBatch.from_arrays(columns, schema=self._schema)
        self._batches.append(batch)
        self._count(batch)
        if self._held >= self._limits.row_group_bytes or self._held_rows >= _ROW_GROUP_ROWS:
            self._flush()

    def _count(self, batch: pa.RecordBatch) -> None:
        self._held += batch.nbytes
        self._held_rows += len(batch)
        self._bytes += batch.nbytes
        self.rows += len(batch)
        if self.rows > self._limits.max_rows:
            raise too_many_rows(self._limits)
        if self._bytes > self._limits.max_table_bytes:
            raise ConversionFailure(
                "TABLE_TOO_LARGE",
                f"The table's values take more than {self._limits.max_table_bytes:,} bytes.",
                "upload a sample or a part of it",
            )

    def _flush(self) -> None:
        if self._batches:
            self._writer.write_table(pa.Table.from_batches(self._batches, self._schema))
        self._batches, self._held, self._held_rows = [], 0, 0

    def _finite(self, index: int, values: pa.Array) -> pa.Array:
        finite = pc.is_finite(values)
        wrong = pc.sum(pc.invert(finite)).as_py() or 0
        if not wrong:
            return values
        name = self._schema.names[index]
        message = "Infinite and not-a-number values became nulls."
        self._repairs.count("NOT_FINITE", name, message, wrong)
        return pc.if_else(finite, values, pa.scalar(None, pa.float64()))
