"""The keeper: the one process that starts containers, bounds their memory and outlives none.

Run as a script with a socket as its standard input; speaks JSON lines:
    {"start": id, "argv", "env", "cwd", "log", "memory"}   memory in bytes, 0 for no limit
    {"signal": id, "number"}                                to the container's whole group
and answers {"started": id, "pid"}, {"failed": id, "message"}, {"ended": id, "code", "oom"}.

When its server is gone, even by kill -9, the socket ends and everything that it started is
killed, grandchildren too; should the keeper itself be killed, the kernel kills its children.
Imports only the standard library: it must start fast and stay small.
"""

import contextlib
import ctypes
import json
import os
import re
import resource
import select
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Names the container in its processes' environment, so that strays can be told apart.
MARK = "TABLECAST_CONTAINER"
# Often enough to stop a runaway long before the machine suffers, seldom enough to cost nothing.
MEMORY_CHECK_SECONDS = 0.2
# Pages of programs and libraries, which no memory limit counts, in processes too short to be seen.
_UNSEEN_FILES = 32 << 20
_RESIDENT = re.compile(r"(Rss(?:Anon|File|Shmem)):\s+(\d+) kB")
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


@dataclass
class Kept:
    """A container's first process."""

    id: str
    memory: int
    killed_for_memory: bool = False
    files: int = 0


class Keeper:
    """Starts, watches and ends containers for the server at the other end of `link`."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._kept: dict[int, Kept] = {}
        self._wakes, wake = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(self._wakes, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)

    def run(self) -> None:
        """Work until the link ends."""
        unread = b""
        while True:
            ready = select.select([self._link.fileno(), self._wakes], [], [], self._patience())[0]
            if self._wakes in ready:
                os.read(self._wakes, 4096)
            if self._link.fileno() in ready:
                try:
                    received = self._link.recv(65536)
                except OSError:
                    return
                if not received:
                    return
                *lines, unread = (unread + received).split(b"\n")
                for line in lines:
                    self._obey(json.loads(line))
            self._check_memory()
            self._reap()

    def kill_all(self) -> None:
        """Kill whatever lives below this process, until nothing does."""
        while below := descendants(os.getpid()):
            for pid in below:
                _kill(pid)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            time.sleep(0.005)

    def _patience(self) -> float | None:
        limited = any(kept.memory for kept in self._kept.values())
        return MEMORY_CHECK_SECONDS if limited else None

    def _say(self, **message: Any) -> None:
        with contextlib.suppress(OSError):
            self._link.sendall(json.dumps(message).encode() + b"\n")

    def _obey(self, order: dict[str, Any]) -> None:
        if "start" in order:
            self._start(order)
            return
        for pid, kept in self._kept.items():
            if kept.id == order["signal"]:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, order["number"])

    def _start(self, order: dict[str, Any]) -> None:
        report, told = os.pipe()
        pid = os.fork()
        if pid == 0:
            self._become(order, told)
        os.close(told)
        failure = os.read(report, 4096)
        os.close(report)
        if failure:
            os.waitpid(pid, 0)
            self._say(failed=order["start"], message=failure.decode())
            return
        self._kept[pid] = Kept(order["start"], order["memory"])
        self._say(started=order["start"], pid=pid)

    def _become(self, order: dict[str, Any], told: int) -> None:
        """Turn this forked child into the container, or report why not and end."""
        try:
            parent = os.getppid()
            os.setsid()
            self._libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(137)
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            Path("/proc/self/oom_score_adj").write_text("500")
            os.chdir(order["cwd"])
            log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(log, 1)
            os.dup2(log, 2)
            for descriptor in range(3, 64):
                if descriptor != told:
                    with contextlib.suppress(OSError):
                        os.close(descriptor)
            os.execvpe(  # noqa: S606 argv is a list, no shell is wanted
                order["argv"][0], order["argv"], {**order["env"], MARK: order["start"]}
            )
        except BaseException as error:
            os.write(told, str(error).encode()[:4000] or b"failed")
        os._exit(128)

    def _check_memory(self) -> None:
        for pid, kept in self._kept.items():
            if kept.memory and not kept.killed_for_memory:
                tree = [pid, *descendants(pid)]
                used, files = map(sum, zip(*map(_resident, tree), strict=True))
                kept.files = max(kept.files, files)
                if used > kept.memory:
                    kept.killed_for_memory = True
                    for each in tree:
                        _kill(each)

    def _reap(self) -> None:
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            kept = self._kept.pop(pid, None)
            if kept:
                self._end(pid, kept, status, usage.ru_maxrss * 1024)

    def _end(self, pid: int, kept: Kept, status: int, peak: int) -> None:
        """Report a container's end: over its limit it was killed, however it got away with it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        for orphan in descendants(os.getpid()):
            if orphan not in self._kept and mark(orphan) == kept.id:
                _kill(orphan)
        excess = peak - kept.files - _UNSEEN_FILES - kept.memory
        oom = kept.killed_for_memory or bool(kept.memory and excess > 0)
        code = os.waitstatus_to_exitcode(status)
        code = 137 if oom else 128 - code if code < 0 else code
        self._say(ended=kept.id, code=code, oom=oom)


def descendants(pid: int) -> list[int]:
    """Return every living process below `pid`, as far as main threads made them."""
    found: list[int] = []
    waiting = [pid]
    while waiting:
        parent = waiting.pop()
        try:
            text = Path(f"/proc/{parent}/task/{parent}/children").read_text()
        except OSError:
            continue
        children = [int(child) for child in text.split()]
        found += children
        waiting += children
    return found


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _resident(pid: int) -> tuple[int, int]:
    """Return (bytes of its own, bytes of mapped files) that a process has in memory."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0, 0
    sizes = {name: 1024 * int(kibibytes) for name, kibibytes in _RESIDENT.findall(status)}
    return sizes.get("RssAnon", 0) + sizes.get("RssShmem", 0), sizes.get("RssFile", 0)


def mark(pid: int) -> str:
    """Return the id of the container that a process belongs to, "" for none or no right to see."""
    try:
        variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return ""
    prefix = f"{MARK}=".encode()
    return next((v[len(prefix) :].decode() for v in variables if v.startswith(prefix)), "")


def main() -> None:
    """Keep containers for the server behind standard input; kill them when it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.setsid()
    with socket.socket(fileno=os.dup(0)) as link:
        keeper = Keeper(link)
        try:
            keeper.run()
        finally:
            keeper.kill_all()


if __name__ == "__main__":
    main()
