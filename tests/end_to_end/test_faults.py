"""Steps that are killed, fail, grow, hang, are cancelled or cannot start: shown as what it was."""

import asyncio
import signal
import time

import pytest

from tablecast_demo.session import Session
from tests.end_to_end import cluster, documents, job, swelling
from tests.end_to_end.machine import Machine

# Long enough for a test to find a step at work, more than anyone waits for its end.
LONG = {"algorithm": "AUTO", "timeBudgetSeconds": 60}


@pytest.fixture(scope="module")
def hasty_machine(tmp_path_factory):
    """A machine whose steps get three seconds more than their work should take."""
    state = tmp_path_factory.mktemp("hasty") / "state"
    machine = Machine(state, TABLECAST_STEP_START_SECONDS="3")
    machine.start()
    yield machine
    machine.kill()


async def _ended(session: Session, training: str, state: str, attempt: int = 1) -> dict:
    async for seen in session.follow(documents.FOLLOW_TRAINING, id=training):
        if seen["latestAttempt"]["number"] == attempt and seen["state"] == state:
            return seen
        assert seen["state"] in ("PENDING", "RUNNING", "CANCELLING", "FAILED"), seen
    raise AssertionError("the subscription ended")


def _steps(seen: dict) -> dict:
    return {step["name"]: step for step in seen["latestAttempt"]["steps"]}


async def _kill(machine: Machine, step: str) -> None:
    """kill -9 of a step's process as soon as it is there."""
    command = f"tablecast_steps.{step}"
    pids = await cluster.soon(30, lambda: machine.processes(command), f"{step} to start")
    cluster.send(pids)


async def test_a_killed_step_is_shown_and_a_retry_skips_what_had_finished(shared_machine):
    """kill -9 of `train`, twice: from START all is done again, from FAILED_STEP only what failed."""
    async with asyncio.timeout(90), Session(shared_machine.url) as session:
        version = await job.ready_dataset(session, await job.project(session, "killed-step"))
        training = await job.training(session, version)
        await _kill(shared_machine, "train")
        first = await _ended(session, training, "FAILED")
        _assert_killed(first)
        await session.mutate(documents.RETRY_TRAINING, trainingId=training, **{"from": "START"})
        await _kill(shared_machine, "train")
        second = await _ended(session, training, "FAILED", attempt=2)
        _assert_killed(second)
        assert second["latestAttempt"]["work"] == 2
        assert not any(step["skipped"] for step in _steps(second).values())
        await session.mutate(documents.RETRY_TRAINING, trainingId=training)
        third = await _ended(session, training, "SUCCEEDED", attempt=3)
    assert third["modelVersion"]
    skipped = {name: step["skipped"] for name, step in _steps(third).items()}
    assert skipped == {"PREPROCESS": True, "FEATURES": True, "TRAIN": False}
    assert third["latestAttempt"]["error"] is None


def _assert_killed(seen: dict) -> None:
    steps = _steps(seen)
    assert steps["PREPROCESS"]["state"] == steps["FEATURES"]["state"] == "SUCCEEDED"
    assert steps["TRAIN"]["state"] == "FAILED"
    assert steps["TRAIN"]["exitCode"] == 137
    error = seen["latestAttempt"]["error"]
    assert error["code"] == "KILLED"
    assert error["message"] == "The step was killed." == seen["message"]
    assert error["hint"]


async def test_a_mistake_that_only_the_step_sees_names_code_column_and_what_would_be_right(
    shared_machine,
):
    """A column of colours cannot say which rows are for the test; no profile is asked that."""
    async with asyncio.timeout(60), Session(shared_machine.url) as session:
        version = await job.ready_dataset(session, await job.project(session, "mistaken"))
        split = {"kind": "COLUMN", "column": "colour"}
        training = await job.training(session, version, split=split)
        seen = await _ended(session, training, "FAILED")
    steps = _steps(seen)
    assert [step["state"] for step in steps.values()] == ["FAILED", "OMITTED", "OMITTED"]
    assert steps["PREPROCESS"]["exitCode"] == 2
    error = seen["latestAttempt"]["error"]
    assert (error["code"], error["column"]) == ("SPLIT_COLUMN_UNSUITABLE", "colour")
    assert "colour" in error["message"]
    assert error["hint"] == "Use the values train and test."
    assert seen["message"] == error["message"]


