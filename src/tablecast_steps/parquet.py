"""Parquet files read by one thread.

Where memory ends, pyarrow's own threads wait for one another for ever: a step would hang where it
should say that it is out of memory.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq


def read_parquet(path: Path, columns: Sequence[str] | None = None) -> Any:
    """Return a pyarrow Table of all columns, or of the named ones in the order that they are named."""
    with pq.ParquetFile(path, pre_buffer=False) as file:
        table = file.read(columns=None if columns is None else list(columns), use_threads=False)
    return table if columns is None else table.select(list(columns))
