"""What Workflows and pods tell is written onto attempts: once, never backwards, whoever told it."""

import json
import random

import pytest

from tablecast.domain.states import AttemptState, OperationState, TrainingState
from tablecast.domain.tables import Attempt, Operation, Sighting, Step, Training
from tablecast.inbound import attempts
from tablecast.inbound.changes import Gone
from tablecast.inbound.kinds import WATCHED
from tablecast.inbound.projection import Projection
from tablecast.inbound.signals import Signals
from tests.domain.world import a_project, a_training, a_version
from tests.inbound.recordings import Recorded, events, labelled, relisted
from tests.inbound.telling import attempt_named, labels_of, rows, tell, types_told
from tests.inbound.truths import TRUTHS

RECORDED = sorted(TRUTHS)
FINAL = {"RECORDING": "RUNNING"}


async def a_recorded(name: str) -> tuple[Attempt, list[Recorded]]:
    """A training's attempt, and a recording as if it were of its Workflow."""
    training = await a_training(await a_version(await a_project()))
    attempt = await attempt_named(training, "t1")
    return attempt, labelled(events(name), await labels_of(training))


async def assert_truth(name: str, attempt: Attempt) -> None:
    truth, found = TRUTHS[name], await rows(attempt)
    assert found["attempt"] == truth.state
    assert found["training"] == FINAL.get(truth.state, truth.state)
    assert tuple(step["state"] for step in found["steps"]) == truth.steps
    assert (found["error"] or {}).get("code") == truth.code
    assert found["blocked"] is None
    if truth.exit_code is not None:
        assert truth.exit_code in [step["exit_code"] for step in found["steps"]]


@pytest.mark.parametrize("name", RECORDED)
async def test_every_recording_comes_to_its_truth(world: None, name: str) -> None:
    attempt, recorded = await a_recorded(name)
    for one in recorded:
        await tell(one.kind, one.change)
    await assert_truth(name, attempt)


@pytest.mark.parametrize("name", RECORDED)
async def test_told_all_again_nothing_is_written_and_nobody_hears_of_it(
    world: None, name: str
) -> None:
    attempt, recorded = await a_recorded(name)
    for one in recorded:
        await tell(one.kind, one.change)
    before = await rows(attempt), await types_told(attempt.project_id)
    for one in [*recorded, *reversed(recorded)]:
        await tell(one.kind, one.change)
    assert (await rows(attempt), await types_told(attempt.project_id)) == before


@pytest.mark.parametrize("name", ["retried", "out-of-memory", "pod-deleted", "stopped", "success"])
async def test_heard_in_any_order_the_rows_are_the_same(world: None, name: str) -> None:
    found = []
    for seed in range(3):
        training = await a_training(await a_version(await a_project(name=f"p{seed}")))
        attempt = await attempt_named(training, "t1")
        recorded = _own_uids(labelled(events(name), await labels_of(training)), f"-{seed}")
        for one in _shuffled(recorded, seed):
            await tell(one.kind, one.change)
        seen = await rows(attempt)
        for step in seen["steps"]:
            step["pod_uid"] = step["pod_uid"].removesuffix(f"-{seed}")
        found.append(seen)
    assert found[0] == found[1] == found[2]
    assert found[0]["attempt"] == TRUTHS[name].state


@pytest.mark.parametrize("name", RECORDED)
async def test_cut_and_listed_again_it_comes_to_the_same(world: None, name: str) -> None:
    attempt, recorded = await a_recorded(name)
    cut = len(recorded) // 2
    end = len(recorded) - 6 if name == "success" else len(recorded)
    for kind, change in relisted(recorded[:cut], recorded[cut:end]):
        await tell(kind, change)
    await assert_truth(name, attempt)


async def test_the_operation_that_made_the_workflow_is_seen_carried_out(world: None) -> None:
    attempt, recorded = await a_recorded("success")
    operation = await Operation.get(subject_id=attempt.training_id)
    operation.state = OperationState.APPLIED
    await operation.save()
    await tell(recorded[0].kind, recorded[0].change)
    assert (await Operation.get(id=operation.id)).state == OperationState.OBSERVED


