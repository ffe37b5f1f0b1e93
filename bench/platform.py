"""The whole platform in this process, its cluster within reach."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tablecast.cluster.port import Cluster
from tablecast.domain.database import database
from tablecast.process import listening, open_cluster, parts, run_together
from tablecast.settings import Limits, Settings


@asynccontextmanager
async def platform() -> AsyncIterator[tuple[str, Cluster]]:
    """Yield the address and the embedded cluster of a platform with a state folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        settings = _settings(Path(folder))
        with listening(settings.host, settings.port) as listener:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            settings = settings.model_copy(update={"public_url": url})
            async with database(settings.database), open_cluster(settings) as (cluster, loops):
                app, own = parts(settings, Limits(), cluster)
                until = asyncio.Event()
                async with asyncio.TaskGroup() as group:
                    group.create_task(run_together(app, [*loops, *own], listener, Limits(), until))
                    yield url, cluster
                    until.set()


def _settings(state: Path) -> Settings:
    return Settings(
        database=f"sqlite://{state / 'bench.db'}",
        cluster="embedded",
        state=state,
        port=0,
        secret="b" * 32,
        anonymous="developer",
    )
