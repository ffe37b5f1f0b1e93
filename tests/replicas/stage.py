"""Three `tablecast serve` on one MariaDB and one cluster whose pods run, and what was asked of that."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tablecast.domain.migrations import upgrade
from tests.cluster.fake_api import kubeconfig_for
from tests.database.mariadb import private_mariadb
from tests.domain.world import MIGRATIONS
from tests.end_to_end.machine import free_port, within
from tests.end_to_end.server import Server

NAMES = ("one", "two", "three")


class Stage:
    """The replicas by their order, and the cluster's own notes of who asked it for what."""

    def __init__(self, folder: Path, database: str) -> None:
        self._cluster = folder / "cluster"
        self._cluster.mkdir(parents=True)
        self._port = free_port()
        self._front: subprocess.Popen[bytes] | None = None
        self.replicas = [self._replica(folder / name, name, database) for name in NAMES]

    def _replica(self, folder: Path, name: str, database: str) -> Server:
        folder.mkdir()
        url = f"http://127.0.0.1:{self._port}"
        return Server(
            folder,
            TABLECAST_DATABASE=database,
            TABLECAST_KUBECONFIG=kubeconfig_for(folder, url, {"token": name}),
            # What a sweep would put right is what these tests want to see not broken.
            TABLECAST_SWEEP_SECONDS="3600",
            TABLECAST_LOAD_SECONDS="15",
        )

    @property
    def urls(self) -> list[str]:
        """Where the replicas answer."""
        return [replica.url for replica in self.replicas]

    def start(self) -> None:
        """Start the cluster and all replicas, these side by side."""
        with (self._cluster / "front.log").open("ab") as log:
            self._front = subprocess.Popen(
                [sys.executable, "-m", "tests.replicas.front", str(self._cluster), str(self._port)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        for replica in self.replicas:
            replica.launch()
        self.ready()

    def ready(self) -> None:
        """Wait until every replica answers."""
        for replica in self.replicas:
            within(60, replica._answers, f"{replica.state.name} to be ready")

    def end(self) -> None:
        """Kill everything that runs."""
        for replica in self.replicas:
            replica.kill()
        assert self._front is not None
        # The keeper of its pods ends them all when this has gone.
        self._front.kill()
        self._front.wait(10)

    def notes(self) -> list[dict[str, Any]]:
        """What was asked of the cluster: each write when it was answered, each request that was held."""
        path = self._cluster / "asked.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    @contextmanager
    def holding(self, what: str) -> Iterator[None]:
        """Keep the cluster from answering requests of which "REPLICA PATH" has `what` in it."""
        path = self._cluster / "hold"
        fresh = path.with_suffix(".new")
        fresh.write_text(what + "\n")
        os.replace(fresh, path)
        try:
            yield
        finally:
            path.unlink()

    def held(self, name: str) -> list[str]:
        """The paths that a replica asked for and was held at."""
        return [note["held"] for note in self.notes() if "held" in note and note["who"] == name]

    def logs(self) -> str:
        """What the replicas printed."""
        return "\n".join(replica.log() for replica in self.replicas)


@contextmanager
def started(folder: Path) -> Iterator[Stage]:
    """A stage of its own while the context lasts."""
    with private_mariadb() as database:
        asyncio.run(upgrade(database, MIGRATIONS))
        stage = Stage(folder, database)
        stage.start()
        try:
            yield stage
        finally:
            stage.end()


def term(replica: Server) -> None:
    """Ask a replica to end."""
    os.kill(replica.pid, signal.SIGTERM)
