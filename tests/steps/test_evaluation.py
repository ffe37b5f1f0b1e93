"""A model's report says what is so, how sure that is, and what to be careful with."""

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tablecast_steps.evaluation.importance import permutation_importance
from tablecast_steps.evaluation.outcome import BINARY, MULTICLASS, REGRESSION, Outcome, decide
from tablecast_steps.evaluation.report import REPORT_BYTES, Subject, evaluate
from tests.steps.outcomes import RANDOM, classified, measured


def subject(rows: int = 200, **changes: Any) -> Subject:
    """A model that reads its answer off column `x`; column `noise` means nothing to it."""
    generator = np.random.default_rng(3)
    truth = generator.integers(0, 2, 2 * rows)
    x = truth + generator.normal(0, 0.7, 2 * rows)
    frame = pd.DataFrame({"noise": generator.random(2 * rows), "x": x})

    def judge(asked: Any, answers: Any) -> Outcome:
        sure = 1 / (1 + np.exp(-4 * (asked["x"].to_numpy() - 0.5)))
        probabilities = np.stack([1 - sure, sure], axis=1)
        return Outcome(answers, decide(probabilities, 0.5), probabilities, ("no", "yes"))

    given: dict[str, Any] = {
        "problem": BINARY,
        "target": "y",
        "primary": "ROC_AUC",
        "labels": ("no", "yes"),
        "threshold": 0.5,
        "judge": judge,
        "train": frame[:rows],
        "train_truth": truth[:rows],
        "test": frame[rows:],
        "test_truth": truth[rows:],
    }
    return Subject(**{**given, **changes})


def strict(report: dict[str, Any]) -> str:
    """The report as JSON that has no NaN and no Infinity."""
    return json.dumps(report, allow_nan=False)


def codes(report: dict[str, Any]) -> set[tuple[str, str | None]]:
    return {(each["code"], each["column"]) for each in report["warnings"]}


def test_a_report_has_every_part_and_is_strict_json() -> None:
    report = evaluate(subject())

    assert json.loads(strict(report)) == report
    assert report["rows"] == {"train": 200, "test": 200}
    assert report["metrics"][0]["name"] == report["primary_metric"] == "ROC_AUC"
    assert report["metrics"][0]["baseline"] == 0.5
    assert sum(map(sum, report["confusion_matrix"]["counts"])) == 200
    assert [each["label"] for each in report["class_balance"]] == ["no", "yes"]
    assert report["roc_curves"][0]["label"] == "yes"
    assert codes(report) == set()


def test_importance_names_raw_columns_and_finds_the_one_that_counts() -> None:
    found = evaluate(subject())["importance"]

    assert [each["column"] for each in found] == ["x", "noise"]
    assert found[0]["mean"] > 0.2
    assert found[1]["mean"] == 0.0


def test_importance_stops_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tablecast_steps.evaluation.importance.SECONDS", -1.0)
    frame = pd.DataFrame({"a": [1.0, 2.0]})

    assert permutation_importance(frame, np.zeros(2), lambda *_: 1.0, RANDOM) == []


def test_a_test_set_of_one_class_has_no_curve_and_null_where_nothing_is_defined() -> None:
    whole = subject()
    ones = whole.test_truth == 1
    report = evaluate(subject(test=whole.test[ones], test_truth=whole.test_truth[ones]))

    assert strict(report)
    area = next(each for each in report["metrics"] if each["name"] == "ROC_AUC")
    assert (area["value"], area["low"], area["high"]) == (None, None, None)
    assert report["roc_curves"] == []


def test_a_single_test_row_is_enough_for_a_report() -> None:
    whole = subject()
    report = evaluate(subject(test=whole.test[:1], test_truth=whole.test_truth[:1]))

    assert strict(report)
    assert ("SMALL_TEST_SET", None) in codes(report)


