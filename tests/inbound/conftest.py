"""A database for each test that asks for a world."""

from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.domain.world import open_world

# Thousands of small transactions: in memory where the system has a place for that.
MEMORY = Path("/dev/shm")


@pytest.fixture
async def world() -> AsyncIterator[None]:
    """A fresh database."""
    place = MEMORY if MEMORY.is_dir() else None
    with TemporaryDirectory(dir=place) as folder:
        async with open_world(Path(folder)):
            yield