async def test_the_workflows_uid_is_remembered_where_the_relay_could_not(world: None) -> None:
    attempt, recorded = await a_recorded("success")
    workflow = next(one for one in recorded if one.kind == "Workflow")
    await tell("Workflow", workflow.change)
    assert (await Attempt.get(id=attempt.id)).workflow_uid == workflow.uid


async def test_a_workflow_of_the_same_name_made_by_somebody_else_changes_nothing(
    world: None,
) -> None:
    attempt, recorded = await a_recorded("step-fails")
    await Attempt.filter(id=attempt.id).update(workflow_uid="the-one-that-was-ours")
    for one in recorded:
        await tell(one.kind, one.change)
    assert (await rows(attempt))["attempt"] == AttemptState.PENDING


async def test_a_workflow_by_hand_is_not_taken_for_the_one_that_is_waited_for(world: None) -> None:
    """It has the name and the labels of ours, but names no operation that we know."""
    attempt, recorded = await a_recorded("step-fails")
    for one in recorded:
        one.change.object["metadata"]["labels"]["tablecast.dev/operation"] = "somebody"
        if one.kind == "Workflow":
            await tell(one.kind, one.change)
    found = await Attempt.get(id=attempt.id)
    assert (found.workflow_uid, found.state) == ("", AttemptState.PENDING)


async def test_what_is_gone_stays_gone_whatever_comes_late(world: None) -> None:
    """A list told that it is gone, knowing an older version than the event that comes then."""
    attempt, recorded = await a_recorded("success")
    first, *_, last = [one for one in recorded if one.kind == "Workflow" and one.type != "DELETED"]
    await tell("Workflow", first.change)
    await tell("Workflow", Gone(first.change.uid))
    await tell("Workflow", last.change)
    assert await Sighting.filter(uid=first.change.uid).values_list("gone", flat=True) == [True]
    assert (await Attempt.get(id=attempt.id)).state == AttemptState.LOST


async def test_a_verdict_stands_when_its_workflow_is_cleared_away(world: None) -> None:
    attempt, recorded = await a_recorded("success")
    for one in recorded:
        if one.type != "DELETED":
            await tell(one.kind, one.change)
    await Attempt.filter(id=attempt.id).update(state=AttemptState.SUCCEEDED)
    uid = next(one.change.uid for one in recorded if one.kind == "Workflow")
    await tell("Workflow", Gone(uid))
    assert (await Attempt.get(id=attempt.id)).state == AttemptState.SUCCEEDED


async def test_a_workflow_that_vanished_unseen_loses_its_attempt(world: None) -> None:
    attempt, _ = await a_recorded("success")
    await Attempt.filter(id=attempt.id).update(workflow_uid="u1", state=AttemptState.RUNNING)
    projection = Projection(next(w for w in WATCHED if w.kind.kind == "Workflow"), Signals())
    assert await projection.remembered() == {"u1": ""}
    await projection.project(Gone("u1"))
    found = await rows(attempt)
    assert (found["attempt"], found["training"]) == (AttemptState.LOST, TrainingState.LOST)
    assert await attempts.expected() == {}


async def test_a_deleted_workflow_ends_a_running_training_and_a_later_event_brings_none_back(
    world: None,
) -> None:
    attempt, recorded = await a_recorded("unschedulable")
    running = [one for one in recorded if one.type != "DELETED"]
    for one in running:
        await tell(one.kind, one.change)
    assert (await rows(attempt))["blocked"] == "UNSCHEDULABLE"
    workflow = next(one for one in recorded if one.kind == "Workflow")
    await tell("Workflow", Gone(workflow.uid))
    for one in running:
        await tell(one.kind, one.change)
    assert (await rows(attempt))["attempt"] == AttemptState.LOST


