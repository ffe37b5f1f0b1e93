"""Housekeeping: rows and files that have outlived their time go, files first, and nothing that is used."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tortoise.exceptions import OperationalError

from tablecast.domain.datasets import DatasetVersionWish, create_dataset_version
from tablecast.domain.identity import new_id
from tablecast.domain.states import AttemptState, Noun, UploadState
from tablecast.domain.tables import (
    Attempt,
    Event,
    Operation,
    Project,
    Step,
    Training,
    Trial,
    Upload,
)
from tablecast.domain.trainings import FAILED_STEP, START, retry_training
from tablecast.errors import Unreachable
from tablecast.outbound.context import Context
from tablecast.outbound.housekeeping import Housekeeping
from tests.domain.world import ANN, BOB, LIMITS, a_project, a_training, a_version, an_upload, end
from tests.outbound.fakes import Answer, FakeCluster

pytestmark = pytest.mark.usefixtures("world")

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=400)


@pytest.fixture
def house(context: Context) -> Housekeeping:
    """Housekeeping that takes two rows at a time."""
    settings = context.settings.model_copy(update={"housekeeping_batch": 2})
    return Housekeeping(replace(context, settings=settings))


async def tried_again(training: Training, from_: str = START) -> Attempt:
    """Its newest attempt failed and left a trial, its journals were read, another one was asked for."""
    attempt = await Attempt.get(training_id=training.id, number=training.attempts)
    await Attempt.filter(id=attempt.id).update(collected=True, finished_at=NOW)
    await Trial.create(
        id=new_id(),
        project_id=training.project_id,
        attempt_id=attempt.id,
        number=1,
        algorithm="LINEAR",
        metric_name="ACCURACY",
        seconds=1.0,
    )
    await end(training, AttemptState.FAILED)
    await retry_training(ANN, training.id, from_, LIMITS)
    await training.refresh_from_db()
    return attempt


async def details_of(attempt: Attempt) -> tuple[int, int, bool]:
    """How many steps and trials an attempt has, and whether it says that they were removed."""
    row = await Attempt.get(id=attempt.id)
    steps = await Step.filter(attempt_id=attempt.id).count()
    trials = await Trial.filter(attempt_id=attempt.id).count()
    return steps, trials, row.details_removed_at is not None


async def test_an_old_attempt_that_was_replaced_loses_its_details_and_files(
    cluster: FakeCluster, house: Housekeeping
) -> None:
    """The attempt itself stays, and says so; the newest one keeps everything."""
    training = await a_training(await a_version(await a_project()))
    old = await tried_again(training)
    counts = await house.round(LATER)
    assert counts["attempts' details"] == 1
    assert await details_of(old) == (0, 0, True)
    newest = await Attempt.get(training_id=training.id, number=2)
    assert await details_of(newest) == (3, 0, False)
    assert cluster.asked("DELETE") == [f"/v1/trainings/{training.id}/attempts/1"]
    assert "attempts' details" not in await house.round(LATER)
    told = Event.filter(noun=Noun.TRAINING, subject_id=training.id).order_by("sequence")
    assert (await told.values_list("type", flat=True))[-1] == "TRAINING_UPDATED"


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"finished_at": LATER - timedelta(days=89)}, id="ended lately"),
        pytest.param({"collected": False}, id="its journals are being read"),
        pytest.param({"state": AttemptState.RUNNING, "finished_at": None}, id="it runs"),
    ],
)
async def test_an_attempt_that_is_not_over_for_long_keeps_its_details(
    house: Housekeeping, columns: dict[str, Any]
) -> None:
    """Replaced or not."""
    training = await a_training(await a_version(await a_project()))
    old = await tried_again(training)
    await Attempt.filter(id=old.id).update(**columns)
    await house.round(LATER)
    assert await details_of(old) == (3, 1, False)


async def test_the_attempt_that_the_newest_one_builds_on_keeps_its_files(
    cluster: FakeCluster, house: Housekeeping
) -> None:
    """A retry from the failed step uses what the steps before it made."""
    training = await a_training(await a_version(await a_project()))
    first = await tried_again(training, FAILED_STEP)
    second = await tried_again(training, FAILED_STEP)
    await house.round(LATER)
    assert await details_of(first) == (3, 1, False)
    assert await details_of(second) == (0, 0, True)
    assert cluster.asked("DELETE") == [f"/v1/trainings/{training.id}/attempts/2"]


async def test_files_go_before_the_rows_that_know_of_them(
    cluster: FakeCluster, house: Housekeeping
) -> None:
    """With the datastore down nothing of an attempt goes; the next round takes it."""
    training = await a_training(await a_version(await a_project()))
    old = await tried_again(training)
    cluster.fail("request", "datastore", Unreachable("silence"))
    await house.round(LATER)
    assert await details_of(old) == (3, 1, False)
    await house.round(LATER)
    assert await details_of(old) == (0, 0, True)


async def test_one_datastore_that_is_down_holds_up_no_other(
    cluster: FakeCluster, house: Housekeeping
) -> None:
    """Each thing is tried by itself, a batch of two after the other."""
    mine = await an_upload(await a_project(), state=UploadState.FAILED)
    others = [await an_upload(await a_project(BOB, "bees"), BOB, UploadState.FAILED)]
    others += [
        await an_upload(await Project.get(name="bees"), BOB, UploadState.FAILED) for _ in range(4)
    ]
    space = (await Project.get(name="birds")).namespace
    broken = Answer(503, b'{"error": {"code": "BUSY"}}')
    cluster.answers["DELETE", f"/uploads/{mine.id}"] = broken
    assert (await house.round(LATER))["uploads"] == len(others)
    assert await Upload.all().values_list("id", flat=True) == [mine.id]
    assert space in {call.target.namespace for call in cluster.requests}


async def test_an_upload_of_which_nothing_was_made_goes_in_two_steps(
    cluster: FakeCluster, house: Housekeeping
) -> None:
    """First it is thrown away, as a person would, which says why; a while later its row goes too."""
    project = await a_project()
    upload = await an_upload(project)
    week = NOW + timedelta(seconds=LIMITS.upload_seconds)
    await house.round(week - timedelta(hours=1))
    assert (await Upload.get(id=upload.id)).state == UploadState.COMPLETE
    await house.round(week + timedelta(hours=1))
    row = await Upload.get(id=upload.id)
    assert (row.state, row.error["code"]) == (UploadState.ABORTED, "UPLOAD_EXPIRED")
    assert await Operation.exists(subject_id=upload.id, verb="ABORT")
    await house.round(LATER)
    assert not await Upload.exists(id=upload.id)
    assert f"/uploads/{upload.id}" in cluster.asked("DELETE")
    assert await Event.exists(type="UPLOAD_DELETED", subject_id=upload.id)


@pytest.mark.parametrize("state", [UploadState.ABORTED, UploadState.FAILED])
async def test_an_upload_that_came_to_nothing_is_shown_for_a_while(
    house: Housekeeping, state: UploadState
) -> None:
    """And no longer."""
    upload = await an_upload(await a_project(), state=state)
    await house.round(NOW + timedelta(days=29))
    assert await Upload.exists(id=upload.id)
    await house.round(NOW + timedelta(days=31))
    assert not await Upload.exists(id=upload.id)


@pytest.mark.parametrize("state", [UploadState.PENDING, UploadState.OPEN, UploadState.FINISHING])
async def test_an_upload_on_its_way_is_left_alone(house: Housekeeping, state: UploadState) -> None:
    """What expires unfinished is the sweep's."""
    upload = await an_upload(await a_project(), state=state)
    await house.round(LATER)
    assert (await Upload.get(id=upload.id)).state == state


