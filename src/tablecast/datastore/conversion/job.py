"""One conversion from start to end: the table, its profile and preview, and last the state READY.

Everything is written beside its place and renamed there. Until the state says READY nothing else counts,
so a conversion that was cut short simply begins again.
"""

import errno
import hashlib
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import pyarrow as pa

from tablecast.datastore.conversion.cells import preview_of
from tablecast.datastore.conversion.csv_table import CsvOptions, convert_csv
from tablecast.datastore.conversion.failure import (
    ConversionFailure,
    disk_full,
    out_of_memory,
)
from tablecast.datastore.conversion.foreign import PARQUET_MAGIC
from tablecast.datastore.conversion.limits import Limits
from tablecast.datastore.conversion.parquet_table import convert_parquet
from tablecast.datastore.conversion.profile import profile_table
from tablecast.datastore.conversion.repairs import Repairs
from tablecast.datastore.conversion.state import (
    FAILED,
    READY,
    Progress,
    replace_file,
    sync_folder,
    write_state,
)

_CHUNK = 1 << 20


def convert(
    folder: Path, state: dict[str, Any], options: dict[str, Any], limits: Limits, memory: int
) -> int:
    """Convert `folder`/source and write the final state; return the exit status, 0 for READY."""
    try:
        _convert(folder, state, options, limits)
    except ConversionFailure as failure:
        return _fail(folder, state, failure, 2)
    except MemoryError:
        traceback.print_exc(file=sys.stderr)
        return _fail(folder, state, out_of_memory(memory), 2)
    except OSError as exc:
        if exc.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        return _fail(folder, state, disk_full(), 2)
    return 0


def _fail(folder: Path, state: dict[str, Any], failure: ConversionFailure, status: int) -> int:
    for left in folder.glob("*.part"):
        left.unlink(missing_ok=True)
    write_state(folder, {**state, "state": FAILED, "error": failure.document()})
    return status


def _convert(folder: Path, state: dict[str, Any], options: dict[str, Any], limits: Limits) -> None:
    progress, repairs = Progress(folder, state), Repairs()
    part, table = folder / "table.parquet.part", folder / "table.parquet"
    origin = _table(folder / "source", part, options, limits, repairs, progress)
    profile = profile_table(part, limits, progress.part(0.7, 0.97))
    preview = preview_of(part, limits)
    digest = _sync_and_hash(part)
    part.replace(table)
    document = {**profile, "repairs": repairs.documents(), "source": origin}
    replace_file(folder / "profile.json", json.dumps(document, allow_nan=False).encode())
    replace_file(folder / "preview.json", json.dumps(preview, allow_nan=False).encode())
    sync_folder(folder)
    done = {
        "state": READY,
        "progress": 1.0,
        "rows": profile["rows"],
        "columns": len(profile["columns"]),
        "bytes": table.stat().st_size,
        "sha256": digest,
    }
    write_state(folder, {**state, **done})


def _table(
    source: Path,
    part: Path,
    options: dict[str, Any],
    limits: Limits,
    repairs: Repairs,
    progress: Progress,
) -> dict[str, Any]:
    with source.open("rb") as file:
        magic = file.read(4)
    if magic == PARQUET_MAGIC:
        return convert_parquet(source, part, limits, repairs, progress)
    nulls = options.get("null_values")
    csv_options = CsvOptions(
        delimiter=options.get("delimiter") or None,
        encoding=options.get("encoding") or None,
        decimal=options.get("decimal") or None,
        null_values=None if nulls is None else tuple(nulls),
        has_header=options.get("has_header") is not False,
    )
    return convert_csv(source, part, csv_options, limits, repairs, progress)


def _sync_and_hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("r+b") as file:
        os.fsync(file.fileno())
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def prepare_arrow() -> None:
    """Let Arrow start no more threads than it needs: each costs a stack."""
    pa.set_cpu_count(2)
    pa.set_io_thread_count(2)
