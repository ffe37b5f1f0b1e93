"""SIGKILL of a real platform at the most telling points: who asks again gets what was wished, once."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tablecast_demo import documents
from tests.end_to_end import job
from tests.end_to_end.machine import Machine, within
from tests.end_to_end.test_kill import WHOLE

# In the order in which a job comes to them; each start of the platform has the next one.
POINTS = (
    "after domain.projects._insert commit",
    "after outbound.projects._apply_namespace apply",
    "before outbound.marks.mark commit",
    "before inbound.readiness.write commit",
    "after domain.trainings.create_training.act commit",
    "after outbound.trainings._make create",
    "before inbound.records.record commit",
)
LONGEST_SECONDS = 90
# That no story comes to.
NOWHERE = "after all"


class Mortal(Machine):
    """A platform that dies at a point, and comes back with the next one."""

    def __init__(self, state: Path) -> None:
        super().__init__(state)
        self.died_at: list[str] = []

    def start(self) -> None:
        """Start it and wait until it answers, or has died at its point."""
        self.state.mkdir(parents=True, exist_ok=True)
        with (self.state / "tablecast.log").open("ab") as log:
            words = ["dev", "--state", str(self.state), "--port", str(self.port)]
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.failpoints.serve", self._point(), *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        within(30, lambda: self.has_died() or self._answers(), "the platform to answer, or die")

    def has_died(self) -> bool:
        """Whether its point was reached."""
        assert self._process is not None
        code = self._process.poll()
        assert code in (None, -9), self.log()[-2_000:]
        return code is not None

    def again(self) -> None:
        """After its death, start it anew."""
        self._process.wait(10)  # type: ignore[union-attr]
        self.died_at.append(self._point())
        within(5, lambda: not self.processes(), "every process of the dead platform to end")
        self.start()

    def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """What it answers; asked again after each of its deaths, unchanged."""
        while True:
            try:
                told = {"query": document, "variables": variables}
                answer = httpx.post(f"{self.url}/graphql", json=told, timeout=20)
                return next(iter(answer.json()["data"].values()))
            except httpx.TransportError:
                within(5, self.has_died, "it to be dead where it does not answer")
                self.again()

    def wish(self, document: str, key: str, **given: Any) -> dict[str, Any]:
        """A mutation, under a key of its own."""
        return self.ask(document, input={"idempotencyKey": key} | given)

    def _point(self) -> str:
        at = len(self.died_at)
        return POINTS[at] if at < len(POINTS) else NOWHERE


def _until(machine: Mortal, project: str, true: Any, what: str) -> dict[str, Any]:
    end = time.monotonic() + 60
    while True:
        whole = machine.ask(WHOLE, id=project)
        if true(whole):
            return whole
        assert time.monotonic() < end, f"waited for {what}: {whole}"
        time.sleep(0.1)


def _table(machine: Mortal, project: str) -> str:
    content = job.table()
    made = machine.wish(
        documents.CREATE_UPLOAD, "u", projectId=project, fileName="t.csv", length=len(content)
    )["upload"]
    headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0"}
    headers["Content-Type"] = "application/offset+octet-stream"
    within(10, lambda: _sent(made["url"], content, headers), "the upload to be taken")
    machine.wish(documents.FINISH_UPLOAD, "f", uploadId=made["id"])
    version = machine.wish(documents.CREATE_VERSION, "v", uploadId=made["id"], name="insects")
    return str(version["datasetVersion"]["id"])


def _sent(url: str, content: bytes, headers: dict[str, str]) -> bool:
    return httpx.patch(url, content=content, headers=headers, timeout=20).status_code == 204


@pytest.mark.slow
def test_killed_at_the_most_telling_points_a_job_is_done_once(tmp_path: Path) -> None:
    began = time.monotonic()
    machine = Mortal(tmp_path / "state")
    machine.start()
    try:
        _play(machine)
    finally:
        machine.kill()
        within(5, lambda: not machine.processes(), "every process to end")
    assert machine.died_at == list(POINTS)
    assert time.monotonic() - began < LONGEST_SECONDS


def _play(machine: Mortal) -> None:
    project = machine.wish(documents.CREATE_PROJECT, "p", name="mortal")["project"]["id"]
    _until(machine, project, lambda whole: whole["state"] == "READY", "the project")
    version = _table(machine, project)
    ready = {"state": "READY", "number": 1}
    _until(
        machine,
        project,
        lambda whole: [one["versions"]["nodes"] for one in whole["datasets"]["nodes"]] == [[ready]],
        "the table",
    )
    wish = {"name": "kinds", "target": job.TARGET, "algorithm": "LINEAR", "timeBudgetSeconds": 5}
    machine.wish(documents.CREATE_TRAINING, "t", datasetVersionId=version, **wish)
    _until(machine, project, _is_trained, "the training")
    whole = _until(machine, project, _is_settled, "every operation")
    (training,) = whole["trainings"]["nodes"]
    assert training["attemptCount"] == 1
    assert [one["versions"]["nodes"] for one in whole["models"]["nodes"]] == [[{"number": 1}]]


def _is_trained(whole: dict[str, Any]) -> bool:
    (training,) = whole["trainings"]["nodes"]
    assert training["state"] not in ("FAILED", "LOST"), training
    return bool(training["state"] == "SUCCEEDED")


def _is_settled(whole: dict[str, Any]) -> bool:
    states = {one["state"] for one in whole["operations"]["nodes"]}
    assert "FAILED" not in states, whole["operations"]
    return states <= {"OBSERVED", "SUPERSEDED"}
