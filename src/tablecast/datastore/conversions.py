"""Runs conversions in child processes, few at a time, and judges how they end.

A child can be killed, run out of memory or crash: then its version is FAILED with a typed error, and the
server goes on. After a restart of the server every conversion that had not ended begins again.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tablecast.datastore.conversion.failure import ConversionFailure, disk_full, out_of_memory
from tablecast.datastore.conversion.limits import Limits
from tablecast.datastore.conversion.state import CONVERTING, FAILED, read_state, write_state
from tablecast.datastore.settings import Settings
from tablecast.datastore.volume import Volume

REQUEST_FILE = "request.json"
_MODULE = "tablecast.datastore.conversion"
_WORDS = 4096
_AGAIN_SECONDS = 5.0
_MEMORY_WORDS = ("MemoryError", "bad_alloc", "malloc of size", "Cannot allocate memory")
_ENVIRONMENT = {
    "PATH": os.environ.get("PATH", os.defpath),
    "PYTHONHASHSEED": "0",  # estimates of one table are the same every time
    "PYTHONUNBUFFERED": "1",
    "MALLOC_ARENA_MAX": "2",
    "OPENBLAS_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "mimalloc",
    # reserved memory must not count as used against the limit
    "MIMALLOC_ARENA_EAGER_COMMIT": "0",
}


@dataclass(eq=False)
class Run:
    """One conversion that is going on."""

    child: asyncio.subprocess.Process | None = None
    unwanted: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def begun(self, child: asyncio.subprocess.Process) -> None:
        """Take note of the process; it ends at once where nobody wants it any more."""
        self.child = child
        if self.unwanted:
            self.stop()

    def stop(self) -> None:
        """Have it end, also where its process is only just being started."""
        self.unwanted = True
        if self.child and self.child.returncode is None:
            with suppress(ProcessLookupError):
                self.child.kill()


class Conversions:
    """The queue of versions to convert, and the children that do it."""

    def __init__(self, settings: Settings, volume: Volume) -> None:
        self._settings, self._volume = settings, volume
        self._waiting: asyncio.Queue[Path] = asyncio.Queue()
        self._running: dict[Path, Run] = {}

    def begin(self, folder: Path) -> None:
        """Convert the version at `folder` when its turn comes."""
        self._waiting.put_nowait(folder)

    async def forget(self, folder: Path) -> None:
        """End what runs for the version at `folder`, or for any below it, before it is removed."""
        stopped = [run for path, run in self._running.items() if path.is_relative_to(folder)]
        for run in stopped:
            run.stop()
        for run in stopped:
            await run.ended.wait()

    async def run(self) -> None:
        """Begin again what an earlier process left, then convert for ever."""
        for folder in await asyncio.to_thread(self._left_over):
            self._waiting.put_nowait(folder)
        async with asyncio.TaskGroup() as workers:
            for _ in range(self._settings.conversions):
                workers.create_task(self._work())

    def _left_over(self) -> list[Path]:
        folders = sorted(self._volume.datasets.glob(f"*/*/{REQUEST_FILE}"))
        states = ((path.parent, read_state(path.parent)) for path in folders)
        return [folder for folder, state in states if state and state["state"] == CONVERTING]

    async def _work(self) -> None:
        while True:
            folder = await self._waiting.get()
            if folder not in self._running:
                run = self._running[folder] = Run()
                try:
                    await self._convert(folder, run)
                finally:
                    del self._running[folder]
                    run.ended.set()

    async def _convert(self, folder: Path, run: Run) -> None:
        options = await asyncio.to_thread(_still_wanted, folder)
        if options is None or run.unwanted:
            return
        async with self._child(folder, options) as child:
            run.begun(child)
            words, late = await self._watch(child)
        failure = self._judged(child.returncode or 0, words, late)
        if failure and not run.unwanted:
            await self._record(folder, failure)

    async def _record(self, folder: Path, failure: ConversionFailure) -> None:
        """Write the failure down, however long a full volume makes it wait."""
        while True:
            try:
                return await asyncio.to_thread(_fail, folder, failure)
            except OSError as exc:
                sys.stderr.write(f"datastore: the state of {folder} cannot be written: {exc}\n")
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _watch(self, child: asyncio.subprocess.Process) -> tuple[str, bool]:
        """Return the end of what the child said, and whether it took too long."""
        saying = asyncio.ensure_future(_last_words(child))
        try:
            async with asyncio.timeout(self._settings.convert_seconds):
                await child.wait()
        except TimeoutError:
            child.kill()
            return await saying, True
        return await saying, False

    @asynccontextmanager
    async def _child(
        self, folder: Path, options: dict[str, Any]
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        limits = Limits(max_columns=self._settings.max_columns)
        memory = self._settings.convert_memory_bytes
        job = {"memory_bytes": memory, "limits": asdict(limits), "options": options}
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", _MODULE, str(folder), json.dumps(job)),
            # held open while we live: its end tells the child that we are gone
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env={**_ENVIRONMENT, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        try:
            yield child
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()

    def _judged(self, status: int, words: str, late: bool) -> ConversionFailure | None:
        if late:
            return ConversionFailure(
                "CONVERSION_TIMEOUT",
                f"The conversion took more than {self._settings.convert_seconds:g} seconds.",
                "upload a part of the table",
            )
        if status in (0, 2):
            return None
        if status in (-9, 3) or any(word in words for word in _MEMORY_WORDS):
            return out_of_memory(self._settings.convert_memory_bytes)
        sys.stderr.write(words)
        if "No space left" in words:
            return disk_full()
        return ConversionFailure(
            "CONVERSION_FAILED",
            "The table could not be converted, for a reason that is not its own.",
            "try again with a new version; the datastore's log has the details",
        )


async def _last_words(child: asyncio.subprocess.Process) -> str:
    assert child.stderr is not None
    words = b""
    while chunk := await child.stderr.read(_WORDS):
        words = (words + chunk)[-2 * _WORDS :]
    return words.decode("utf-8", "replace")


def _still_wanted(folder: Path) -> dict[str, Any] | None:
    """Return the options, or None where the version was deleted or ended while it waited."""
    try:
        options: dict[str, Any] = json.loads((folder / REQUEST_FILE).read_bytes())["options"]
    except FileNotFoundError:
        return None
    state = read_state(folder)
    return options if state and state["state"] == CONVERTING else None


def _fail(folder: Path, failure: ConversionFailure) -> None:
    with suppress(FileNotFoundError):
        for left in folder.glob("*.part"):
            left.unlink(missing_ok=True)
        state = read_state(folder)
        if state and state["state"] == CONVERTING:
            write_state(folder, {**state, "state": FAILED, "error": failure.document()})
