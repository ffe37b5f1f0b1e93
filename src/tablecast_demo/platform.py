"""The platform under the demo: a server that runs already, or `tablecast dev` started for it."""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFERRED_PORT = 8000
START_SECONDS = 60
# A server that was named is expected to run already.
GIVEN_SECONDS = 5


class PlatformFailed(Exception):
    """The platform did not come up; the message tells where to read why."""


@contextmanager
def platform(state: Path, url: str) -> Iterator[str]:
    """Yield the address of a platform that answers; end what was started here."""
    if url:
        _wait(url, None, state, seconds=GIVEN_SECONDS)
        yield url.rstrip("/")
        return
    state.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    with (state / "tablecast.log").open("ab") as log:
        command = [sys.executable, "-m", "tablecast", "dev", "--with-parent"]
        process = subprocess.Popen(
            [*command, "--state", str(state), "--port", str(port)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _wait(address, process, state)
            yield address
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait(
    address: str, process: subprocess.Popen[bytes] | None, state: Path, seconds: int = START_SECONDS
) -> None:
    deadline = time.monotonic() + seconds
    while not _answers(address):
        if process is not None and process.poll() is not None:
            raise PlatformFailed(f"The platform ended: {_last_line(state / 'tablecast.log')}")
        if time.monotonic() > deadline:
            raise PlatformFailed(f"Nothing answers at {address} after {seconds} seconds.")
        time.sleep(0.1)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _last_line(path: Path) -> str:
    lines = path.read_text(errors="replace").strip().splitlines()
    return f"{lines[-1] if lines else 'it said nothing'} (all of it in {path})"


def _free_port() -> int:
    for port in (PREFERRED_PORT, 0):
        try:
            with socket.create_server(("127.0.0.1", port)) as listener:
                return int(listener.getsockname()[1])
        except OSError:
            continue
    raise PlatformFailed("No TCP port is free on 127.0.0.1.")
