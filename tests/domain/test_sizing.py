"""Sizing: what a step gets is told by its table, and bounded by its project."""

import pytest

from tablecast.domain.sizing import step_memory
from tablecast.settings import GIB, MIB


@pytest.mark.parametrize(
    ("table_bytes", "cells", "project_bytes", "wanted"),
    [
        pytest.param(1 * MIB, 1_000, 16 * GIB, 1 * GIB, id="the least"),
        pytest.param(300 * MIB, 1_000_000, 16 * GIB, 3_000 * MIB, id="long texts"),
        pytest.param(24 * MIB, 51_000_000, 16 * GIB, 3_113 * MIB, id="digits pack well in a file"),
        pytest.param(10 * GIB, 1_000_000_000, 16 * GIB, 8_064 * MIB, id="the project's half"),
        pytest.param(10 * GIB, 1_000_000_000, 1 * GIB, 384 * MIB, id="the least project"),
    ],
)
def test_a_step_gets_memory_by_its_table_within_its_projects(
    table_bytes: int, cells: int, project_bytes: int, wanted: int
) -> None:
    """By the file's size or by the number of cells, whichever asks for more."""
    assert step_memory(table_bytes, cells, project_bytes) == wanted
