"""Canaries as people see them: a share, promoted or rolled back, and who answered."""

from collections import Counter
from typing import Any

import pytest

from tablecast.api import predicting
from tablecast.domain.tables import ModelVersion, Revision, Serving
from tablecast.errors import ClusterBusy
from tests.api.rows import SIGNATURE, Whole, gid, whole
from tests.api.test_predict import GOOD, predict
from tests.api.world import ANN, Api

SHOWS = """serving { revisions { nodes { number inferenceService } }
  canary { percent desiredReplicas loadedReplicas servable since modelVersion { id } }
  canPromote canRollBack activeRevision { number } } operation { verb }"""


async def a_second_version(job: Whole) -> ModelVersion:
    second = job.model_version.clone(pk="0" * 16)
    second.number = 2
    await second.save(force_create=True)
    return second


async def update(api: Api, job: Whole, **given: Any) -> dict[str, Any]:
    return await api.do(ANN, "updateServing", {"servingId": gid(job.serving), **given}, SHOWS)


async def with_canary(api: Api, job: Whole, percent: int) -> ModelVersion:
    """A canary that answers; returns its model version."""
    second = await a_second_version(job)
    await update(api, job, modelVersionId=gid(second), canaryPercent=percent)
    await Revision.filter(serving_id=job.serving.id, number=2).update(
        state="LOADED", loaded_replicas=1, desired_replicas=1
    )
    await Serving.filter(id=job.serving.id).update(canary_servable=True)
    return second


async def test_a_canary_is_shown_with_what_may_be_done_with_it(api: Api) -> None:
    job = await whole()
    second = await a_second_version(job)
    result = await update(api, job, modelVersionId=gid(second), canaryPercent=25)
    assert result["serving"] == {
        "canary": {
            "percent": 25,
            "desiredReplicas": 0,
            "loadedReplicas": 0,
            "servable": False,
            "since": None,
            "modelVersion": {"id": gid(second)},
        },
        "canPromote": False,
        "canRollBack": True,
        "activeRevision": {"number": 1},
        "revisions": {
            "nodes": [
                {"number": 2, "inferenceService": "pool-1"},
                {"number": 1, "inferenceService": "pool-1"},
            ]
        },
    }


@pytest.mark.parametrize(("mutation", "number"), [("promoteCanary", 2), ("rollBackCanary", 1)])
async def test_a_canary_is_settled_by_a_mutation(api: Api, mutation: str, number: int) -> None:
    job = await whole()
    await with_canary(api, job, 25)
    result = await api.do(ANN, mutation, {"servingId": gid(job.serving)}, SHOWS)
    seen = result["serving"]
    assert (seen["canary"], seen["canPromote"], seen["canRollBack"]) == (None, False, False)
    assert seen["activeRevision"] == {"number": number}
    assert result["operation"] == {"verb": "UPDATE"}


@pytest.mark.parametrize("mutation", ["promoteCanary", "rollBackCanary"])
async def test_without_a_canary_there_is_nothing_to_settle(api: Api, mutation: str) -> None:
    job = await whole()
    result = await api.do(ANN, mutation, {"servingId": gid(job.serving)}, "__typename")
    assert (result["__typename"], result["code"]) == ("ConflictError", "NO_CANARY")


@pytest.mark.parametrize("percent", [-1, 101])
async def test_a_share_is_a_percentage(api: Api, percent: int) -> None:
    job = await whole()
    result = await update(api, job, canaryPercent=percent)
    assert (result["code"], result["field"]) == ("OUT_OF_RANGE", "canaryPercent")


async def test_predictions_are_split_by_the_share_and_say_who_answered(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await whole()
    second = await with_canary(api, job, 30)
    chances = iter([number / 100 for number in range(100)])
    monkeypatch.setattr(predicting.random, "random", lambda: next(chances))
    told: Counter[str] = Counter()
    for _ in range(100):
        answer = await predict(api, job, [GOOD])
        told[answer["modelVersion"]["id"]] += 1
    assert told == {gid(second): 30, gid(job.model_version): 70}
    names = Counter(name for _, _, name, _ in api.inference.asked)
    assert names == {f"serving-{job.serving.id}-r2": 30, f"serving-{job.serving.id}-r1": 70}


@pytest.mark.parametrize(("percent", "gone", "answers"), [(100, "-r2", 1), (1, "-r1", 2)])
async def test_where_one_does_not_answer_the_other_does(
    api: Api, monkeypatch: pytest.MonkeyPatch, percent: int, gone: str, answers: int
) -> None:
    """Just rolled back, just promoted, or its server has died."""
    job = await whole()
    second = await with_canary(api, job, percent)
    monkeypatch.setattr(predicting.random, "random", lambda: 0.5)
    original = api.inference.predict

    async def without_one(*asked: Any, **pod: str) -> dict[str, Any]:
        if asked[2].endswith(gone):
            raise ClusterBusy("no such model", 404)
        return await original(*asked, **pod)

    api.inference.predict = without_one  # type: ignore[method-assign, assignment]
    result = await predict(api, job, [GOOD])
    wanted = {1: job.model_version, 2: second}[answers]
    assert result["modelVersion"] == {"id": gid(wanted)}


async def test_rows_that_do_not_fit_a_canary_are_the_active_ones_to_judge(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may want other columns: that fails nobody who knows nothing of it."""
    job = await whole()
    second = await with_canary(api, job, 100)
    extra = {**SIGNATURE["inputs"][0], "name": "beak"}
    wider = {**SIGNATURE, "inputs": [*SIGNATURE["inputs"], extra]}
    await ModelVersion.filter(id=second.id).update(signature=wider)
    monkeypatch.setattr(predicting.random, "random", lambda: 0.0)
    result = await predict(api, job, [GOOD])
    assert result["modelVersion"] == {"id": gid(job.model_version)}
    refused = await predict(api, job, [{"mass": 1}])
    assert {each["column"] for each in refused["errors"]} == {"island"}
