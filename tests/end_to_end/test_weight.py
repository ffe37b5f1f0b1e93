"""What the server's process carries and leaves: none of the steps' libraries, little memory, nobody."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

from tablecast_demo.session import Session
from tests.end_to_end import job
from tests.end_to_end.machine import within
from tests.end_to_end.processes import alive, descendants, resident

# Each brings tens of megabytes, or reads what people upload: their place is in a step's own process.
HEAVY = (
    "flaml",
    "kserve",
    "kubernetes",
    "kubernetes_asyncio",
    "lightgbm",
    "numpy",
    "opentelemetry",
    "pandas",
    "polars",
    "pyarrow",
    "scipy",
    "skops",
    "sklearn",
    "tablecast_steps",
)
IDLE_BYTES = 150 << 20


def test_the_servers_code_imports_no_heavy_library():
    """All that `tablecast dev` imports to start, in an interpreter of its own."""
    script = (
        "import sys, tablecast.process, tablecast.cluster.embedded.cluster, tablecast.__main__;"
        f"print(*sorted(set({HEAVY!r}) & {{name.partition('.')[0] for name in sys.modules}}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == []


def test_an_idle_server_takes_less_than_150_mb(shared_machine):
    """Resident memory of the server's process, its stand-in cluster included."""
    assert 0 < resident(shared_machine.pid) < IDLE_BYTES


async def test_after_some_work_it_still_carries_no_heavy_library(shared_machine):
    """Seen in its memory map, once it took a table in, profiled it and showed rows of it."""
    async with asyncio.timeout(60), Session(shared_machine.url) as session:
        version = await job.ready_dataset(session, await job.project(session, "weighed"))
        asked = "query ($id: ID!) { datasetVersion(id: $id) { preview { total } } }"
        preview = (await session.query(asked, id=version))["datasetVersion"]["preview"]
    assert preview["total"] > 0
    maps = Path(f"/proc/{shared_machine.pid}/maps").read_text()
    assert "/orjson/" in maps, "compiled libraries show in the map"
    assert [name for name in HEAVY if f"/{name}/" in maps] == []
    assert resident(shared_machine.pid) < IDLE_BYTES


async def test_sigterm_ends_it_with_status_0_and_leaves_no_process(machine):
    """A project's datastore runs at the time; ten seconds later nothing of it is left."""
    async with asyncio.timeout(60), Session(machine.url) as session:
        await job.project(session, "ended")
    started = descendants(machine.pid)
    assert machine.processes("tablecast.datastore")
    began = time.monotonic()
    assert machine.stop() == 0
    left = 10 - (time.monotonic() - began)
    within(left, lambda: not alive(started), "what it started to end")
    assert machine.processes() == []
    assert "Traceback" not in machine.log()
