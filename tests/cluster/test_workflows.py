"""Workflows run as Argo runs them, and end as the recordings of the real one do."""

import json

import pytest

from tablecast.cluster.embedded.cluster import EmbeddedCluster
from tablecast.cluster.port import POD, Manifest

from .manifests import python, step, workflow
from .seeing import SLEEP, ended, node, running_pod
from .waiting import until


async def test_three_steps_pass_a_file_on_and_their_results_come_back(
    cluster: EmbeddedCluster, space: str
) -> None:
    names = ("preprocess", "features", "train")
    await cluster.create(workflow(space, "t1", *map(step, names)))
    over = await ended(cluster, space, "t1")
    assert over["status"]["phase"] == "Succeeded"
    assert over["status"]["progress"] == "3/3"
    assert over["metadata"]["labels"]["workflows.argoproj.io/phase"] == "Succeeded"
    assert over["metadata"]["labels"]["workflows.argoproj.io/completed"] == "true"
    for count, name in enumerate(names, 1):
        outputs = node(over, name)["outputs"]
        assert outputs["exitCode"] == "0"
        assert json.loads(outputs["parameters"][0]["value"]) == {"count": count}


async def test_pods_have_argos_names_labels_and_annotations(
    cluster: EmbeddedCluster, space: str
) -> None:
    first = step("preprocess", retryStrategy={"limit": 2})
    await cluster.create(workflow(space, "t1", first, step("features")))
    await ended(cluster, space, "t1")
    pods = (await cluster.list(POD, namespace=space)).objects
    names = {pod["metadata"]["name"] for pod in pods}
    assert names == {"t1-preprocess-2932817357", "t1-features-2845257263"}
    pod = await cluster.get(POD, space, "t1-preprocess-2932817357")
    assert pod["metadata"]["labels"]["workflows.argoproj.io/workflow"] == "t1"
    assert pod["metadata"]["labels"]["tablecast.dev/managed"] == "true"
    annotations = pod["metadata"]["annotations"]
    assert annotations["workflows.argoproj.io/node-id"] == "t1-2932817357"
    assert annotations["workflows.argoproj.io/node-name"] == "t1.preprocess(0)"


async def test_a_failing_step_ends_the_workflow_and_omits_the_rest(
    cluster: EmbeddedCluster, space: str
) -> None:
    bad = step("features", "raise SystemExit(3)")
    await cluster.create(workflow(space, "t1", step("preprocess"), bad, step("train")))
    over = await ended(cluster, space, "t1")
    assert over["status"]["phase"] == "Failed"
    assert node(over, "features")["phase"] == "Failed"
    assert node(over, "features")["message"] == "main: Error (exit code 3)"
    assert node(over, "train")["phase"] == "Omitted"


async def test_a_failing_step_may_still_say_why(cluster: EmbeddedCluster, space: str) -> None:
    code = "import os; open(os.environ['RESULT'], 'w').write('why'); raise SystemExit(2)"
    await cluster.create(workflow(space, "t1", step("train", code)))
    over = await ended(cluster, space, "t1")
    pod = (await cluster.list(POD, namespace=space)).objects[0]
    assert node(over, "train")["outputs"]["exitCode"] == "2"
    assert pod["status"]["containerStatuses"][0]["state"]["terminated"]["message"] == "why"


async def test_a_step_without_its_result_file_is_an_error(
    cluster: EmbeddedCluster, space: str
) -> None:
    await cluster.create(workflow(space, "t1", step("train", "pass")))
    over = await ended(cluster, space, "t1")
    assert over["status"]["phase"] == "Error"
    assert "/tmp/result.json: no such file" in node(over, "train")["message"]


async def test_more_memory_than_the_limit_is_oom_killed(
    cluster: EmbeddedCluster, space: str
) -> None:
    greedy = python("x = bytearray(300 << 20)", memory="64Mi")
    await cluster.create(workflow(space, "t1", step("train", container=greedy)))
    over = await ended(cluster, space, "t1")
    assert over["status"]["phase"] == "Failed"
    assert node(over, "train")["message"] == "main: OOMKilled (exit code 137)"
    assert node(over, "train")["outputs"]["exitCode"] == "137"


