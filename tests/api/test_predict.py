"""Predicting: rows that fit are answered, rows that do not are told why, cell by cell."""

from typing import Any

import pytest

from tablecast.api.prediction import RowsRefused, check_rows
from tablecast.clients.inference import RowsRefused as RefusedByServer
from tablecast.domain.tables import PredictorPod, Revision, Serving
from tablecast.errors import ClusterBusy, ClusterRefusal
from tablecast.settings import Limits
from tests.api.rows import BLOCKED, SIGNATURE, Whole, gid, whole
from tests.api.world import ANN, BOB, Api

PREDICT = """mutation($input: PredictInput!) { predict(input: $input) {
  __typename
  ... on PredictPayload {
    predictions {
      prediction
      probabilities { label probability }
      warnings { column code }
    }
    modelVersion { id }
  }
  ... on Error { code message field hint }
  ... on RowsRefusedError { errors { row column code message } }
  ... on NotServableError { blockedBy { code message since } }
  ... on ClusterBusyError { retryAfterSeconds }
} }"""
GOOD = {"mass": 4000, "island": "Dream"}


async def predict(api: Api, job: Whole, rows: list[Any], who: Any = ANN) -> Any:
    answer = await api.ask(who, PREDICT, input={"servingId": gid(job.serving), "rows": rows})
    return answer["predict"]


async def test_rows_that_fit_are_answered_by_the_active_revision(api: Api) -> None:
    job = await whole()
    result = await predict(api, job, [GOOD, {"mass": None, "island": None}])
    assert result["modelVersion"] == {"id": gid(job.model_version)}
    assert len(result["predictions"]) == 2
    first = result["predictions"][0]
    assert first["prediction"] == "Adelie"
    assert first["probabilities"] == [
        {"label": "Adelie", "probability": 0.9},
        {"label": "Gentoo", "probability": 0.1},
    ]
    [(namespace, inference_service, name, sent)] = api.inference.asked
    assert (namespace, inference_service) == (job.project.namespace, "pool-1")
    assert name == f"serving-{job.serving.id}-r1"
    assert sent[0] == GOOD


async def test_what_was_not_seen_in_training_is_a_warning(api: Api) -> None:
    job = await whole()
    result = await predict(api, job, [{"mass": 9_999, "island": "Mars"}])
    assert result["predictions"][0]["warnings"] == [
        {"column": "mass", "code": "OUT_OF_RANGE"},
        {"column": "island", "code": "UNSEEN_CATEGORY"},
    ]


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ({"mass": 1}, "island", "MISSING_COLUMN"),
        ({**GOOD, "beak": 1}, "beak", "UNKNOWN_COLUMN"),
        ({**GOOD, "mass": "heavy"}, "mass", "WRONG_TYPE"),
        ({**GOOD, "mass": "NaN"}, "mass", "WRONG_TYPE"),
        ({**GOOD, "mass": True}, "mass", "WRONG_TYPE"),
        ({**GOOD, "mass": 10**400}, "mass", "WRONG_TYPE"),
        ({**GOOD, "mass": float("inf")}, "mass", "WRONG_TYPE"),
        ({**GOOD, "mass": [1]}, "mass", "WRONG_TYPE"),
        ({**GOOD, "island": {"a": {"b": {}}}}, "island", "WRONG_TYPE"),
        ({**GOOD, "island": 3}, "island", "WRONG_TYPE"),
        ({**GOOD, "x" * 5_000: 3}, "x" * 200, "UNKNOWN_COLUMN"),
        ([1, 2], None, "WRONG_TYPE"),
        ("row", None, "WRONG_TYPE"),
        (None, None, "WRONG_TYPE"),
    ],
)
async def test_rows_that_do_not_fit_are_refused_cell_by_cell(
    api: Api, row: Any, column: str | None, code: str
) -> None:
    if row is None:
        with pytest.raises(RowsRefused) as refusal:
            check_rows([GOOD, row], SIGNATURE)
        assert refusal.value.errors[0]["code"] == code
        return
    job = await whole()
    result = await predict(api, job, [GOOD, row])
    assert result["__typename"] == "RowsRefusedError"
    assert (result["code"], result["field"]) == ("ROWS_REFUSED", "rows")
    [error] = result["errors"]
    assert (error["row"], error["column"], error["code"]) == (1, column, code)
    assert api.inference.asked == []


