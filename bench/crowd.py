"""Many trainings on the API server of KUBECONFIG: what their objects cost a server, and how late it is.

The relay makes each training's Workflow; its three pods, and what becomes of them, are played here.
First a server starts that knows of none of them (cold start). Then pods change in turn, at a steady
pace, while a websocket follows some of the trainings: from the API server's answer to the message.
What was made is left: use a cluster that is thrown away. On SQLite.
"""

import asyncio
import base64
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Coroutine, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import connect
from typing import Any

from bench.etcd import relaying
from tablecast.cluster.kubernetes.cluster import KubernetesCluster
from tablecast.cluster.port import Cluster, Manifest
from tablecast.domain.database import database
from tablecast.domain.projects import ProjectWish, create_project
from tablecast.domain.states import OperationState, ProjectState
from tablecast.domain.tables import Attempt, Operation, Project, Training
from tablecast.settings import Settings
from tablecast_demo.session import Session
from tests.domain.world import ANN, LIMITS, a_training, a_version
from tests.end_to_end.processes import resident
from tests.end_to_end.server import Server
from tests.inbound.telling import labels_of

PROJECTS, IN_A_PROJECT = 63, 20
STEPS = ("preprocess", "features", "train")
CHANGED, FOLLOWED = 200, 50
CHANGES_A_SECOND = 20.0
AT_ONCE = 16
MESSAGE_SECONDS = 120.0
FOLLOW = """
subscription ($id: ID!) { training(id: $id) { latestAttempt { steps { name state } } } }"""


@dataclass
class Played:
    """A training whose pods are played here."""

    id: str
    namespace: str
    workflow: str
    uid: str
    labels: dict[str, str]


@dataclass
class Moments:
    """When the cluster had a training's step in a state, and when the websocket told of it."""

    stored: dict[tuple[str, str, str], float] = field(default_factory=dict)
    told: dict[tuple[str, str, str], float] = field(default_factory=dict)

    def delays(self) -> list[float]:
        """Milliseconds from the one to the other, of all that was told."""
        both = self.stored.keys() & self.told.keys()
        return sorted(1000 * max(0.0, self.told[key] - self.stored[key]) for key in both)


