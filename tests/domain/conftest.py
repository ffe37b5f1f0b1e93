"""A database for each test that asks for a world."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.domain.world import open_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[None]:
    """A fresh database."""
    async with open_world(tmp_path):
        yield
