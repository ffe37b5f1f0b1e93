"""Servings that scale, move, lose their server or cannot load: what is shown is what is."""

import asyncio
import time
from functools import partial
from pathlib import Path

import pytest

from tablecast_demo import documents as demo
from tablecast_demo.session import Session
from tests.end_to_end import cluster, documents, job
from tests.end_to_end.load import predicting
from tests.end_to_end.machine import Machine

MODES = pytest.mark.parametrize("mode", ["SHARED", "DEDICATED"])


@pytest.fixture(scope="module")
def models(shared_machine):
    """A project with two versions of one model, on the machine that the tests share."""
    return asyncio.run(job.two_versions(shared_machine.url, "served"))


async def _until(session: Session, serving: str, holds, seconds: float = 60) -> dict:
    async with asyncio.timeout(seconds):
        async for seen in session.follow(documents.FOLLOW_SERVING, id=serving):
            if holds(seen):
                return seen
    raise AssertionError("the subscription ended")


def _complete(replicas: int):
    def holds(seen: dict) -> bool:
        counts = (seen["loadedReplicas"], seen["desiredReplicas"])
        return seen["state"] == "SERVABLE" and counts == (replicas, replicas)

    return holds


async def _gone(session: Session, machine: Machine, serving: str) -> None:
    """Delete a serving and wait until nothing of it is left."""
    done = await session.mutate(documents.DELETE_SERVING, servingId=serving)
    await job.seen(session, documents.FOLLOW_OPERATION, done["operation"]["id"], state="OBSERVED")
    # Its pods are collected by the cluster, once what owned them has gone.
    left = partial(cluster.names, machine, about=serving)
    await cluster.soon(15, lambda: not left(), "the serving's pods to go")


@MODES
async def test_two_replicas_are_counted_as_they_load_and_go(shared_machine, models, mode):
    """1 of 1, then 2 of 2, each with a server process of its own, and 1 of 1 again."""
    project, version, _ = models
    async with asyncio.timeout(90), Session(shared_machine.url) as session:
        serving = await job.serving(session, project, version, mode=mode)
        await _until(session, serving, _complete(1))
        async with predicting(shared_machine.url, serving) as load:
            await load.until(version)
            await session.mutate(documents.UPDATE_SERVING, servingId=serving, replicas=2)
            await _until(session, serving, _complete(2))
            servers = shared_machine.processes("tablecast_steps.serve")
            await load.until(version)
            await session.mutate(documents.UPDATE_SERVING, servingId=serving, replicas=1)
            seen = await _until(session, serving, _complete(1))
            await load.until(version)
        find = shared_machine.processes
        await cluster.soon(15, lambda: len(find("tablecast_steps.serve")) == 1, "one to end")
        await _gone(session, shared_machine, serving)
    assert len(servers) == 2
    assert [one["number"] for one in seen["revisions"]["nodes"]] == [1]
    assert load.failures == []


@MODES
async def test_a_model_is_switched_under_load_without_one_failed_prediction(
    shared_machine, models, mode
):
    """To the second version and back: each answers, the older revision's object goes."""
    project, first, second = models
    async with asyncio.timeout(90), Session(shared_machine.url) as session:
        serving = await job.serving(session, project, first, mode=mode)
        await _until(session, serving, _complete(1))
        async with predicting(shared_machine.url, serving) as load:
            await load.until(first)
            for number, version in ((2, second), (3, first)):
                await session.mutate(
                    documents.UPDATE_SERVING, servingId=serving, modelVersionId=version
                )
                seen = await _until(session, serving, _moved_to(number))
                await load.until(version)
                _assert_only_the_newest_is_left(shared_machine, serving, seen, version)
        await _gone(session, shared_machine, serving)
    assert load.failures == []
    assert set(load.answers) == {first, second}


async def test_a_serving_changes_its_mode_under_load_without_one_failed_prediction(
    shared_machine, models
):
    """From the pool to a server of its own and back."""
    project, version, _ = models
    async with asyncio.timeout(90), Session(shared_machine.url) as session:
        serving = await job.serving(session, project, version, mode="SHARED")
        await _until(session, serving, _complete(1))
        async with predicting(shared_machine.url, serving) as load:
            for number, mode, left in (
                (2, "DEDICATED", {"InferenceService"}),
                (3, "SHARED", {"TrainedModel"}),
            ):
                await load.until(version)
                await session.mutate(documents.UPDATE_SERVING, servingId=serving, mode=mode)
                seen = await _until(session, serving, _moved_to(number))
                await load.until(version)
                found = cluster.objects(shared_machine, about=serving)
                kinds = {one["kind"] for one in found}
                assert kinds & {"InferenceService", "TrainedModel"} == left
                assert seen["mode"] == seen["revisions"]["nodes"][0]["mode"] == mode
        await _gone(session, shared_machine, serving)
    assert load.failures == []


def _moved_to(number: int):
    """The serving answers with a revision, and every older one has gone."""

    def holds(seen: dict) -> bool:
        _, *older = seen["revisions"]["nodes"]
        gone = all(one["state"] == "RETIRED" for one in older)
        return seen["servable"] and seen["activeRevision"]["number"] == number and gone

    return holds


def _assert_only_the_newest_is_left(machine, serving, seen, version):
    newest, *older = seen["revisions"]["nodes"]
    assert (newest["state"], newest["modelVersion"]["id"]) == ("LOADED", version)
    assert {one["state"] for one in older} == {"RETIRED"}
    name = f"serving-{cluster.row_id(serving)}-r{newest['number']}"
    kinds = ("TrainedModel", "InferenceService")
    left = [one for one in cluster.objects(machine, about=serving) if one["kind"] in kinds]
    assert [one["metadata"]["name"] for one in left] == [name]


