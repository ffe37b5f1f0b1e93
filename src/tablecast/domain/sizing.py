"""Sizing: memory and time that things are given. Each constant says what goes wrong on either side."""

import math

from tablecast.settings import GIB, MIB

# A model server with its libraries, before any model. Too low: the pool is killed as soon as models
# are loaded; too high: fewer models fit than could.
SERVER_BYTES = 384 * MIB

# What a pool of shared models may use. KServe refuses TrainedModels whose memory sums to more.
POOL_BYTES = 1 * GIB
POOL_MODELS_BYTES = POOL_BYTES - SERVER_BYTES

# A forest's nodes unpack to eleven times their file, linear models to six, boosted trees to four (and are
# eight in memory). And nothing is so small that its table lookups are free: a small model takes less
# than 1 MiB, and a pool shall hold a hundred of them. Too low: a server is told that a model fits which
# it then refuses, or dies of; too high: few models fit.
MODEL_FACTOR = 12
MODEL_LEAST_BYTES = 4 * MIB

# A step holds its table a few times over: Arrow, pandas, the matrix, one copy of a learner's. Texts are
# told by the file's size; numbers by their count, as a digit takes 4 bits there and 8 bytes here (a
# million rows of 50 digits took 42 bytes a cell). Too low: killed; too high: no node has room.
TABLE_FACTOR = 10
CELL_BYTES = 64
STEP_LEAST_BYTES = 1 * GIB

# What the datastore and the pool keep for themselves of a project's limit, and what Argo's own container
# beside a step may use of the rest. Too low: the quota never lets a step of the least project in.
RESERVED_SHARE = 0.5
EXECUTOR_BYTES = 128 * MIB

# Bytes of Parquet that the slowest machine still reads, splits and writes a second.
BYTES_PER_SECOND = 1 * MIB


def model_memory(artifact_bytes: int) -> int:
    """Bytes of memory that one loaded model is accounted with."""
    return max(MODEL_LEAST_BYTES, _whole_mib(artifact_bytes * MODEL_FACTOR))


def dedicated_memory(artifact_bytes: int) -> int:
    """Bytes of memory of a model server that serves one model alone."""
    # While it loads there are the file, a copy of it, and pages that are not given back.
    loading = 4 * artifact_bytes
    return max(GIB, _whole_mib(SERVER_BYTES + model_memory(artifact_bytes) + loading))


def step_memory(table_bytes: int, cells: int, project_limit_bytes: int) -> int:
    """Bytes of memory of one step: by its table, within what the project's limit leaves to steps.

    `cells` are the table's rows times its columns.
    """
    table = max(table_bytes * TABLE_FACTOR, cells * CELL_BYTES)
    wanted = max(STEP_LEAST_BYTES, _whole_mib(table))
    room = int(project_limit_bytes * RESERVED_SHARE) - EXECUTOR_BYTES
    return min(wanted, _whole_mib(room))


def step_deadlines(
    table_bytes: int, time_budget_seconds: float, start_seconds: int
) -> dict[str, int]:
    """Seconds after which each step is stopped, counted from when its pod was made.

    `start_seconds` are what it gets beyond its work.
    """
    reading = start_seconds + table_bytes // BYTES_PER_SECOND
    # The budget bounds the search; fitting the winner again and evaluating it take about as long.
    training = reading + math.ceil(3 * time_budget_seconds)
    return {"preprocess": reading, "features": reading, "train": training}


def pool_has_room(models_bytes: list[int]) -> bool:
    """Whether these models fit into a pool together with a second copy of the biggest, which an
    update or a healing needs beside the first for a while."""
    return sum(models_bytes) + max(models_bytes, default=0) <= POOL_MODELS_BYTES


def _whole_mib(size: int) -> int:
    return math.ceil(size / MIB) * MIB
