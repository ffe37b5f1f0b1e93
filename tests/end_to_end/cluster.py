"""The embedded cluster of a machine, looked at past the API: its objects' file, volumes, processes."""

import asyncio
import base64
import contextlib
import json
import os
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.end_to_end.machine import Machine

Manifest = dict[str, Any]


def row_id(global_id: str) -> str:
    """The id that names and labels in the cluster are made of."""
    return base64.b64decode(global_id).decode().partition(":")[2]


def objects(machine: Machine, *, kind: str = "", about: str = "") -> list[Manifest]:
    """Objects in the cluster: of a kind, and that hold `about`, a global id or a namespace."""
    path = machine.state / "cluster" / "objects.sqlite"
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as file:
        bodies = [row[0] for row in file.execute("SELECT body FROM objects")]
    wanted = about if about.startswith("tc-") else row_id(about)
    found = [json.loads(body) for body in bodies if wanted.encode() in body]
    return [one for one in found if kind in ("", one["kind"])]


def names(machine: Machine, *, kind: str = "", about: str = "") -> list[str]:
    """Objects as messages show them."""
    found = objects(machine, kind=kind, about=about)
    return [f"{one['kind']} {one['metadata']['name']}" for one in found]


def folders(machine: Machine, name: str) -> list[Path]:
    """What volumes hold under a noun's global id, or all of a namespace's."""
    claims = machine.state / "cluster" / "claims"
    if name.startswith("tc-"):
        return list(claims.glob(f"{name}/*"))
    return list(claims.glob(f"*/*/*/{row_id(name)}*"))


def send(pids: list[int], number: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal to processes, as far as they are there."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


async def soon(seconds: float, holds: Callable[[], Any], what: str) -> Any:
    """Wait until `holds()` returns something true, and return that; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        await asyncio.sleep(0.02)
    return found
