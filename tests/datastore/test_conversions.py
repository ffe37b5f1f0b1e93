"""Conversions end in a typed way, whatever happens to their processes, and begin again after a kill."""

import os
import signal
from pathlib import Path

import pytest

from tests.conftest import lacking
from tests.datastore.running import TUS, until

LONG = b"a,b,c\n" + b"".join(b"%d,x%d,%d.5\n" % (n, n, n) for n in range(1_500_000))
MIB = 1 << 20


def killed_child(datastore, number: int) -> None:
    child = until(datastore.children, "a conversion to start")[0]
    os.kill(child, number)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        pytest.param(signal.SIGKILL, "OUT_OF_MEMORY", id="killed, as for memory"),
        pytest.param(signal.SIGSEGV, "CONVERSION_FAILED", id="crashed"),
    ],
)
def test_a_conversion_that_dies_fails_its_version_and_nothing_else(start, number, code):
    datastore = start()
    path = datastore.begin("dies", LONG)
    killed_child(datastore, number)
    assert datastore.converted(path)["error"]["code"] == code
    assert datastore.convert("next", b"a\n1\n")["state"] == "READY"


def test_a_table_larger_than_the_memory_is_a_typed_error(start):
    datastore = start(convert_memory_bytes=170 * MIB)
    error = datastore.convert("memory", LONG)["error"]
    assert error["code"] == "OUT_OF_MEMORY"
    assert "170 MiB" in error["message"]


def test_a_conversion_that_takes_too_long_is_ended(start):
    datastore = start(convert_seconds=0.2)
    assert datastore.convert("slow", LONG)["error"]["code"] == "CONVERSION_TIMEOUT"
    assert datastore.children() == []


def test_a_killed_server_takes_its_children_with_it_and_begins_again(start):
    datastore = start()
    path = datastore.begin("again", LONG)
    child = until(datastore.children, "the conversion to start")[0]
    datastore.kill()
    until(lambda: gone(child), "the child to die")
    datastore.start()
    state = datastore.converted(path)
    assert (state["state"], state["rows"]) == ("READY", 1_500_000)
    assert datastore.converted(path)["progress"] == 1


def gone(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    return not status.exists() or "State:\tZ" in status.read_text()


def test_progress_only_grows(start):
    datastore = start()
    path = datastore.begin("progress", LONG)
    seen = []
    while (state := datastore.ask("GET", path).json())["state"] == "CONVERTING":
        seen.append(state["progress"])
    assert seen == sorted(seen)
    assert len(set(seen)) > 2


def test_a_deleted_version_stops_converting_and_is_gone(start):
    datastore = start()
    path = datastore.begin("deleted", LONG)
    child = until(datastore.children, "the conversion to start")[0]
    assert datastore.ask("DELETE", path).status_code == 204
    assert gone(child)
    assert datastore.ask("GET", path).status_code == 404
    assert datastore.ask("DELETE", path).status_code == 204
    assert not (datastore.root / "datasets/d/deleted").exists()
    assert datastore.convert("kept", b"a\n1\n")["state"] == "READY"
    assert datastore.ask("DELETE", "/v1/datasets/d").status_code == 204
    assert not (datastore.root / "datasets/d").exists()


def test_no_more_run_at_once_than_the_settings_say(start):
    datastore = start(conversions=1)
    paths = [datastore.begin(f"q{number}", LONG[: 2 * MIB]) for number in range(3)]
    most = 0
    while any(datastore.ask("GET", path).json()["state"] == "CONVERTING" for path in paths):
        most = max(most, len(datastore.children()))
    assert most == 1
    assert [datastore.ask("GET", path).json()["state"] for path in paths] == ["READY"] * 3


def test_a_conversion_begun_twice_runs_once_and_never_changes(datastore):
    path = datastore.begin("twice", b"a\n1\n")
    first = datastore.converted(path)
    body = {"upload": "u-twice", "file_name": "table.csv", "options": {}}
    assert datastore.ask("DELETE", "/uploads/u-twice", headers=TUS).status_code == 204
    again = datastore.ask("PUT", path, json=body)
    assert (again.status_code, again.json()) == (202, first)
    other = datastore.ask("PUT", path, json={**body, "options": {"delimiter": ";"}})
    assert (other.status_code, other.json()["error"]["code"]) == (409, "VERSION_EXISTS")


def test_a_conversion_needs_a_finished_upload(datastore):
    path = "/v1/datasets/d/versions/early"
    missing = datastore.ask("PUT", path, json={"upload": "nobody", "file_name": "x"})
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "UPLOAD_NOT_FOUND")
    datastore.create("early", 3)
    early = datastore.ask("PUT", path, json={"upload": "early", "file_name": "x"})
    assert (early.status_code, early.json()["error"]["code"]) == (409, "UPLOAD_INCOMPLETE")
    assert datastore.ask("GET", path).json()["error"]["code"] == "VERSION_NOT_FOUND"


def test_the_server_itself_never_loads_what_reads_tables(datastore):
    datastore.convert("loads", b"a\n1\n")
    maps = Path(f"/proc/{datastore.process.pid}/maps").read_text()
    assert "pyarrow" not in maps
    assert "numpy" not in maps


@pytest.fixture
def small_volume(tmp_path: Path):
    """A volume of 8 MiB."""
    root = tmp_path / "volume-0"
    root.mkdir()
    if os.system(f"mount -t tmpfs -o size=8m tmpfs {root} 2>/dev/null") != 0:
        lacking("a file system cannot be mounted here")
    yield root
    os.system(f"umount {root}")


def test_a_full_volume_is_said_so_and_loses_nothing(small_volume, start):
    datastore = start()
    assert datastore.root == small_volume
    datastore.create("full", 6 * MIB)
    filler = small_volume / "filler"
    filler.write_bytes(b"f" * 5 * MIB)
    answer = datastore.patch("full", 0, b"x" * 6 * MIB)
    assert (answer.status_code, answer.json()["error"]["code"]) == (507, "DISK_FULL")
    kept = datastore.offset("full")
    assert 0 < kept < 6 * MIB
    filler.unlink()
    assert datastore.patch("full", kept, b"x" * (6 * MIB - kept)).status_code == 204
    assert datastore.ask("POST", "/v1/uploads/full/finish", json={}).status_code == 200


def test_a_conversion_on_a_full_volume_fails_as_such(small_volume, start):
    datastore = start()
    rows = b"".join(b"%d\n" % (n * 7919 % 1_000_003 * 999_983) for n in range(330_000))
    path = datastore.begin("full", b"n\n" + rows)
    (small_volume / "filler").write_bytes(b"f" * (small_room(small_volume) - 300_000))
    assert datastore.converted(path)["error"]["code"] == "DISK_FULL"
    assert datastore.ask("GET", "/healthz").status_code == 200


def small_room(root: Path) -> int:
    found = os.statvfs(root)
    return found.f_bavail * found.f_frsize