async def test_an_upload_that_a_dataset_is_made_of_stays(
    cluster: FakeCluster, house: Housekeeping
) -> None:
    """Its row is where the version came from."""
    version = await a_version(await a_project())
    await house.round(LATER)
    assert (await Upload.get(id=version.upload_id)).state == UploadState.COMPLETE
    assert cluster.asked("DELETE") == []


async def test_what_is_made_of_an_upload_at_the_last_moment_is_kept(
    house: Housekeeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at what is used and the throwing away: the upload's lock decides."""
    upload = await an_upload(await a_project())

    async def late(uploads: list[Upload]) -> set[str]:
        await create_dataset_version(ANN, DatasetVersionWish(upload_id=upload.id, name="late"))
        return set()

    monkeypatch.setattr("tablecast.outbound.housekeeping._used", late)
    await house.round(LATER)
    assert (await Upload.get(id=upload.id)).state == UploadState.COMPLETE


@pytest.mark.parametrize("state", ["PENDING", "DEGRADED", "DELETING"])
async def test_volumes_are_left_alone_where_no_datastore_answers(
    cluster: FakeCluster, house: Housekeeping, state: str
) -> None:
    """Nobody waits for them in vain; they have their turn when they are back."""
    project = await a_project()
    upload = await an_upload(project, state=UploadState.FAILED)
    await Project.filter(id=project.id).update(state=state)
    await house.round(LATER)
    assert cluster.requests == []
    assert await Upload.exists(id=upload.id)


async def test_two_replicas_that_keep_house_at_once_do_it_once(house: Housekeeping) -> None:
    """What both have seen, one has removed, and one has told."""
    uploads = [await an_upload(await a_project(), state=UploadState.FAILED)]
    project = await Project.get()
    uploads += [await an_upload(project, state=UploadState.FAILED) for _ in range(3)]
    training = await a_training(await a_version(project))
    await tried_again(training)
    one, other = await asyncio.gather(house.round(LATER), house.round(LATER))
    assert one.get("uploads", 0) + other.get("uploads", 0) == len(uploads)
    assert one.get("attempts' details", 0) + other.get("attempts' details", 0) == 1
    assert await Event.filter(type="UPLOAD_DELETED").count() == len(uploads)


async def test_it_goes_on_after_a_round_that_the_database_cut_short(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands in the way of one part holds up neither the others nor the next round."""
    upload = await an_upload(await a_project(), state=UploadState.FAILED)
    rounds: list[int] = []
    seen = asyncio.Event()

    async def broken(*_: object) -> int:
        rounds.append(1)
        if len(rounds) == 2:
            seen.set()
        raise OperationalError("server has gone away")

    monkeypatch.setattr("tablecast.domain.retention.forget_events", broken)
    quick = {"housekeeping_seconds": 0.01, "keep_uploads_seconds": 0}
    settings = context.settings.model_copy(update=quick)
    running = asyncio.create_task(Housekeeping(replace(context, settings=settings)).run())
    async with asyncio.timeout(20):
        await seen.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not await Upload.exists(id=upload.id)
