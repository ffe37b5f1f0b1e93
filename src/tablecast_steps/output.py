"""A step's own output and its end: what it prints is kept in a file too, and SIGTERM is obeyed.

Both work below Python, because native libraries print to the descriptors themselves, and may
compute for minutes without letting Python look at a signal.
"""

import contextlib
import faulthandler
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

TERMINATED = 128 + signal.SIGTERM
_CHUNK = 65536


@contextlib.contextmanager
def teed(path: Path) -> Iterator[None]:
    """Copy whatever is written to descriptors 1 and 2 to the end of `path` as well."""
    with path.open("ab", buffering=0) as log:
        kept = os.dup(1), os.dup(2)
        out, into = os.pipe()
        copier = threading.Thread(target=_copy, args=(out, kept[0], log.fileno()), daemon=True)
        copier.start()
        os.dup2(into, 1)
        os.dup2(into, 2)
        os.close(into)
        faulthandler.enable(log)
        try:
            with _python_streams():
                yield
        finally:
            faulthandler.disable()
            os.dup2(kept[0], 1)
            os.dup2(kept[1], 2)
            # A child that still holds the pipe must not keep the step from ending.
            copier.join(timeout=2)
            for descriptor in (*kept, *(() if copier.is_alive() else (out,))):
                os.close(descriptor)


def _copy(out: int, terminal: int, log: int) -> None:
    while chunk := os.read(out, _CHUNK):
        for descriptor in (log, terminal):
            with contextlib.suppress(OSError):
                os.write(descriptor, chunk)


@contextlib.contextmanager
def _python_streams() -> Iterator[None]:
    """Let Python's own streams write to descriptors 1 and 2, a line at a time."""
    with (
        open(1, "w", buffering=1, closefd=False, encoding="utf-8", errors="replace") as out,
        open(2, "w", buffering=1, closefd=False, encoding="utf-8", errors="replace") as err,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        yield


@contextlib.contextmanager
def ends_on_sigterm() -> Iterator[None]:
    """End the process with exit code 143 at SIGTERM, also in the middle of native code."""
    out, into = os.pipe()
    os.set_blocking(into, False)
    before = signal.signal(signal.SIGTERM, lambda number, frame: _end())
    woken = signal.set_wakeup_fd(into, warn_on_full_buffer=False)
    threading.Thread(target=_await_signal, args=(out,), daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(woken)
        signal.signal(signal.SIGTERM, before)
        os.close(into)


def _await_signal(out: int) -> None:
    while number := os.read(out, 1):
        if number[0] == signal.SIGTERM:
            _end()
    os.close(out)


def _end() -> None:
    """End at once: what counts is on the volume, and half-written outputs have no done.json."""
    with contextlib.suppress(Exception):
        sys.stdout.flush()
    os._exit(TERMINATED)