async def test_a_step_beyond_its_memory_is_shown_as_out_of_memory(shared_machine):
    """A table that is small as a file and large in memory, in a project left with the least of it."""
    async with asyncio.timeout(90), Session(shared_machine.url) as session:
        project = await job.project(session, "tight")
        version = await job.ready_dataset(session, project, swelling.table())
        await session.mutate(documents.UPDATE_PROJECT, projectId=project, memoryLimitBytes=1 << 30)
        training = await job.training(session, version, timeBudgetSeconds=20)
        seen = await _ended(session, training, "FAILED")
    failed = next(step for step in _steps(seen).values() if step["state"] == "FAILED")
    assert failed["reason"] == "OOMKilled"
    assert failed["exitCode"] == 137
    error = seen["latestAttempt"]["error"]
    assert error["code"] == "OUT_OF_MEMORY"
    assert "memory" in error["message"]
    assert error["hint"]


async def test_a_step_that_hangs_ends_at_its_deadline_and_says_so(hasty_machine):
    """`preprocess` is stopped in its tracks; when it goes on, its time is up."""
    async with asyncio.timeout(60), Session(hasty_machine.url) as session:
        version = await job.ready_dataset(session, await job.project(session, "hanging"))
        training = await job.training(session, version)
        find = hasty_machine.processes
        pids = await cluster.soon(30, lambda: find("tablecast_steps.preprocess"), "the step")
        began = time.monotonic()
        cluster.send(pids, signal.SIGSTOP)
        await asyncio.sleep(3.2)
        cluster.send(pids, signal.SIGCONT)
        seen = await _ended(session, training, "FAILED")
    assert time.monotonic() - began < 15
    failed = _steps(seen)["PREPROCESS"]
    assert (failed["state"], failed["reason"]) == ("FAILED", "DeadlineExceeded")
    error = seen["latestAttempt"]["error"]
    assert error["code"] == "DEADLINE_EXCEEDED"
    assert error["message"] == "The step ran longer than its deadline."
    assert error["hint"]


async def test_a_cancelled_training_stops_at_once_and_leaves_no_process(shared_machine):
    """While `train` searches; its operation was seen to be done, and a retry is offered."""
    async with asyncio.timeout(60), Session(shared_machine.url) as session:
        version = await job.ready_dataset(session, await job.project(session, "cancelled"))
        training = await job.training(session, version, **LONG)
        find = shared_machine.processes
        await cluster.soon(30, lambda: find("tablecast_steps.train"), "train to start")
        began = time.monotonic()
        done = await session.mutate(documents.CANCEL_TRAINING, trainingId=training)
        seen = await _ended(session, training, "CANCELLED")
        await cluster.soon(10, lambda: not find("tablecast_steps.train"), "its processes to end")
        assert time.monotonic() - began < 10
        operation = done["operation"]["id"]
        await job.seen(session, documents.FOLLOW_OPERATION, operation, state="OBSERVED")
    states = [step["state"] for step in seen["latestAttempt"]["steps"]]
    assert states == ["SUCCEEDED", "SUCCEEDED", "CANCELLED"]
    assert seen["latestAttempt"]["error"]["code"] == "TERMINATED"


@pytest.mark.slow
async def test_a_missing_image_is_named_and_the_training_goes_on_once_it_is_there(tmp_path):
    """The image that a Workflow names is on the machine no more, and then again."""
    image = {"TABLECAST_IMAGE_TRAIN": "registry.invalid/train:9"}
    machine = Machine(tmp_path / "state", **image)
    machine.start()
    try:
        async with asyncio.timeout(90):
            async with Session(machine.url) as session:
                project = await job.project(session, "imageless")
                version = await job.ready_dataset(session, project)
                training = await job.training(session, version)
                find = machine.processes
                await cluster.soon(30, lambda: find("tablecast_steps.preprocess"), "a step")
            machine.kill()
            machine.settings = {}
            machine.start()
            async with Session(machine.url) as session:
                seen = await _blocked(session, training)
            machine.kill()
            machine.settings = image
            machine.start()
            async with Session(machine.url) as session:
                await _ended(session, training, "SUCCEEDED")
    finally:
        machine.kill()
    assert seen["state"] == "RUNNING"
    assert seen["blockedBy"]["code"] == "IMAGE_PULL"
    assert image["TABLECAST_IMAGE_TRAIN"] in seen["blockedBy"]["message"]
    train = _steps(seen)["TRAIN"]
    assert (train["state"], train["blockedBy"]["code"]) == ("PENDING", "IMAGE_PULL")


async def _blocked(session: Session, training: str) -> dict:
    async for seen in session.follow(documents.FOLLOW_TRAINING, id=training):
        if seen["blockedBy"]:
            return seen
    raise AssertionError("the subscription ended")
