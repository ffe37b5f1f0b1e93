"""What becomes of a Workflow's pods: waiting, deleted, collected."""

import asyncio
from pathlib import Path
from typing import Any

from tablecast.cluster.embedded.cluster import EmbeddedCluster
from tablecast.cluster.port import POD, WORKFLOW, Manifest

from .conftest import running
from .manifests import claim, namespace, python, step, workflow
from .seeing import ended, node, running_pod
from .waiting import until, until_gone, until_object


async def test_a_pod_deleted_by_hand_comes_again_under_its_name(
    cluster: EmbeddedCluster, space: str, tmp_path: Path
) -> None:
    code = (
        "import os, time\n"
        "path = os.environ['DATA'] + '/tried'\n"
        "tried = os.path.exists(path)\n"
        "open(path, 'w').close()\n"
        "time.sleep(0 if tried else 60)\n"
        "open(os.environ['RESULT'], 'w').write('{}')"
    )
    await cluster.create(workflow(space, "t1", step("train", code)))
    first = await running_pod(cluster, space, "train")
    await until_object(
        cluster, POD, space, first["metadata"]["name"], lambda o: o["status"]["phase"] == "Running"
    )

    async def marked() -> bool:
        return bool(list(tmp_path.glob("state/claims/*/*/tried")))

    await until(marked)
    await cluster.delete(POD, space, first["metadata"]["name"])
    over = await ended(cluster, space, "t1")
    [pod] = (await cluster.list(POD, namespace=space)).objects
    assert over["status"]["phase"] == "Succeeded"
    assert pod["metadata"]["name"] == first["metadata"]["name"]
    assert pod["metadata"]["uid"] != first["metadata"]["uid"]


async def test_an_image_that_is_missing_waits_and_ends_at_its_deadline(tmp_path: Path) -> None:
    async with running(tmp_path / "state", images=("step",)) as cluster:
        await cluster.create(namespace("n"))
        await cluster.create(claim("n"))
        lost = step("features", container=python("pass", image="lost"), activeDeadlineSeconds=2)
        await cluster.create(workflow("n", "t1", lost))

        def waits(manifest: Manifest) -> Any:
            return "ImagePull" in node(manifest, "features").get("message", "")

        await until_object(cluster, WORKFLOW, "n", "t1", lambda o: o.get("status") and waits(o))
        over = await ended(cluster, "n", "t1")
        assert over["status"]["phase"] == "Failed"
        [pod] = (await cluster.list(POD, namespace="n")).objects
        assert pod["status"]["reason"] == "DeadlineExceeded"


async def test_a_claim_that_is_missing_is_waited_for(cluster: EmbeddedCluster, space: str) -> None:
    waiting = workflow(space, "t1", step("train"))
    waiting["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"] = "later"
    await cluster.create(waiting)
    pending = await until_object(
        cluster,
        WORKFLOW,
        space,
        "t1",
        lambda o: o.get("status") and node(o, "train").get("message"),
    )
    assert (
        node(pending, "train")["message"]
        == 'Unschedulable: persistentvolumeclaim "later" not found'
    )
    await cluster.create(claim(space, "later"))
    assert (await ended(cluster, space, "t1"))["status"]["phase"] == "Succeeded"


async def test_a_finished_workflow_goes_when_its_time_has_come(
    cluster: EmbeddedCluster, space: str
) -> None:
    short = workflow(space, "t1", step("train"), ttlStrategy={"secondsAfterCompletion": 1})
    await cluster.create(short)
    await until_gone(cluster, WORKFLOW, space, "t1")
    assert not (await cluster.list(POD, namespace=space)).objects


async def test_finished_pods_go_and_the_verdict_stays(cluster: EmbeddedCluster, space: str) -> None:
    collected = {"strategy": "OnPodCompletion", "deleteDelayDuration": "1s"}
    await cluster.create(workflow(space, "t1", step("train"), podGC=collected))
    over = await ended(cluster, space, "t1")
    for child in over["status"]["nodes"].values():
        if child["type"] == "Pod":
            await until_gone(cluster, POD, space, f"t1-train-{child['id'].rpartition('-')[2]}")
    kept = await cluster.get(WORKFLOW, space, "t1")
    assert kept["status"]["phase"] == "Succeeded"
    assert node(kept, "train")["outputs"]["parameters"]


async def test_steps_wait_for_a_slot_of_the_node(tmp_path: Path) -> None:
    cluster = EmbeddedCluster(tmp_path / "state", steps_at_once=1)
    work = asyncio.create_task(cluster.run())
    await cluster.create(namespace("n"))
    await cluster.create(claim("n"))
    code = (
        "import os, time\n"
        "path = os.environ['DATA'] + '/alone'\n"
        "os.mkdir(path)\n"
        "time.sleep(0.3)\n"
        "os.rmdir(path)\n"
        "open(os.environ['RESULT'], 'w').write('{}')"
    )
    for name in ("t1", "t2", "t3"):
        await cluster.create(workflow("n", name, step("train", code)))
    phases = [(await ended(cluster, "n", name))["status"]["phase"] for name in ("t1", "t2", "t3")]
    work.cancel()
    await asyncio.wait([work])
    cluster.close()
    assert phases == ["Succeeded"] * 3