@pytest.mark.parametrize(
    ("type_", "right", "wrong"),
    [
        ("INTEGER", [0, -3, 2.0, 2**62], [1.5, True, "1", 10**400]),
        ("FLOAT", [0, 1.5, -1e300, 10**30], [True, "1.5", float("nan")]),
        ("BOOLEAN", [True, False], [0, 1, "true"]),
        ("STRING", ["", "é", "1"], [1, True]),
        ("DATE", ["2024-02-29"], ["2023-02-29", "yesterday", 20240101, ""]),
        ("TIMESTAMP", ["2024-02-29T10:00:00Z", "2024-02-29"], ["noon", 1709200800]),
    ],
)
def test_each_type_takes_its_values_alone(type_: str, right: list[Any], wrong: list[Any]) -> None:
    signature = {"inputs": [{"name": "c", "type": type_}]}
    assert check_rows([{"c": value} for value in right], signature) == [[] for _ in right]
    for value in wrong:
        with pytest.raises(RowsRefused):
            check_rows([{"c": value}], signature)


def test_no_more_errors_are_told_than_anybody_reads() -> None:
    with pytest.raises(RowsRefused) as refusal:
        check_rows([{}] * 1_000, SIGNATURE)
    assert len(refusal.value.errors) == 100


@pytest.mark.parametrize(("rows", "code"), [([], "NO_ROWS"), ([GOOD] * 4, "LIMIT_REACHED")])
async def test_the_number_of_rows_is_bounded(api: Api, rows: list[Any], code: str) -> None:
    api.limits = Limits(predict_rows=3)
    job = await whole()
    assert (await predict(api, job, rows))["code"] == code


async def test_a_serving_that_nothing_answers_for_says_what_it_waits_for(api: Api) -> None:
    job = await whole()
    await Serving.filter(id=job.serving.id).update(loaded_replicas=0, blocked_by=BLOCKED)
    result = await predict(api, job, [GOOD])
    assert result["__typename"] == "NotServableError"
    assert result["blockedBy"] == BLOCKED


async def test_a_stranger_s_prediction_finds_no_serving(api: Api) -> None:
    job = await whole()
    result = await predict(api, job, [GOOD], who=BOB)
    assert (result["__typename"], result["code"]) == ("NotFoundError", "SERVING_NOT_FOUND")
    assert api.inference.asked == []


async def test_a_model_server_that_does_not_answer_is_told_without_its_words(api: Api) -> None:
    job = await whole()
    busy = ClusterBusy("10.0.0.7 refused", retry_after=2.0)
    api.inference.raises = [busy, busy]
    result = await predict(api, job, [GOOD])
    assert (result["__typename"], result["code"]) == ("ClusterBusyError", "CLUSTER_BUSY")
    assert result["retryAfterSeconds"] == 2.0
    assert "10.0.0.7" not in result["message"]
    api.inference.raises = [ClusterRefusal("403 by 10.0.0.7")]
    assert (await predict(api, job, [GOOD]))["code"] == "CLUSTER_REFUSED"


async def test_where_one_model_server_has_gone_another_one_answers(api: Api) -> None:
    job = await whole()
    await PredictorPod.all().update(ready=True, loaded={f"serving-{job.serving.id}-r1": "now"})
    api.inference.raises = [ClusterBusy("10.0.0.7 refused")]
    assert (await predict(api, job, [GOOD]))["__typename"] == "PredictPayload"


async def test_what_the_model_server_refuses_is_told_as_our_own_refusal(api: Api) -> None:
    job = await whole()
    error = {"row": 0, "column": "mass", "code": "WRONG_TYPE", "message": "No."}
    api.inference.raises = [RefusedByServer("no", 422, errors=[error])]
    result = await predict(api, job, [GOOD])
    assert result["errors"] == [error]


async def test_a_prediction_during_a_move_is_answered_by_the_newer_revision(api: Api) -> None:
    job = await whole()

    class Moved(ClusterBusy):
        """The revision is gone; the next one is active as soon as somebody looks."""

    original = api.inference.predict

    async def moving(*asked: Any, **pod: str) -> dict[str, Any]:
        if not await Revision.exists(serving_id=job.serving.id, number=2):
            old = await Revision.get(serving_id=job.serving.id, number=1)
            newer = old.clone(pk="0" * 16)
            newer.number, newer.object_name = 2, f"serving-{job.serving.id}-r2"
            await newer.save(force_create=True)
            await Serving.filter(id=job.serving.id).update(active_revision=2)
        if asked[2].endswith("-r1"):
            raise Moved("404")
        return await original(*asked, **pod)

    api.inference.predict = moving  # type: ignore[method-assign, assignment]
    result = await predict(api, job, [GOOD])
    assert result["__typename"] == "PredictPayload"
    assert api.inference.asked[0][2].endswith("-r2")
