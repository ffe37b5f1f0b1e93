"""A real datastore in a process of its own on a free port, and what tests ask of it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import requests

TOKEN, KEY = "the token", "the signing key"
TUS = {"Tus-Resumable": "1.0.0"}
PATCH = {**TUS, "Content-Type": "application/offset+octet-stream"}
_WAIT_SECONDS = 60.0


class Datastore:
    """A datastore over a folder; can be killed and started again on the same port."""

    def __init__(self, root: Path, **settings: object) -> None:
        self.root = root
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.settings = settings
        self.http = requests.Session()
        self.http.headers["Authorization"] = f"Bearer {TOKEN}"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = {
            **os.environ,
            "DATASTORE_ROOT": str(self.root),
            "DATASTORE_PORT": str(self.port),
            "DATASTORE_TOKEN": TOKEN,
            "DATASTORE_SIGNING_KEY": KEY,
            "TABLECAST_BIND": "127.0.0.1",
            **{f"DATASTORE_{name.upper()}": str(value) for name, value in self.settings.items()},
        }
        command = [sys.executable, "-m", "tablecast.datastore"]
        self.process = subprocess.Popen(command, env=environment)
        until(self.healthy, "the datastore to answer")

    def healthy(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, "the datastore ended"
        with suppress(requests.ConnectionError):
            return self.http.get(f"{self.url}/healthz", timeout=5).status_code == 200
        return False

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.http.close()

    def stop(self) -> int:
        """End it as Kubernetes would; return the exit status."""
        self.http.close()
        if self.process is None or self.process.poll() is not None:
            return 0
        self.process.terminate()
        return self.process.wait(timeout=20)

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.http.request(method, f"{self.url}{path}", timeout=30, **options)

    def create(self, upload: str, length: int, **headers: str) -> requests.Response:
        named = {**TUS, "Tablecast-Upload-Id": upload, "Upload-Length": str(length), **headers}
        return self.ask("POST", "/uploads", headers=named)

    def patch(self, upload: str, offset: int, data: bytes, **headers: str) -> requests.Response:
        named = {**PATCH, "Upload-Offset": str(offset), **headers}
        return self.ask("PATCH", f"/uploads/{upload}", data=data, headers=named)

    def offset(self, upload: str) -> int:
        answer = self.ask("HEAD", f"/uploads/{upload}", headers=TUS)
        assert answer.status_code == 200
        return int(answer.headers["Upload-Offset"])

    def upload(self, upload: str, data: bytes) -> None:
        """Send a whole file and finish it."""
        assert self.create(upload, len(data)).status_code == 201
        if data:
            assert self.patch(upload, 0, data).status_code == 204
        assert self.ask("POST", f"/v1/uploads/{upload}/finish", json={}).status_code == 200

    def begin(self, name: str, data: bytes, **options: Any) -> str:
        """Upload a file and have it converted; return the version's path."""
        self.upload(f"u-{name}", data)
        path = f"/v1/datasets/d/versions/{name}"
        body = {"upload": f"u-{name}", "file_name": "table.csv", "options": options}
        assert self.ask("PUT", path, json=body).status_code == 202
        return path

    def convert(self, name: str, data: bytes, **options: Any) -> dict[str, Any]:
        """Upload a file, have it converted, and return what became of it."""
        return self.converted(self.begin(name, data, **options))

    def converted(self, path: str) -> dict[str, Any]:
        def ended() -> dict[str, Any] | None:
            state: dict[str, Any] = self.ask("GET", path).json()
            return None if state["state"] == "CONVERTING" else state

        return until(ended, "the conversion to end")

    def children(self) -> list[int]:
        """The pids of its conversions."""
        assert self.process is not None
        tasks = Path(f"/proc/{self.process.pid}/task")
        return [
            int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()
        ]

    def memory(self) -> int:
        """Its resident bytes."""
        assert self.process is not None
        return resident(self.process.pid)


def resident(pid: int) -> int:
    """Return a process's resident bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def until(condition: Callable[[], Any], what: str, seconds: float = _WAIT_SECONDS) -> Any:
    """Return what `condition` returns once it is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds:g} seconds for {what}")


def table(datastore: Datastore, name: str) -> dict[str, list[Any]]:
    """Return the converted table's columns."""
    from pyarrow import parquet

    folder = datastore.root / "datasets" / "d" / name
    return parquet.ParquetFile(folder / "table.parquet").read().to_pydict()


def types(state: dict[str, Any]) -> list[str]:
    """Return the columns' types by the profile."""
    return [column["type"] for column in state["profile"]["columns"]]


def document(path: Path) -> Any:
    """Return a JSON file's content."""
    return json.loads(path.read_bytes())
