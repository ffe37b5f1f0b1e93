"""A real control plane for tests: the one of KUBECONFIG, or one of our own that faults may be done to.

`../shared/cluster/up`, beside the checkout, starts a Kubernetes without a node. It builds Kubernetes
once a machine, in minutes; tests use it only where that is done and TABLECAST_CONTROL_PLANE or CI is
set, and are skipped with the reason elsewhere.
"""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.lacking import lacking

CHECKOUT = Path(__file__).parents[2]
SCRIPTS = CHECKOUT.parent / "shared" / "cluster"
# how many ports in a row `up` takes
PORTS = 7
# on a machine that does much else at the time
UP_SECONDS = 400


class ControlPlane:
    """A control plane in the folder `home`, whose processes can be stopped, frozen and killed."""

    # what `up` is told, and how long it may take
    options: tuple[str, ...] = ()
    up_seconds = UP_SECONDS

    def __init__(self, home: Path, port: int) -> None:
        self.kubeconfig = str(home / "kubeconfig")
        self.port = port
        self._home = home

    def up(self) -> None:
        """Start what does not run; returns when it answers.

        Asked again where it fails: it looks at conditions that a loaded machine may not have yet.
        """
        for tries_left in (2, 1, 0):
            code, said = self._script("up", *self.options)
            if code == 0:
                return
            assert tries_left, said

    def down(self) -> None:
        """End everything and remove its state."""
        code, said = self._script("down")
        assert code == 0, said

    def kill(self, name: str) -> None:
        """End a process at once."""
        os.kill(self._pid(name), signal.SIGKILL)

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """Keep a process from running, its connections open, while the context lasts."""
        pid = self._pid(name)
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    @property
    def etcd(self) -> str:
        """Where etcd answers."""
        return f"http://127.0.0.1:{self.port + 1}"

    def _pid(self, name: str) -> int:
        return int((self._home / "pids" / name).read_text())

    def _script(self, name: str, *options: str) -> tuple[int, str]:
        told = {"CLUSTER_HOME": str(self._home), "CLUSTER_PORT": str(self.port)}
        # Output into a file: what stays running would hold a pipe open.
        with (self._home.parent / f"{name}.log").open("w+") as log:
            done = subprocess.run(
                [SCRIPTS / name, *options],
                env=os.environ | told,
                stdout=log,
                stderr=log,
                timeout=self.up_seconds,
                check=False,
            )
            log.seek(0)
            return done.returncode, log.read()


def why_not() -> str:
    """Why no control plane can be started here; "" where one can."""
    if not (os.environ.get("TABLECAST_CONTROL_PLANE") or os.environ.get("CI")):
        return (
            "neither KUBECONFIG nor TABLECAST_CONTROL_PLANE is set: needs a Kubernetes API server"
        )
    if not (SCRIPTS / "up").exists():
        return "no shared/cluster/up beside the checkout, and KUBECONFIG is not set"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kube-test"
    if not any(cache.glob("*/kube")):
        return f"{SCRIPTS / 'up'} has not built Kubernetes yet: run it once, it takes minutes"
    return "" if shutil.which("openssl") else "openssl is not installed"


@contextmanager
def running(home: Path) -> Iterator[ControlPlane]:
    """A control plane of our own while the context lasts; skips where there can be none."""
    if reason := why_not():
        lacking(reason)
    home.mkdir(parents=True)
    plane = ControlPlane(home, free_ports())
    try:
        plane.up()
        yield plane
    finally:
        plane.down()


def free_ports() -> int:
    """The first of so many free ports in a row, below those that the system hands out."""
    for first in range(21_000, 32_000, 10):
        if all(_is_free(port) for port in range(first, first + PORTS)):
            return first
    raise AssertionError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
    return True
