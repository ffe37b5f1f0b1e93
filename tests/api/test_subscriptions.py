"""Subscriptions: the snapshot, then what changes, for as long as one may see it."""

import pytest

from tablecast import live
from tablecast.api.subscriptions import events, rows
from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.members import add_member, remove_member
from tablecast.domain.states import Noun, Role, StepState
from tablecast.domain.tables import Event, Member, Project, Step, Training
from tests.api.rows import gid, whole
from tests.api.streams import EVENTS, data, happen, refusal, result, say
from tests.api.world import ANN, BOB, Api
from tests.domain.world import ANN as ANN_ASKS

TRAINING = """subscription($id: ID!) { training(id: $id) {
  name message project { role } latestAttempt { steps { state } } } }"""
SUBJECTS = ["project", "upload", "datasetVersion", "training", "serving", "operation"]
_ROWS = {"datasetVersion": "version"}


@pytest.mark.parametrize("kind", SUBJECTS)
async def test_the_snapshot_comes_first(live_api: Api, kind: str) -> None:
    row = getattr(await whole(), _ROWS.get(kind, kind))
    text = f"subscription($id: ID!) {{ {kind}(id: $id) {{ id state }} }}"
    async with live_api.follow(ANN, text, id=gid(row)) as stream:
        assert (await data(stream))["id"] == gid(row)


@pytest.mark.parametrize("kind", SUBJECTS)
async def test_a_stranger_s_subscription_is_refused(live_api: Api, kind: str) -> None:
    row = getattr(await whole(), _ROWS.get(kind, kind))
    text = f"subscription($id: ID!) {{ {kind}(id: $id) {{ id }} }}"
    async with live_api.follow(BOB, text, id=gid(row)) as stream:
        assert (await refusal(stream)).endswith("_NOT_FOUND")
    assert live.hub.projects() == []


async def test_a_change_is_delivered_as_it_is_when_it_is_delivered(live_api: Api) -> None:
    job = await whole()
    async with live_api.follow(ANN, TRAINING, id=gid(job.training)) as stream:
        assert (await data(stream))["message"] == ""
        await say(job.training, "first")
        assert (await data(stream))["message"] == "first"
        for number in range(50):
            await say(job.training, f"m{number}")
        seen: list[str] = []
        while not seen or seen[-1] != "m49":
            seen.append((await data(stream))["message"])
        assert len(seen) < 50
    assert live.hub.projects() == []


async def test_what_happens_elsewhere_is_not_delivered(live_api: Api) -> None:
    job = await whole()
    async with live_api.follow(ANN, TRAINING, id=gid(job.training)) as stream:
        await data(stream)
        await happen(job.project, 3)
        await say(job.training, "mine")
        assert (await data(stream))["message"] == "mine"


async def test_a_subscription_reads_edges_afresh(live_api: Api) -> None:
    job = await whole()
    async with live_api.follow(ANN, TRAINING, id=gid(job.training)) as stream:
        assert (await data(stream))["latestAttempt"]["steps"][2]["state"] == "SUCCEEDED"
        await Step.filter(name="train").update(state=StepState.FAILED)
        await say(job.training, "failed")
        assert (await data(stream))["latestAttempt"]["steps"][2]["state"] == "FAILED"


async def test_a_subscription_ends_with_null_when_its_subject_is_gone(live_api: Api) -> None:
    job = await whole()
    async with live_api.follow(ANN, TRAINING, id=gid(job.training)) as stream:
        await data(stream)
        async with deed(SYSTEM, job.project.id) as tx:
            await Training.filter(id=job.training.id).delete()
            tx.tell("TRAINING_DELETED", Noun.TRAINING, job.training.id)
        assert await data(stream) is None
        with pytest.raises(StopAsyncIteration):
            await result(stream)


@pytest.mark.parametrize("text", [TRAINING, EVENTS])
async def test_a_subscription_ends_with_the_membership(live_api: Api, text: str) -> None:
    job = await whole()
    await add_member(ANN_ASKS, job.project.id, "bob", Role.VIEWER)
    subject = job.training if text is TRAINING else job.project
    async with live_api.follow(BOB, text, id=gid(subject)) as stream:
        await data(stream)
        await remove_member(ANN_ASKS, job.project.id, "bob")
        assert (await refusal(stream)).endswith("_NOT_FOUND")


@pytest.mark.parametrize("text", [TRAINING, EVENTS])
async def test_a_subscription_ends_with_its_project_though_its_feed_is_gone_too(
    live_api: Api, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(rows, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(events, "LOOK_SECONDS", 0.1)
    job = await whole()
    subject = job.training if text is TRAINING else job.project
    async with live_api.follow(ANN, text, id=gid(subject)) as stream:
        await data(stream)
        for table in (Training, Event, Member, Project):
            await table.all().delete()
        assert (await refusal(stream)).endswith("_NOT_FOUND")


async def test_a_change_without_a_signal_is_seen_by_looking(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "LOOK_SECONDS", 0.1)
    job = await whole()
    async with api.follow(ANN, TRAINING, id=gid(job.training)) as stream:
        await data(stream)
        await say(job.training, "unheard")
        training = await Training.get(id=job.training.id)
        await training.save()
        assert (await data(stream))["message"] == "unheard"