async def test_a_training_that_is_being_cancelled_stays_so_until_it_has_ended(world: None) -> None:
    attempt, recorded = await a_recorded("terminated")
    half = [one for one in recorded if not _has_ended(one)]
    for one in half[: len(half) // 2]:
        await tell(one.kind, one.change)
    await Training.filter(id=attempt.training_id).update(state=TrainingState.CANCELLING)
    for one in half[len(half) // 2 :]:
        await tell(one.kind, one.change)
    assert (await rows(attempt))["training"] == TrainingState.CANCELLING
    for one in recorded:
        await tell(one.kind, one.change)
    assert (await rows(attempt))["training"] == TrainingState.CANCELLED


async def test_an_older_attempt_does_not_speak_for_its_training(world: None) -> None:
    attempt, recorded = await a_recorded("step-fails")
    await Training.filter(id=attempt.training_id).update(attempts=2)
    for one in recorded:
        await tell(one.kind, one.change)
    found = await rows(attempt)
    assert (found["attempt"], found["training"]) == ("FAILED", "PENDING")


async def test_what_a_step_says_of_its_own_failure_outweighs_the_clusters_words(
    world: None,
) -> None:
    attempt, recorded = await a_recorded("step-fails")
    own = {"code": "ONE_CLASS", "column": "species", "message": "One class.", "hint": "Two."}
    for one in recorded:
        if one.kind == "Pod":
            _say(one, json.dumps({"error": own}))
        await tell(one.kind, one.change)
    error = (await rows(attempt))["error"]
    assert (error["code"], error["column"], error["step"]) == ("ONE_CLASS", "species", "features")
    training = await Training.get(id=attempt.training_id)
    assert training.message == "One class."


async def test_results_come_from_the_workflows_outputs(world: None) -> None:
    attempt, recorded = await a_recorded("success")
    for one in recorded:
        await tell(one.kind, one.change)
    step = await Step.get(attempt_id=attempt.id, name="preprocess")
    assert step.result == {"rows": 3}


async def test_each_step_that_changed_is_told_once(world: None) -> None:
    attempt, recorded = await a_recorded("success")
    for one in recorded:
        await tell(one.kind, one.change)
    told = await types_told(attempt.project_id)
    assert 6 <= told.count("TRAINING_STEP") <= 15
    assert told.count("TRAINING_FINISHED") == 0


async def test_objects_of_no_project_leave_no_trace(world: None) -> None:
    _, recorded = await a_recorded("success")
    for one in recorded:
        one.object["metadata"]["labels"]["tablecast.dev/project"] = "nobodys"
        await tell(one.kind, one.change)
    assert await Sighting.all().count() == 0
    for one in events("success"):
        await tell(one.kind, one.change)
    assert await Sighting.all().count() == 0


def _say(one: Recorded, message: str) -> None:
    for container in one.object["status"].get("containerStatuses", []):
        if container["name"] == "main" and container["state"].get("terminated", {}).get("exitCode"):
            container["state"]["terminated"]["message"] = message


def _has_ended(one: Recorded) -> bool:
    return one.kind == "Workflow" and bool((one.object.get("status") or {}).get("finishedAt"))


def _own_uids(recorded: list[Recorded], suffix: str) -> list[Recorded]:
    """The same objects as others would have made them in another project."""
    for one in recorded:
        metadata = one.object["metadata"]
        metadata["uid"] += suffix
        for owner in metadata.get("ownerReferences", []):
            owner["uid"] += suffix
    return recorded


def _shuffled(recorded: list[Recorded], seed: int) -> list[Recorded]:
    """Each object's events in order, objects interleaved at random."""
    chance = random.Random(seed)
    streams: dict[str, list[Recorded]] = {}
    for one in recorded:
        streams.setdefault(one.uid, []).append(one)
    order = [uid for uid, stream in streams.items() for _ in stream]
    chance.shuffle(order)
    return [streams[uid].pop(0) for uid in order]
