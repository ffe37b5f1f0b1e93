"""A table that is small as a file and large in memory."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.end_to_end import job

# 400 MB of numbers, and more than the 512 MiB that a step of the least project gets with a copy.
ROWS, COLUMNS = 1_000_000, 50


def table() -> bytes:
    """Parquet of less than a megabyte: eight numbers, each said a great many times."""
    rows = np.arange(ROWS)
    eighths = pa.array(rows * 8 // ROWS / 8)
    numbers = {f"number{each}": eighths for each in range(COLUMNS)}
    kinds = pa.DictionaryArray.from_arrays(pa.array(rows % 2), pa.array(["ant", "bee"]))
    file = io.BytesIO()
    pq.write_table(pa.table(numbers | {job.TARGET: kinds}), file, row_group_size=250_000)
    return file.getvalue()
