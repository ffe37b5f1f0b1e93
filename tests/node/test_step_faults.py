"""Steps in real pods that are cancelled, deleted, refused, killed or cannot start: shown as what it was."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from tablecast.cluster.kubernetes.cluster import KubernetesCluster
from tablecast.cluster.port import POD, RESOURCE_QUOTA, Manifest
from tablecast_demo import documents as demo
from tablecast_demo.session import Session
from tests.cluster.waiting import until
from tests.end_to_end import documents, job, swelling
from tests.end_to_end.server import Server
from tests.node.place import PATIENCE, Place, namespace_of, running_step, step_pods

pytestmark = [pytest.mark.cluster, pytest.mark.node, pytest.mark.slow]

Seen = dict[str, Any]

# Argo hears of a shutdown up to ten seconds late: with fewer rows a search is over before that.
ROWS = 20_000
LONG = {"algorithm": "AUTO", "timeBudgetSeconds": 60}
BLOCKED_SECONDS = 30.0
MISSING = "registry.invalid/train:9"


async def test_a_cancelled_training_stops_at_once_and_leaves_no_pod_running(
    server: Server, kubernetes: KubernetesCluster
) -> None:
    async with asyncio.timeout(PATIENCE), Session(server.url) as session:
        namespace, training = await _begun(session, "cancelled", **LONG)
        await running_step(kubernetes, namespace, "train")
        began = time.monotonic()
        done = await session.mutate(documents.CANCEL_TRAINING, trainingId=training)
        seen = await _ended(session, training, "CANCELLED")
        assert time.monotonic() - began < BLOCKED_SECONDS

        async def stopped() -> bool:
            pods = await step_pods(kubernetes, namespace)
            return all(pod["status"]["phase"] in ("Succeeded", "Failed") for pod in pods)

        await until(stopped, PATIENCE)
        operation = done["operation"]["id"]
        await job.seen(session, documents.FOLLOW_OPERATION, operation, state="OBSERVED")
    states = [step["state"] for step in seen["latestAttempt"]["steps"]]
    assert states == ["SUCCEEDED", "SUCCEEDED", "CANCELLED"]
    assert seen["latestAttempt"]["error"]["code"] == "TERMINATED"


async def test_a_pod_that_is_deleted_while_it_trains_is_made_anew_and_the_training_succeeds(
    server: Server, kubernetes: KubernetesCluster
) -> None:
    async with asyncio.timeout(PATIENCE), Session(server.url) as session:
        namespace, training = await _begun(session, "deleted", **LONG | {"timeBudgetSeconds": 20})
        pod = await running_step(kubernetes, namespace, "train")
        await kubernetes.delete(POD, namespace, pod["metadata"]["name"])
        seen = await _ended(session, training, "SUCCEEDED")
        pods = await step_pods(kubernetes, namespace)
    assert pod["metadata"]["uid"] not in {each["metadata"]["uid"] for each in pods}
    assert seen["attemptCount"] == 1
    assert seen["modelVersion"]


async def test_a_quota_that_is_too_small_is_told_in_its_own_words_and_waited_out(
    server: Server, kubernetes: KubernetesCluster
) -> None:
    async with asyncio.timeout(PATIENCE), Session(server.url) as session:
        project = await job.project(session, "narrow")
        version = await job.ready_dataset(session, project)
        namespace = await namespace_of(session, project)
        # the datastore's pod is all that there is room for
        await kubernetes.create(_quota(namespace, pods="1"))
        seen = await _blocked(session, await job.training(session, version))
        assert seen["blockedBy"]["code"] == "QUOTA"
        assert "exceeded quota: narrow" in seen["blockedBy"]["message"]
        await kubernetes.delete(RESOURCE_QUOTA, namespace, "narrow")
        await _ended(session, seen["id"], "SUCCEEDED")


async def test_the_least_project_trains_a_small_table_and_runs_out_of_memory_with_a_large_one(
    server: Server,
) -> None:
    """With a gigabyte for all its pods; the second table is small as a file and large in memory."""
    async with asyncio.timeout(PATIENCE), Session(server.url) as session:
        project = await job.project(session, "tight")
        small = await job.ready_dataset(session, project)
        upload = await job.upload(session, project, swelling.table())
        large = await job.dataset(session, upload, "large")
        await job.seen(session, demo.FOLLOW_VERSION, large, state="READY")
        await session.mutate(documents.UPDATE_PROJECT, projectId=project, memoryLimitBytes=1 << 30)
        await _ended(session, await job.training(session, small), "SUCCEEDED")
        training = await job.training(session, large, name="large", timeBudgetSeconds=20)
        seen = await _ended(session, training, "FAILED")
    failed = next(step for step in seen["latestAttempt"]["steps"] if step["state"] == "FAILED")
    assert (failed["reason"], failed["exitCode"]) == ("OOMKilled", 137)
    error = seen["latestAttempt"]["error"]
    assert error["code"] == "OUT_OF_MEMORY"
    assert error["hint"]


def test_a_missing_image_is_named_ends_at_its_deadline_and_a_retry_skips_what_had_finished(
    place: Place, tmp_path: Path
) -> None:
    """The server is told another image, of which there is none; then again the right one."""
    wrong = {"TABLECAST_IMAGE_TRAIN": MISSING, "TABLECAST_STEP_START_SECONDS": "45"}
    with place.server(tmp_path / "state", **wrong) as server:
        training = asyncio.run(_imageless(server))
        server.stop()
        server.settings["TABLECAST_IMAGE_TRAIN"] = place.images["train"]
        server.start()
        seen = asyncio.run(_retried(server, training))
    skipped = {step["name"]: step["skipped"] for step in seen["latestAttempt"]["steps"]}
    assert skipped == {"PREPROCESS": True, "FEATURES": True, "TRAIN": False}


async def _imageless(server: Server) -> str:
    """A training whose image is missing, followed to its end."""
    async with asyncio.timeout(PATIENCE), Session(server.url) as session:
        _, training = await _begun(session, "imageless")
        await _step_succeeded(session, training, "FEATURES")
        began = time.monotonic()
        blocked = await _blocked(session, training)
        assert time.monotonic() - began < BLOCKED_SECONDS
        failed = await _ended(session, training, "FAILED")
    assert blocked["blockedBy"]["code"] == "IMAGE_PULL"
    assert MISSING in blocked["blockedBy"]["message"]
    assert failed["latestAttempt"]["error"]["code"] == "DEADLINE_EXCEEDED"
    return training


async def _retried(server: Server, training: str) -> Seen:
    async with asyncio.timeout(PATIENCE), Session(server.url) as session:
        await session.mutate(documents.RETRY_TRAINING, trainingId=training)
        return await _ended(session, training, "SUCCEEDED", attempt=2)


async def _begun(session: Session, name: str, **also: object) -> tuple[str, str]:
    """A project of that name with a training on its way: its namespace and the training."""
    project = await job.project(session, name)
    version = await job.ready_dataset(session, project, job.table(ROWS))
    training = await job.training(session, version, **also)
    return await namespace_of(session, project), training


async def _ended(session: Session, training: str, state: str, attempt: int = 1) -> Seen:
    async for seen in session.follow(documents.FOLLOW_TRAINING, id=training):
        if seen["latestAttempt"]["number"] == attempt and seen["state"] == state:
            return seen
        assert seen["state"] in ("PENDING", "RUNNING", "CANCELLING", "FAILED"), seen
    raise AssertionError("the subscription ended")


async def _blocked(session: Session, training: str) -> Seen:
    """The training, once it says what it waits for."""
    async for seen in session.follow(documents.FOLLOW_TRAINING, id=training):
        if seen["blockedBy"]:
            return seen | {"id": training}
        assert seen["state"] in ("PENDING", "RUNNING"), seen
    raise AssertionError("the subscription ended")


async def _step_succeeded(session: Session, training: str, name: str) -> None:
    async for seen in session.follow(documents.FOLLOW_TRAINING, id=training):
        steps = {step["name"]: step["state"] for step in seen["latestAttempt"]["steps"]}
        if steps[name] == "SUCCEEDED":
            return


def _quota(namespace: str, **hard: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "narrow", "namespace": namespace},
        "spec": {"hard": hard},
    }
