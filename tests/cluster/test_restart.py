"""The cluster outlives its process: nothing is lost, doubled or left running."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tablecast.cluster.embedded.cluster import EmbeddedCluster, StateInUse
from tablecast.cluster.port import (
    CONFIG_MAP,
    INFERENCE_SERVICE,
    KINDS,
    NAMESPACE,
    POD,
    TRAINED_MODEL,
    WORKFLOW,
    Manifest,
)
from tablecast.errors import ObjectMissing

from .conftest import running
from .manifests import (
    claim,
    config_map,
    deployment,
    inference_service,
    namespace,
    runtime,
    service,
    step,
    trained_model,
    workflow,
)
from .seeing import is_ready
from .servers import DATASTORE, MODEL_SERVER, SERVER
from .victim import SPACE
from .waiting import until, until_answer, until_gone, until_object


@contextmanager
def victim(state: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of its own that runs a cluster in `state` with a workflow of three steps."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    arguments = [sys.executable, "-m", "tests.cluster.victim", str(state)]
    process = subprocess.Popen(arguments, env=environment, cwd=Path(__file__).parents[2])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def marks(state: Path) -> dict[str, list[int]]:
    """What the steps left on the claim: pids by step, a line for each life."""
    found = {}
    for path in state.glob("claims/*/*/*.pids"):
        lines = path.read_text().splitlines()
        found[path.stem] = [int(pid) for line in lines for pid in json.loads(line)]
    return found


def alive(pid: int) -> bool:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return False
    return fields[0] != "Z"


@pytest.mark.parametrize("step", ["preprocess", "features", "train"])
async def test_a_killed_cluster_leaves_no_process_and_goes_on(tmp_path: Path, step: str) -> None:
    state = tmp_path / "state"
    with victim(state) as process:

        async def begun() -> bool:
            assert process.poll() is None
            return step in marks(state)

        await until(begun)
        process.send_signal(signal.SIGKILL)
        process.wait()
        pids = marks(state)[step]

        async def quiet() -> bool:
            return not any(map(alive, pids))

        # the step and its own child, which has a session of its own
        assert len(pids) == 2
        await until(quiet, 5)
    (state / "go").touch()
    async with running(state) as cluster:
        over = await until_object(
            cluster, WORKFLOW, SPACE, "t1", lambda o: "finishedAt" in o["status"]
        )
        pods = (await cluster.list(POD, namespace=SPACE)).objects
    assert over["status"]["phase"] == "Succeeded"
    assert len(pods) == 3
    restarts = {
        pod["metadata"]["annotations"]["workflows.argoproj.io/node-name"].partition(".")[2]: pod[
            "status"
        ]["containerStatuses"][0]["restartCount"]
        for pod in pods
    }
    assert restarts == {
        name: 1 if name == step else 0 for name in ("preprocess", "features", "train")
    }
    lives = {name: len(pids) // 2 for name, pids in marks(state).items()}
    assert lives == {name: count + 1 for name, count in restarts.items()}


async def test_a_restart_finds_objects_versions_and_volumes(tmp_path: Path) -> None:
    async with running(tmp_path / "state") as cluster:
        await cluster.create(namespace("n"))
        made = await cluster.create(config_map("n", "one", a="1"))
        before = await cluster.list(CONFIG_MAP)
    async with running(tmp_path / "state") as cluster:
        assert await cluster.get(CONFIG_MAP, "n", "one") == made
        after = await cluster.list(CONFIG_MAP)
        assert after.resource_version == before.resource_version
        changed = await cluster.apply(config_map("n", "one", b="2"))
        assert int(changed["metadata"]["resourceVersion"]) > int(before.resource_version)


async def test_servers_come_back_in_the_same_pods(tmp_path: Path) -> None:
    async def only_pod(cluster: EmbeddedCluster) -> Manifest:
        [pod] = (await cluster.list(POD, namespace="n", selector="app=web")).objects
        return pod

    async with running(tmp_path / "state") as cluster:
        await cluster.create(namespace("n"))
        await cluster.create(deployment("n", "web", SERVER))
        await cluster.create(service("n", "web"))
        await until_answer(cluster, "n", "web")
        before = await only_pod(cluster)
    async with running(tmp_path / "state") as cluster:

        async def again() -> bool:
            statuses = (await only_pod(cluster))["status"]["containerStatuses"]
            return bool(statuses[0]["restartCount"] == 1)

        await until(again)
        assert await until_answer(cluster, "n", "web") == b"hello"
        after = await only_pod(cluster)
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert "terminated" in after["status"]["containerStatuses"][0]["lastState"]


async def test_nothing_runs_once_the_cluster_has_ended(tmp_path: Path) -> None:
    code = f"import os; open('pid', 'w').write(str(os.getpid()))\n{SERVER}"
    async with running(tmp_path / "state") as cluster:
        await cluster.create(namespace("n"))
        await cluster.create(deployment("n", "web", code))
        await cluster.create(service("n", "web"))
        await until_answer(cluster, "n", "web")
        [pid] = [int(path.read_text()) for path in tmp_path.glob("state/pods/*/*/*/pid")]
        assert alive(pid)
    assert not alive(pid)


async def test_a_state_folder_has_one_owner(tmp_path: Path) -> None:
    first = EmbeddedCluster(tmp_path / "state")
    try:
        with pytest.raises(StateInUse):
            EmbeddedCluster(tmp_path / "state")
    finally:
        first.close()
    second = EmbeddedCluster(tmp_path / "state")
    with pytest.raises(ObjectMissing):
        await second.get(CONFIG_MAP, "n", "one")
    second.close()


async def test_the_keepers_end_is_the_clusters_end(tmp_path: Path) -> None:
    cluster = EmbeddedCluster(tmp_path / "state")
    work = asyncio.create_task(cluster.run())
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")

    async def keeper() -> list[int]:
        pids = [int(pid) for pid in children.read_text().split()]
        return [pid for pid in pids if b"keeper.py" in Path(f"/proc/{pid}/cmdline").read_bytes()]

    [pid] = await until(keeper)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(ExceptionGroup, match="TaskGroup"):
        await asyncio.wait_for(work, 10)
    cluster.close()
    assert work.done()


async def test_a_namespace_ends_with_everything_that_runs_in_it(tmp_path: Path) -> None:
    code = f"import os; open('pid', 'w').write(str(os.getpid()))\n{SERVER}"
    async with running(tmp_path / "state") as cluster:
        await cluster.create(namespace("n"))
        await cluster.create(claim("n"))
        await cluster.create(deployment("n", "datastore", DATASTORE))
        await cluster.create(service("n", "datastore"))
        await cluster.create(deployment("n", "web", code))
        await cluster.create(runtime("n", MODEL_SERVER))
        await cluster.create(inference_service("n", "pool-1"))
        await until_object(cluster, INFERENCE_SERVICE, "n", "pool-1", is_ready)
        await cluster.create(trained_model("n", "first-r1", "a"))
        await cluster.create(workflow("n", "t1", step("train", "import time; time.sleep(60)")))
        await until_object(cluster, TRAINED_MODEL, "n", "first-r1", is_ready)

        async def claimed() -> bool:
            return bool(list(tmp_path.glob("state/claims/n/*"))) and bool(
                list(tmp_path.glob("state/pods/*/*/*/pid"))
            )

        await until(claimed)
        [pid] = [int(path.read_text()) for path in tmp_path.glob("state/pods/*/*/*/pid")]
        await cluster.delete(NAMESPACE, "", "n")
        await until_gone(cluster, NAMESPACE, "", "n")
        assert not alive(pid)
        for kind in KINDS.values():
            assert not (await cluster.list(kind)).objects

        async def empty() -> bool:
            return not [*tmp_path.glob("state/claims/n/*"), *tmp_path.glob("state/pods/*")]

        await until(empty)


async def test_a_server_that_was_backing_off_counts_on_after_a_restart(tmp_path: Path) -> None:
    async def status(cluster: EmbeddedCluster, holds: Callable[[Manifest], bool]) -> Manifest:
        async def look() -> Manifest | None:
            for pod in (await cluster.list(POD, namespace="n", selector="app=web")).objects:
                for each in pod["status"].get("containerStatuses", []):
                    if holds(each):
                        return each
            return None

        found = await until(look)
        assert found is not None
        return found

    async with running(tmp_path / "state") as cluster:
        await cluster.create(namespace("n"))
        await cluster.create(deployment("n", "web", "raise SystemExit(1)"))
        await status(
            cluster, lambda s: "BackOff" in s["state"].get("waiting", {}).get("reason", "")
        )
    async with running(tmp_path / "state") as cluster:
        again = await status(cluster, lambda s: s["restartCount"] >= 2)
    assert again["restartCount"] >= 2
