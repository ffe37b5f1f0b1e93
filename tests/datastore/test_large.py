"""Large files: memory stays bounded, in the server and in its child."""

import hashlib
import os
from pathlib import Path

import pytest

from tests.datastore.running import PATCH, resident, until

pytestmark = pytest.mark.slow

MIB = 1 << 20
SIZE = int(os.environ.get("TABLECAST_LARGE_MIB", "200")) * MIB


def lines(size: int):
    """Yield about `size` bytes of CSV."""
    sent, number = 0, 0
    yield b"id,x,species,flag,day,text\n"
    while sent < size:
        block = b"".join(
            b"%d,%d.%03d,%s,%s,2024-0%d-1%d,some text %d\n"
            % (
                *(n, n % 977, n % 1000, (b"Adelie", b"Gentoo", b"NA")[n % 3]),
                *((b"true", b"false")[n % 2], n % 9 + 1, n % 10, n % 5003),
            )
            for n in range(number, number + 20_000)
        )
        number, sent = number + 20_000, sent + len(block)
        yield block


def test_a_large_table_is_taken_in_with_bounded_memory(start, record_property):
    datastore = start()
    digest, size = hashlib.sha256(), 0
    for block in lines(SIZE):
        digest.update(block)
        size += len(block)
    before = datastore.memory()
    datastore.create("large", size)
    most = [before]

    def watched():
        for block in lines(SIZE):
            most[0] = max(most[0], datastore.memory())
            yield block

    headers = {**PATCH, "Upload-Offset": "0"}
    assert datastore.ask("PATCH", "/uploads/large", data=watched(), headers=headers).ok
    done = datastore.ask("POST", "/v1/uploads/large/finish", json={}).json()
    assert done["sha256"] == digest.hexdigest()
    assert most[0] - before < 64 * MIB
    path = "/v1/datasets/d/versions/large"
    datastore.ask("PUT", path, json={"upload": "large", "file_name": "large.csv"})
    child = until(datastore.children, "the conversion to start")[0]
    child_most = 0

    def ended():
        nonlocal child_most
        if Path(f"/proc/{child}").exists():
            child_most = max(child_most, resident(child))
        state = datastore.ask("GET", path).json()
        return None if state["state"] == "CONVERTING" else state

    state = until(ended, "the conversion to end", seconds=900)
    assert state["state"] == "READY"
    assert child_most < 2048 * MIB
    record_property("server_growth_mib", (most[0] - before) // MIB)
    record_property("child_mib", child_most // MIB)
    print(f"server grew {(most[0] - before) >> 20} MiB, child took {child_most >> 20} MiB")