@MODES
async def test_a_killed_model_server_shows_at_once_and_comes_back_by_itself(
    shared_machine, models, mode
):
    """kill -9 of the only server: not servable within 5 s, then right again, with no hand on it."""
    project, version, _ = models
    async with asyncio.timeout(90), Session(shared_machine.url) as session:
        serving = await job.serving(session, project, version, mode=mode)
        await _until(session, serving, _complete(1))
        find = shared_machine.processes
        counts: list[tuple[bool, int, int]] = []
        watching = asyncio.create_task(_watch(session, serving, counts))
        await cluster.soon(5, lambda: counts, "the first look")
        killed = find("tablecast_steps.serve")
        began = time.monotonic()
        cluster.send(killed)
        await cluster.soon(5, lambda: (False, 0, 1) in counts, "servable to fall")
        fell = time.monotonic() - began
        await cluster.soon(30, lambda: counts[-1] == (True, 1, 1), "servable to come back")
        assert await job.predict(session, serving) == "bee"
        watching.cancel()
        await asyncio.wait([watching])
        seen = await _until(session, serving, _complete(1))
        await _gone(session, shared_machine, serving)
    assert len(killed) == 1
    assert fell < 5
    assert set(counts) == {(True, 1, 1), (False, 0, 1)}
    assert [one["number"] for one in seen["revisions"]["nodes"]] == [1]


async def _watch(session: Session, serving: str, counts: list) -> None:
    async for seen in session.follow(demo.FOLLOW_SERVING, id=serving):
        count = (seen["servable"], seen["loadedReplicas"], seen["desiredReplicas"])
        counts.append(count)


@MODES
async def test_of_two_servers_one_dies_and_predictions_go_on(shared_machine, models, mode):
    """kill -9 of one of two under load: 1 of 2 is shown, every prediction is answered."""
    project, version, _ = models
    async with asyncio.timeout(90), Session(shared_machine.url) as session:
        serving = await job.serving(session, project, version, mode=mode, replicas=2)
        await _until(session, serving, _complete(2))
        counts: list[tuple[bool, int, int]] = []
        watching = asyncio.create_task(_watch(session, serving, counts))
        await cluster.soon(5, lambda: counts, "the first look")
        async with predicting(shared_machine.url, serving) as load:
            await load.until(version)
            cluster.send(shared_machine.processes("tablecast_steps.serve")[:1])
            await cluster.soon(5, lambda: counts[-1][1:] == (1, 2), "1 of 2 to be shown")
            await load.until(version)
            await cluster.soon(30, lambda: counts[-1] == (True, 2, 2), "2 of 2 to be shown")
            await load.until(version)
        watching.cancel()
        await asyncio.wait([watching])
        await _gone(session, shared_machine, serving)
    assert load.failures == []


@pytest.fixture(scope="module")
def impatient_machine(tmp_path_factory):
    """A machine on which a model has one second to load before it is made anew."""
    state = tmp_path_factory.mktemp("impatient") / "state"
    machine = Machine(state, TABLECAST_LOAD_SECONDS="1")
    machine.start()
    yield machine
    machine.kill()


@MODES
async def test_an_artifact_that_cannot_be_loaded_is_never_shown_servable(impatient_machine, mode):
    """A byte of it is flipped: revision after revision fails, ever slower, until it is restored."""
    async with asyncio.timeout(120), Session(impatient_machine.url) as session:
        project = await job.project(session, f"corrupt-{mode.lower()}")
        version = await job.ready_dataset(session, project)
        model = await job.trained_model(session, await job.training(session, version))
        artifact = _artifact(impatient_machine, model)
        whole = artifact.read_bytes()
        _replace(artifact, _flipped(whole))
        serving = await job.serving(session, project, model, mode=mode)
        counts: list[tuple[bool, int, int]] = []
        watching = asyncio.create_task(_watch(session, serving, counts))
        seen = await _until(session, serving, lambda seen: len(_revisions(seen)) == 3)
        assert not any(servable or loaded for servable, loaded, _ in counts)
        assert {one["state"] for one in _revisions(seen)[1:]} <= {"FAILED", "RETIRING", "RETIRED"}
        assert all("load" in one["message"] for one in _revisions(seen)[1:])
        _replace(artifact, whole)
        seen = await _until(session, serving, _complete(1))
        assert await job.predict(session, serving) == "bee"
        watching.cancel()
        await asyncio.wait([watching])
        await cluster.soon(
            15, lambda: len(_serving_objects(impatient_machine, serving)) == 1, "old ones to go"
        )
        await _gone(session, impatient_machine, serving)
    assert seen["activeRevision"]["number"] >= 3


def _revisions(seen: dict) -> list[dict]:
    return seen["revisions"]["nodes"]


def _serving_objects(machine: Machine, serving: str) -> list:
    kinds = ("TrainedModel", "InferenceService")
    return [one for one in cluster.objects(machine, about=serving) if one["kind"] in kinds]


def _artifact(machine: Machine, model_version: str) -> Path:
    (folder,) = cluster.folders(machine, model_version)
    (artifact,) = folder.glob("*.tablecast")
    return artifact


def _flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def _replace(path: Path, content: bytes) -> None:
    """Put other content in a file's place, as whoever repairs a volume would."""
    fresh = path.with_suffix(".fresh")
    fresh.write_bytes(content)
    fresh.rename(path)
