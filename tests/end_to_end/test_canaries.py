"""A canary under load: split, rolled back, split again and promoted, with no prediction lost."""

import asyncio

import pytest

from tablecast_demo.session import Session
from tests.end_to_end import cluster, documents, job
from tests.end_to_end.load import predicting

MODES = pytest.mark.parametrize("mode", ["DEDICATED", "SHARED"])


@pytest.fixture(scope="module")
def models(shared_machine):
    """A project with two versions of one model, on the machine that the tests share."""
    return asyncio.run(job.two_versions(shared_machine.url, "canary"))


async def _until(session: Session, serving: str, holds, seconds: float = 60) -> dict:
    async with asyncio.timeout(seconds):
        async for seen in session.follow(documents.FOLLOW_CANARY, id=serving):
            if holds(seen):
                return seen
    raise AssertionError("the subscription ended")


def _out(seen: dict) -> bool:
    return seen["canary"] is not None and seen["canary"]["servable"]


def _settled(version: str):
    """One model version answers, without a canary, and every other revision has gone."""

    def holds(seen: dict) -> bool:
        alone = [one for one in seen["revisions"]["nodes"] if one["state"] != "RETIRED"]
        answering = seen["activeModelVersion"]["id"] == version and seen["servable"]
        return seen["canary"] is None and len(alone) == 1 and answering

    return holds


@MODES
async def test_a_canary_is_split_rolled_back_and_promoted_without_one_failed_prediction(
    shared_machine, models, mode
):
    """Each model version answers its share; what was rolled back or replaced leaves no object."""
    project, first, second = models
    async with asyncio.timeout(120), Session(shared_machine.url) as session:
        serving = await job.serving(session, project, first, mode=mode)
        await job.servable(session, serving)
        async with predicting(shared_machine.url, serving) as load:
            await load.until(first)
            given = {"servingId": serving, "modelVersionId": second, "canaryPercent": 40}
            await session.mutate(documents.UPDATE_SERVING, **given)
            seen = await _until(session, serving, _out)
            assert seen["canPromote"]
            assert seen["canary"]["percent"] == 40
            await load.until(second)
            await load.until(first)
            await session.mutate(documents.ROLL_BACK_CANARY, servingId=serving)
            await _until(session, serving, _settled(first))
            await load.until(first)
            await session.mutate(documents.UPDATE_SERVING, **given)
            await _until(session, serving, _out)
            await load.until(second)
            done = await session.mutate(documents.PROMOTE_CANARY, servingId=serving)
            await _until(session, serving, _settled(second))
            await load.until(second)
            operation = done["operation"]["id"]
            await job.seen(session, documents.FOLLOW_OPERATION, operation, state="OBSERVED")
        kinds = ("TrainedModel", "InferenceService")
        objects = cluster.objects(shared_machine, about=serving)
        left = [one["metadata"]["name"] for one in objects if one["kind"] in kinds]
        gone = await session.mutate(documents.DELETE_SERVING, servingId=serving)
        await job.seen(
            session, documents.FOLLOW_OPERATION, gone["operation"]["id"], state="OBSERVED"
        )
    assert load.failures == []
    assert left == [f"serving-{cluster.row_id(serving)}-r3"]
