"""A gibibyte through the API: nobody on the way holds it."""

import asyncio
import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tablecast_demo.session import Session
from tests.datastore.test_large import lines
from tests.end_to_end import job
from tests.end_to_end.machine import Machine, within
from tests.end_to_end.processes import descendants, most_resident, resident
from tests.end_to_end.sending import MIB, Slot, offset, send_half, send_rest, slot_of, taken_in

GIB = 1 << 30
MOST_GROWTH = 64 * MIB
MOST_CONVERSION = 2 * GIB


class Memory:
    """Resident bytes of a process, watched from now on."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.first = self.most = resident(pid)

    def look(self) -> None:
        """Look again."""
        self.most = max(self.most, resident(self.pid))

    @property
    def growth(self) -> int:
        """Bytes by which it grew at most."""
        return self.most - self.first


@contextmanager
def watched(machine: Machine) -> Iterator[dict[str, Memory]]:
    """Watch the server and its datastore, twenty times a second."""
    [datastore] = machine.processes("tablecast.datastore")
    watched = {"server": Memory(machine.pid), "datastore": Memory(datastore)}
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            for memory in watched.values():
                memory.look()

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield watched
    finally:
        over.set()
        looking.join()


@contextmanager
def child_watched(datastore: int) -> Iterator[list[int]]:
    """The most resident bytes that each look at the datastore's conversion found."""
    found, over = [0], threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            found.extend(most_resident(child) for child in descendants(datastore))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield found
    finally:
        over.set()
        looking.join()


@pytest.mark.slow
async def test_a_gibibyte_passes_through_in_little_memory(machine, tmp_path):
    """Cut off in the middle, resumed, equal; neither process holds it, the conversion under 2 GiB."""
    path, digest = tmp_path / "large.csv", hashlib.sha256()
    with path.open("wb") as file:
        for block in lines(GIB):
            digest.update(block)
            file.write(block)
    length = path.stat().st_size
    async with Session(machine.url) as session:
        slot = await slot_of(session, await job.project(session, "large"), length)
    before = _half_of_a_gibibyte(machine, slot, path)
    machine.start()
    within(30, lambda: offset(slot) >= 0, "the datastore to answer again")
    began = time.monotonic()
    with watched(machine) as after, path.open("rb") as file:
        await asyncio.to_thread(send_rest, slot, file)
    sent = time.monotonic()
    with child_watched(after["datastore"].pid) as child:
        async with Session(machine.url) as session:
            source = await taken_in(session, slot, 900)
    print(
        f"1 GiB: server +{max(before['server'].growth, after['server'].growth) / MIB:.1f} MiB,"
        f" datastore +{max(before['datastore'].growth, after['datastore'].growth) / MIB:.1f} MiB,"
        f" conversion {max(child) / MIB:.0f} MiB,"
        f" the second half in {sent - began:.1f} s, converted in {time.monotonic() - sent:.1f} s"
    )
    assert source["sourceSha256"] == digest.hexdigest()
    assert source["sourceBytes"] == length
    for memory in (*before.values(), *after.values()):
        assert memory.growth < MOST_GROWTH
    assert 0 < max(child) < MOST_CONVERSION


def _half_of_a_gibibyte(machine: Machine, slot: Slot, path: Path) -> dict[str, Memory]:
    with watched(machine) as memory, path.open("rb") as file:
        send_half(slot, file, path.stat().st_size, machine.kill)
    return memory
