"""A `tablecast serve` of the test's own on a real cluster."""

import os
import subprocess
import sys

from tests.end_to_end.machine import Machine, within


class Server(Machine):
    """`tablecast serve` with a real cluster's kubeconfig, on a SQLite of its own."""

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.launch()
        within(60, self._answers, f"the server to answer; its log is in {self.state}")

    def launch(self) -> None:
        """Start it."""
        self.state.mkdir(parents=True, exist_ok=True)
        told = {
            "TABLECAST_CLUSTER": "kubernetes",
            "TABLECAST_DATABASE": f"sqlite://{self.state}/t.db",
            "TABLECAST_SECRET": "s" * 32,
            "TABLECAST_ANONYMOUS": "ann",
            "TABLECAST_PORT": str(self.port),
        }
        with (self.state / "tablecast.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tablecast", "serve"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | told | self.settings,
            )

    def ended(self) -> int:
        """Wait for it to end by itself; return the exit status."""
        assert self._process is not None
        return self._process.wait(60)
