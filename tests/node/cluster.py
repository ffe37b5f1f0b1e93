"""A real Kubernetes whose pods really run: the one of KUBECONFIG, or one of our own.

`../shared/cluster/up --node`, beside the checkout, starts it on Linux as root. It builds Kubernetes once
a machine, in minutes, and two on one machine would fight over the network: tests use one only where
TABLECAST_NODE is set, all of them the same, and are skipped with the reason elsewhere.
"""

import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from tests.cluster.control_plane import SCRIPTS, ControlPlane, free_ports
from tests.lacking import lacking

# whoever listens here is a kubelet
KUBELET_PORT = 10_250


class Node(ControlPlane):
    """A cluster of one node, with the containerd that its kubelet starts containers with."""

    options = ("--node",)
    # Kubernetes may have to be built
    up_seconds = 1_800

    def containerd(self, *command: str) -> str:
        """Run containerd's client; return what it says."""
        address = f"--address={Path(self.kubeconfig).parent}/run/containerd.sock"
        done = subprocess.run(
            ["ctr", address, "--namespace=k8s.io", *command],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def brought() -> Node | None:
    """The cluster that KUBECONFIG names, made by `up --node` in the folder of that file."""
    kubeconfig = os.environ.get("KUBECONFIG")
    if not kubeconfig:
        return None
    home = Path(kubeconfig).parent
    if not (home / "run" / "containerd.sock").exists():
        return None
    server = yaml.safe_load(Path(kubeconfig).read_text())["clusters"][0]["cluster"]["server"]
    return Node(home, urlsplit(server).port or 443)


@contextmanager
def running() -> Iterator[Node]:
    """A node while the context lasts: the brought one, else our own; skips where there can be none."""
    # A wish, and no part of a machine: with CI set too nobody need have it.
    if not os.environ.get("TABLECAST_NODE"):
        pytest.skip("TABLECAST_NODE is not set: needs a Kubernetes that runs pods")
    if reason := why_not():
        lacking(reason)
    if found := brought():
        yield found
        return
    if _answers(KUBELET_PORT):
        lacking("another cluster's node runs on this machine: name it with KUBECONFIG")
    # a short path of its own: sockets' paths are bounded, and pytest would walk into the mounts
    with tempfile.TemporaryDirectory(prefix="tc-node-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        started = Node(home, free_ports())
        try:
            started.up()
            yield started
        finally:
            started.down()


def why_not() -> str:
    """Why no test may run pods here; "" where they may."""
    if os.geteuid() != 0:
        return "a node's containers are started by root"
    if not (SCRIPTS / "up").exists():
        return "no shared/cluster/up beside the checkout"
    return ""


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
