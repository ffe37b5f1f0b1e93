"""A `tablecast dev` of the test's own: started, killed, started again, and looked at from outside."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

DEV = (sys.executable, "-m", "tablecast", "dev")


class Machine:
    """One state folder and the process on it; the address stays over restarts.

    `settings` are environment variables, read at each start.
    """

    def __init__(self, state: Path, **settings: str) -> None:
        self.state = state
        self.settings = settings
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.state.mkdir(parents=True, exist_ok=True)
        with (self.state / "tablecast.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*DEV, "--state", str(self.state), "--port", str(self.port)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | self.settings,
            )
        within(30, self._answers, f"the platform to answer; its log is in {self.state}")

    @property
    def pid(self) -> int:
        """The server's process id."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """kill -9, as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def stop(self) -> int:
        """SIGTERM; return the exit status."""
        self.terminate()
        return self.ended()

    def terminate(self) -> None:
        """SIGTERM."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)

    def ended(self) -> int:
        """Wait for it to end; return the exit status."""
        assert self._process is not None
        return self._process.wait(30)

    def log(self) -> str:
        """All that the server printed."""
        return (self.state / "tablecast.log").read_text(errors="replace")

    def processes(self, command: str = "") -> list[int]:
        """Ids of the processes that work in this state folder, but for the server itself.

        With `command`, only those whose command line has it.
        """
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            if int(folder.name) == os.getpid() or int(folder.name) == self.pid:
                continue
            line, environment = _read(folder / "cmdline"), _read(folder / "environ")
            if str(self.state) in line + environment and command in line:
                found.append(int(folder.name))
        return found

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"the platform ended: {self.log()[-2000:]}"
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def within(seconds: float, holds, what: str) -> None:
    """Wait until `holds()` is true, or fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.05)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace").replace("\0", " ")
    except OSError:
        return ""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