async def main() -> None:
    """Print the figures; needs KUBECONFIG."""
    if not os.environ.get("KUBECONFIG"):
        print("skipped: KUBECONFIG is not set")
        return
    with tempfile.TemporaryDirectory() as folder:
        async with KubernetesCluster() as cluster:
            played = await _prepare(cluster, Path(folder) / "t.db")
            server = Server(Path(folder), TABLECAST_KUBECONFIG=os.environ["KUBECONFIG"])
            try:
                await _cold_start(server, (1 + len(STEPS)) * len(played))
                await _changes(server, cluster, played[:: len(played) // CHANGED][:CHANGED])
            finally:
                server.kill()


async def _prepare(cluster: Cluster, path: Path) -> list[Played]:
    settings = Settings(database=f"sqlite://{path}", secret="s" * 32)
    began = time.perf_counter()
    async with database(settings.database), relaying(cluster, settings):
        trainings = [each for number in range(PROJECTS) for each in await _some(number)]
        while await Attempt.filter(workflow_uid="").exists():  # noqa: ASYNC110 -- rows have no event
            await asyncio.sleep(0.2)
        seconds = time.perf_counter() - began
        print(
            f"{len(trainings)} trainings were wished for and had their Workflows in {seconds:.0f} s"
        )
        played = [await _played(training) for training in trainings]
    await _together(cluster.create(_pod(one, step)) for one in played for step in STEPS)
    return played


async def _some(number: int) -> list[Training]:
    project = (await create_project(ANN, ProjectWish(name=f"crowd-{number}"), LIMITS)).row
    due = Operation.filter(project_id=project.id, state=OperationState.ACCEPTED)
    while await due.exists():  # noqa: ASYNC110 -- rows have no event
        await asyncio.sleep(0.05)
    # No datastore answers here: it has nothing to run on.
    await Project.filter(id=project.id).update(state=ProjectState.READY)
    version = await a_version(project)
    return [await a_training(version, name=f"t-{one}") for one in range(IN_A_PROJECT)]


async def _played(training: Training) -> Played:
    attempt = await Attempt.get(training_id=training.id)
    namespace = (await Project.get(id=training.project_id)).namespace
    labels = await labels_of(training)
    return Played(training.id, namespace, attempt.workflow_name, attempt.workflow_uid, labels)


async def _cold_start(server: Server, objects: int) -> None:
    began = time.perf_counter()
    await asyncio.to_thread(server.start)
    answered = time.perf_counter() - began
    while _seen(server.state / "t.db") < objects:  # noqa: ASYNC110 -- another process writes it
        await asyncio.sleep(0.2)
    seconds = time.perf_counter() - began
    print(
        f"cold start            {objects} objects known {seconds:.1f} s after the process began",
        end="",
    )
    print(f" (it answered after {answered:.1f} s), RSS {resident(server.pid) / 2**20:.0f} MiB")


def _seen(path: Path) -> int:
    query = "SELECT COUNT(*) FROM sighting WHERE kind IN ('Pod', 'Workflow')"
    with closing(connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as file:
        return int(file.execute(query).fetchone()[0])


async def _changes(server: Server, cluster: Cluster, played: list[Played]) -> None:
    moments = Moments()
    followed = played[:: len(played) // FOLLOWED][:FOLLOWED]
    async with Session(server.url) as session:
        following = [asyncio.create_task(_follow(session, one.id, moments)) for one in followed]
        await asyncio.sleep(5)
        began, cpu = time.perf_counter(), _cpu_seconds(server.pid)
        changes = [
            _change(cluster, one, step, state, moments)
            for step in STEPS
            for state in ("RUNNING", "SUCCEEDED")
            for one in played
        ]
        await _paced(changes)
        # A state that was soon over may have been passed over: a slow one gets fewer, newer messages.
        wanted = {(one.id, step.upper(), "SUCCEEDED") for one in followed for step in STEPS}
        async with asyncio.timeout(MESSAGE_SECONDS):
            while not wanted <= moments.told.keys():  # noqa: ASYNC110 -- messages come on their own
                await asyncio.sleep(0.1)
        wall, used = time.perf_counter() - began, _cpu_seconds(server.pid) - cpu
        for task in following:
            task.cancel()
        await asyncio.wait(following)
    delays = moments.delays()
    print(f"etcd to websocket     p50 {statistics.median(delays):.0f} ms", end="")
    print(
        f"  p99 {delays[int(len(delays) * 0.99)]:.0f} ms  ({len(delays)} of {len(changes)} changes,",
        end="",
    )
    print(f" {CHANGES_A_SECOND:.0f} a second)")
    print(f"server                {100 * used / wall:.0f} % of one core,", end="")
    print(f" RSS {resident(server.pid) / 2**20:.0f} MiB")


async def _follow(session: Session, training: str, moments: Moments) -> None:
    node = base64.b64encode(f"Training:{training}".encode()).decode()
    async for seen in session.follow(FOLLOW, id=node):
        for step in seen["latestAttempt"]["steps"]:
            key = (training, step["name"], step["state"])
            moments.told.setdefault(key, time.perf_counter())


async def _change(cluster: Cluster, one: Played, step: str, state: str, moments: Moments) -> None:
    pod = _pod(one, step)
    named = {key: pod["metadata"][key] for key in ("name", "namespace")}
    manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": named, "status": _status(state)}
    await cluster.apply(manifest, manager="kubelet", subresource="status")
    moments.stored[(one.id, step.upper(), state)] = time.perf_counter()


async def _paced(changes: list[Coroutine[Any, Any, None]]) -> None:
    """Begin so many a second, whether or not those before have ended."""
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number, change in enumerate(changes):
            await asyncio.sleep(max(0.0, began + number / CHANGES_A_SECOND - time.perf_counter()))
            group.create_task(change)


async def _together(calls: Iterable[Awaitable[Any]]) -> None:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(call: Awaitable[Any]) -> None:
        async with room:
            await call

    async with asyncio.TaskGroup() as group:
        for call in calls:
            group.create_task(one(call))


def _pod(one: Played, step: str) -> Manifest:
    """A step's pod as Argo makes it, as far as anybody here reads it; it asks for next to nothing."""
    argo = "workflows.argoproj.io"
    owner = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "name": one.workflow}
    small = {"cpu": "1m", "memory": "1Mi"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"{one.workflow}-{step}-1",
            "namespace": one.namespace,
            "labels": one.labels | {f"{argo}/workflow": one.workflow},
            "annotations": {f"{argo}/node-name": f"{one.workflow}.{step}"},
            "ownerReferences": [owner | {"uid": one.uid, "controller": True}],
        },
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 1000,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": "main",
                    "image": "none",
                    "resources": {"requests": small, "limits": small},
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "capabilities": {"drop": ["ALL"]},
                    },
                }
            ],
        },
    }


def _status(state: str) -> Manifest:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    if state == "RUNNING":
        phase, main = "Running", {"running": {"startedAt": now}}
    else:
        ended = {"exitCode": 0, "reason": "Completed", "startedAt": now, "finishedAt": now}
        phase, main = "Succeeded", {"terminated": ended}
    container = {"name": "main", "state": main, "image": "none", "imageID": "", "ready": False}
    return {"phase": phase, "containerStatuses": [container | {"restartCount": 0}]}


def _cpu_seconds(pid: int) -> float:
    """Processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