async def test_mapped_files_are_nobodys_memory(cluster: EmbeddedCluster, space: str) -> None:
    code = (
        "import mmap, os, time\n"
        "path = os.environ['DATA'] + '/large'\n"
        "open(path, 'wb').truncate(200 << 20)\n"
        "file = open(path, 'rb')\n"
        "view = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)\n"
        "total = sum(view[at] for at in range(0, len(view), 4096))\n"
        "time.sleep(0.5)\n"
        "open(os.environ['RESULT'], 'w').write(str(total))"
    )
    reads = step("train", container=python(code, memory="64Mi"))
    await cluster.create(workflow(space, "t1", reads))
    over = await ended(cluster, space, "t1")
    assert over["status"]["phase"] == "Succeeded"


async def test_a_child_that_takes_the_memory_is_stopped_too(
    cluster: EmbeddedCluster, space: str
) -> None:
    code = (
        "import subprocess, sys\n"
        "subprocess.run([sys.executable, '-c',"
        " 'import time; x = bytearray(300 << 20); time.sleep(60)'])"
    )
    await cluster.create(
        workflow(space, "t1", step("train", container=python(code, memory="64Mi")))
    )
    over = await ended(cluster, space, "t1")
    assert node(over, "train")["message"] == "main: OOMKilled (exit code 137)"


