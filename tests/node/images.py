"""This checkout's images on a node: built from the Dockerfile, imported into its containerd.

An image's tag is a hash of what goes into it: one that the node has already is not built again.

    python -m tests.node.images     on the node of KUBECONFIG; prints the settings that name them
"""

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.cluster.control_plane import CHECKOUT, SCRIPTS
from tests.node.cluster import Node, brought

BASE = "docker.io/library/python:3.11-slim"
# every image is made of these, and of folders of its own
SHARED = ("Dockerfile", ".dockerignore", "pyproject.toml")
STEPS = ("src/tablecast_steps",)
TARGETS = {
    "server": ("src/tablecast", "migrations"),
    "preprocess": STEPS,
    "features": STEPS,
    "train": STEPS,
    "serve": STEPS,
}
# pip's index and its authority are this machine's to say
FROM_MACHINE = ("/etc/pip.conf", "/etc/ssl/certs")


def images(node: Node) -> dict[str, str]:
    """Every target's image by its name on the node, where it is when this returns."""
    wanted = {target: name_of(target) for target in TARGETS}
    there = set(node.containerd("images", "ls", "-q").split())
    missing = [target for target, name in wanted.items() if name not in there]
    if missing:
        _run(SCRIPTS / "base", BASE)
    for target in missing:
        _build(target, wanted[target])
        _import(node, wanted[target])
    return wanted


def name_of(target: str) -> str:
    """The image's name, its tag made of the content of all that goes into it."""
    digest = hashlib.sha256()
    for path in _sources(target):
        digest.update(f"{path.relative_to(CHECKOUT)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return f"localhost/tablecast-{target}:{digest.hexdigest()[:12]}"


def _sources(target: str) -> Iterator[Path]:
    for name in (*SHARED, *TARGETS[target]):
        path = CHECKOUT / name
        if path.is_file():
            yield path
        yield from sorted(
            found
            for found in path.rglob("*")
            if found.is_file() and "__pycache__" not in found.parts
        )


def _build(target: str, name: str) -> None:
    mounts = [f"--volume={path}:{path}:ro" for path in FROM_MACHINE if Path(path).exists()]
    _run(
        "buildah",
        "bud",
        "--layers",
        "--isolation=chroot",
        "--network=host",
        *mounts,
        f"--build-arg=BASE={BASE}",
        f"--target={target}",
        f"--tag={name}",
        CHECKOUT,
    )


def _import(node: Node, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "image.tar"
        _run("buildah", "push", name, f"docker-archive:{archive}:{name}")
        node.containerd("images", "import", str(archive))


def _run(*command: str | Path) -> None:
    done = subprocess.run(
        ["nice", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4_000:]


def main() -> int:
    """Bring every image to the node of KUBECONFIG."""
    node = brought()
    if node is None:
        print("KUBECONFIG does not name a cluster of `up --node`", file=sys.stderr)
        return 1
    for target, name in images(node).items():
        print(f"TABLECAST_IMAGE_{target.upper()}={name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
