"""The simulated database: real SQLite, one connection for all, as if each replica had one of its own."""

import asyncio
import shutil
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from tortoise import Tortoise
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.connection import get_connection

from tablecast.domain.database import database, orm_config
from tests.simulation.loop import REPLICA


class Lock:
    """The connection's lock, which outlives who waits for it."""

    def __init__(self) -> None:
        self.holder: str | None = None
        self._waiting: deque[tuple[str, asyncio.Future[None]]] = deque()

    async def acquire(self) -> bool:
        if self.holder is None and not self._waiting:
            self.holder = REPLICA.get()
            return True
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((REPLICA.get(), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release()
            raise
        return True

    def release(self) -> None:
        self.holder = None
        while self._waiting:
            name, turn = self._waiting.popleft()
            if not turn.done():
                self.holder = name
                turn.set_result(None)
                return

    def forget(self, replica: str) -> None:
        """A killed replica waits no more; what it had open is rolled back, as its server would do."""
        self._waiting = deque(each for each in self._waiting if each[0] != replica)
        if self.holder == replica:
            raw: Any = get_connection("default")
            raw._connection._connection.rollback()
            self.release()


@cache
def _template() -> Path:
    """An empty database, made once a process."""
    path = Path(mkdtemp(prefix="tablecast-simulation-")) / "t.db"

    async def make() -> None:
        async with database(f"sqlite://{path}"):
            pass

    asyncio.run(make())
    return path


def prepare() -> None:
    """Have what every run copies; before any simulated loop runs."""
    _template()


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Lock]:
    """A fresh database in `folder` while the context lasts; yield its lock."""
    shutil.copy(_template(), folder / "t.db")
    EXECUTOR_CACHE.clear()
    config = orm_config(f"sqlite://{folder}/t.db")
    await Tortoise.init(config=config, _enable_global_fallback=True)
    connection = get_connection("default")
    lock = connection._lock = Lock()
    try:
        yield lock
    finally:
        await Tortoise.close_connections()