async def test_a_step_over_its_deadline_fails_with_argos_words(
    cluster: EmbeddedCluster, space: str
) -> None:
    slow = step("features", SLEEP, activeDeadlineSeconds=1)
    await cluster.create(workflow(space, "t1", slow, step("train")))
    over = await ended(cluster, space, "t1")
    message = "Pod was active on the node longer than the specified deadline"
    assert over["status"]["phase"] == "Failed"
    assert node(over, "features")["message"] == message
    pod = (await cluster.list(POD, namespace=space)).objects[0]
    assert pod["status"]["reason"] == "DeadlineExceeded"
    assert pod["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 143


async def test_a_workflow_over_its_deadline_fails(cluster: EmbeddedCluster, space: str) -> None:
    slow = workflow(space, "t1", step("features", SLEEP), activeDeadlineSeconds=1)
    await cluster.create(slow)
    over = await ended(cluster, space, "t1")
    assert over["status"]["phase"] == "Failed"


async def test_a_failed_attempt_is_followed_by_another(
    cluster: EmbeddedCluster, space: str
) -> None:
    code = (
        "import os\n"
        "path = os.environ['DATA'] + '/tried'\n"
        "tried = os.path.exists(path)\n"
        "open(path, 'w').close()\n"
        "open(os.environ['RESULT'], 'w').write('{}')\n"
        "raise SystemExit(0 if tried else 1)"
    )
    again = step("features", code, retryStrategy={"limit": 2, "retryPolicy": "OnFailure"})
    await cluster.create(workflow(space, "t1", again, step("train")))
    over = await ended(cluster, space, "t1")
    assert over["status"]["phase"] == "Succeeded"
    assert node(over, "features")["type"] == "Retry"
    assert node(over, "features(0)")["message"] == "main: Error (exit code 1)"
    assert node(over, "features(1)")["phase"] == "Succeeded"
    assert over["status"]["progress"] == "2/3"


async def test_a_failure_is_not_tried_again_where_only_errors_are(
    cluster: EmbeddedCluster, space: str
) -> None:
    once = step(
        "train", "raise SystemExit(1)", retryStrategy={"limit": 2, "retryPolicy": "OnError"}
    )
    await cluster.create(workflow(space, "t1", once))
    over = await ended(cluster, space, "t1")
    assert over["status"]["phase"] == "Failed"
    assert len(node(over, "train")["children"]) == 1


async def test_attempts_come_to_an_end(cluster: EmbeddedCluster, space: str) -> None:
    bad = step("train", "raise SystemExit(1)", retryStrategy={"limit": "1"})
    await cluster.create(workflow(space, "t1", bad))
    over = await ended(cluster, space, "t1")
    assert over["status"]["phase"] == "Failed"
    assert node(over, "train")["message"] == "No more retries left"
    assert node(over, "train(1)")["phase"] == "Failed"


@pytest.mark.parametrize("strategy", ["Terminate", "Stop"])
async def test_a_shutdown_ends_the_running_step(
    cluster: EmbeddedCluster, space: str, strategy: str
) -> None:
    made = await cluster.create(workflow(space, "t1", step("features", SLEEP), step("train")))
    await running_pod(cluster, space, "features")
    identity = {key: made["metadata"][key] for key in ("name", "namespace", "uid")}
    wish = {"apiVersion": made["apiVersion"], "kind": "Workflow", "metadata": identity}
    await cluster.apply({**wish, "spec": {"shutdown": strategy}})
    over = await ended(cluster, space, "t1")
    assert over["status"]["phase"] == "Failed"
    assert over["status"]["message"] == f"Stopped with strategy '{strategy}'"
    assert node(over, "features")["message"] == "main: Error (exit code 143)"
    assert all(each["displayName"] != "train" for each in over["status"]["nodes"].values())


async def test_a_step_that_ends_well_after_a_shutdown_succeeded_in_a_workflow_that_failed(
    cluster: EmbeddedCluster, space: str
) -> None:
    """As Argo tells it: the pod's node keeps the shutdown's message, the Retry node around it failed."""
    obeying = (
        "import os, signal, time\n"
        "end = lambda *_: (open(os.environ['RESULT'], 'w').write('{}'), os._exit(0))\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print('it obeys', flush=True)\n"
        "time.sleep(60)"
    )
    made = await cluster.create(workflow(space, "t1", step("train", obeying, retryStrategy={})))
    pod = await running_pod(cluster, space, "train")

    async def obeys() -> bool:
        logs = cluster.logs(space, pod["metadata"]["name"])
        return b"it obeys" in b"".join([chunk async for chunk in logs])

    await until(obeys)
    identity = {key: made["metadata"][key] for key in ("name", "namespace", "uid")}
    wish = {"apiVersion": made["apiVersion"], "kind": "Workflow", "metadata": identity}
    await cluster.apply({**wish, "spec": {"shutdown": "Terminate"}})
    over = await ended(cluster, space, "t1")
    told = {
        name: (node(over, name)["phase"], node(over, name)["message"])
        for name in ("train", "train(0)")
    }
    assert told == {
        "train": ("Failed", "Stopped with strategy 'Terminate'"),
        "train(0)": ("Succeeded", "workflow shutdown with strategy:  Terminate"),
    }
    assert over["status"]["phase"] == "Failed"


async def test_tasks_side_by_side_and_depends_on_failure(
    cluster: EmbeddedCluster, space: str
) -> None:
    names = ("left", "right", "both", "rescue")
    wide = workflow(space, "t1", *(step(name) for name in names))
    wide["spec"]["templates"][2] = step("right", "raise SystemExit(1)")
    wide["spec"]["templates"][0]["dag"]["tasks"] = [
        {"name": "left", "template": "left"},
        {"name": "right", "template": "right"},
        {"name": "both", "template": "both", "depends": "left && right"},
        {"name": "rescue", "template": "rescue", "depends": "left && (right.Failed || both)"},
    ]
    await cluster.create(wide)
    over = await ended(cluster, space, "t1")
    phases = {name: node(over, name)["phase"] for name in names}
    assert phases == {
        "left": "Succeeded",
        "right": "Failed",
        "both": "Omitted",
        "rescue": "Succeeded",
    }


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param({"entrypoint": "nowhere"}, "'nowhere' undefined", id="no entrypoint"),
        pytest.param({"templates": []}, "'dag' undefined", id="no templates"),
    ],
)
async def test_a_workflow_that_makes_no_sense_fails_with_the_reason(
    cluster: EmbeddedCluster, space: str, spoil: Manifest, words: str
) -> None:
    broken = workflow(space, "t1", step("train"))
    broken["spec"] |= spoil
    await cluster.create(broken)
    over = await ended(cluster, space, "t1")
    assert over["status"]["phase"] == "Failed"
    assert words in over["status"]["message"]