@pytest.mark.parametrize(
    ("column", "leaks"),
    [
        pytest.param(lambda truth: truth * 3.5, True, id="a number that is the target"),
        pytest.param(lambda truth: np.where(truth == 1, "paid", "open"), True, id="its words"),
        pytest.param(lambda truth: np.arange(len(truth)) * 1.0, False, id="a row number"),
        pytest.param(lambda truth: np.full(len(truth), np.nan), False, id="nothing at all"),
        pytest.param(
            lambda truth: np.array([f"id{at}" for at in range(len(truth))]), False, id="names"
        ),
    ],
)
def test_a_column_that_alone_gives_the_target_away_is_named(column: Any, leaks: bool) -> None:
    whole = subject()
    train = whole.train.assign(suspect=column(whole.train_truth))
    test = whole.test.assign(suspect=column(whole.test_truth))

    report = evaluate(subject(train=train, test=test))

    assert (("TARGET_LEAK", "suspect") in codes(report)) is leaks
    assert ("TARGET_LEAK", "x") not in codes(report)


def test_a_leak_that_an_earlier_step_told_of_is_told_once() -> None:
    whole = subject()
    known_leak = {"code": "TARGET_LEAK", "column": "twin", "message": "It is the target."}
    train = whole.train.assign(twin=whole.train_truth * 1.0)
    test = whole.test.assign(twin=whole.test_truth * 1.0)

    report = evaluate(subject(train=train, test=test, findings=[known_leak]))

    assert [each["code"] for each in report["warnings"]].count("TARGET_LEAK") == 1


def test_a_rare_class_and_a_useless_model_are_warned_of() -> None:
    rare = np.zeros(200, dtype=np.int64)
    rare[:6] = 1

    report = evaluate(subject(train_truth=rare, test_truth=rare[::-1].copy()))

    assert ("IMBALANCED", "y") in codes(report)
    assert ("NOT_BETTER_THAN_BASELINE", None) in codes(report)


def numeric_subject() -> Subject:
    outcome = measured(800)
    frame = pd.DataFrame({"x": outcome.predicted})
    return subject(
        problem=REGRESSION,
        primary="RMSE",
        labels=(),
        threshold=None,
        judge=lambda asked, truth: Outcome(truth, asked["x"].to_numpy()),
        train=frame[:200],
        train_truth=outcome.truth[:200],
        test=frame[200:],
        test_truth=outcome.truth[200:],
    )


def test_a_regression_has_residuals_and_no_classes() -> None:
    report = evaluate(numeric_subject())

    assert strict(report)
    assert report["confusion_matrix"] is None
    assert report["roc_curves"] == report["class_balance"] == []
    assert len(report["residuals"]["points"]) == 500
    assert sum(report["residuals"]["counts"]) == 600
    assert report["metrics"][0]["value"] == pytest.approx(10, rel=0.2)
    assert report["metrics"][0]["baseline"] == pytest.approx(30, rel=0.2)


def test_a_hundred_classes_with_long_names_stay_within_the_report_s_size() -> None:
    labels = tuple(f"{at:03}" + "ä" * 3000 for at in range(100))
    outcome = classified(3000, 100, skill=20)
    frame = pd.DataFrame({"row": np.arange(3000.0)})

    def judge(asked: Any, truth: Any) -> Outcome:
        rows = asked["row"].to_numpy().astype(int)
        assert outcome.probabilities is not None
        probabilities = outcome.probabilities[rows]
        return Outcome(truth, decide(probabilities, None), probabilities, labels)

    report = evaluate(
        subject(
            problem=MULTICLASS,
            primary="ACCURACY",
            labels=labels,
            judge=judge,
            train=frame,
            train_truth=outcome.truth,
            test=frame,
            test_truth=outcome.truth,
        )
    )

    assert len(strict(report).encode()) <= REPORT_BYTES
    assert report["metrics"][0]["value"] > 0.5
    assert all(math.isfinite(each["value"]) for each in report["metrics"])
