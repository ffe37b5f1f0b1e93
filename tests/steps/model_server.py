"""The model server as a process of its own, and KServe's agent as it fills its folder."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

# A process start on a busy machine takes seconds; nothing here waits longer than it has to.
PATIENCE = 60.0


class Server:
    """A server process over a folder."""

    def __init__(self, folder: Path, log: Path, *arguments: str, memory_bytes: int = 0) -> None:
        self.folder, self.log = folder, log
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "tablecast_steps.serve",
                    f"--model_dir={folder}",
                    f"--http_port={self.port}",
                    *arguments,
                ],
                env={
                    **os.environ,
                    "TABLECAST_BIND": "127.0.0.1",
                    "TABLECAST_MEMORY_BYTES": str(memory_bytes),
                },
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def ask(self, path: str, body: Any = None) -> tuple[int, Any]:
        """Return status and JSON; (0, None) while nobody listens."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data,
            {"Content-Type": "application/json"} if data else {},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.loads(refused.read())
        except (urllib.error.URLError, ConnectionError):
            return 0, None

    def predict(self, name: str, *rows: Any) -> tuple[int, Any]:
        return self.ask(f"/v1/models/{name}:predict", {"instances": list(rows)})

    def ready(self, name: str) -> tuple[int, Any]:
        return self.ask(f"/v2/models/{name}/ready")

    def until(self, true: Callable[[], bool]) -> None:
        """Wait for something to become true while the server lives."""
        ends = time.monotonic() + PATIENCE
        while not true():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < ends, self.log.read_text()
            time.sleep(0.05)

    def until_ready(self, name: str) -> None:
        self.until(lambda: self.ready(name)[0] == 200)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=15)


def arrive(folder: Path, name: str, artifact: Path) -> None:
    """Do as KServe's agent: the file first, and when it is whole, SUCCESS."""
    (folder / name).mkdir(parents=True, exist_ok=True)
    shutil.copy(artifact, folder / name / artifact.name)
    (folder / name / "SUCCESS.0123").write_text("{}")
