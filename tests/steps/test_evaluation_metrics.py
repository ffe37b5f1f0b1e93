"""Metrics are what scikit-learn computes, with how sure they are; curves are drawn in few points."""

from typing import Any

import numpy as np
import pytest
from sklearn import metrics as known

from tablecast_steps.evaluation import curves
from tablecast_steps.evaluation.intervals import intervals
from tablecast_steps.evaluation.metrics import METRICS, metric_named
from tablecast_steps.evaluation.outcome import BINARY, MULTICLASS, REGRESSION, Outcome
from tests.steps.outcomes import RANDOM, classified, measured


def value(name: str, outcome: Outcome, problem: str) -> float:
    metric = metric_named(problem, name)
    assert metric is not None
    return metric.value(outcome)


def test_the_metrics_of_two_classes_are_those_that_scikit_learn_computes() -> None:
    outcome = classified(classes=2)
    truth, said, scores = outcome.truth, outcome.predicted, outcome.scores(1)

    for name, expected in {
        "ACCURACY": known.accuracy_score(truth, said),
        "BALANCED_ACCURACY": known.balanced_accuracy_score(truth, said),
        "F1": known.f1_score(truth, said),
        "ROC_AUC": known.roc_auc_score(truth, scores),
        "AVERAGE_PRECISION": known.average_precision_score(truth, scores),
        "LOG_LOSS": known.log_loss(truth, outcome.probabilities),
    }.items():
        assert value(name, outcome, BINARY) == pytest.approx(expected), name


def test_the_metrics_of_many_classes_are_averages_over_them() -> None:
    outcome = classified(classes=4)
    truth, said, scores = outcome.truth, outcome.predicted, outcome.probabilities

    for name, expected in {
        "BALANCED_ACCURACY": known.balanced_accuracy_score(truth, said),
        "F1": known.f1_score(truth, said, average="macro"),
        "ROC_AUC": known.roc_auc_score(truth, scores, multi_class="ovr"),
        "LOG_LOSS": known.log_loss(truth, scores),
    }.items():
        assert value(name, outcome, MULTICLASS) == pytest.approx(expected), name


def test_the_metrics_of_numbers_are_exact_far_from_zero() -> None:
    outcome = measured()

    for name, expected in {
        "RMSE": known.root_mean_squared_error(outcome.truth, outcome.predicted),
        "MAE": known.mean_absolute_error(outcome.truth, outcome.predicted),
        "R2": known.r2_score(outcome.truth, outcome.predicted),
    }.items():
        assert value(name, outcome, REGRESSION) == pytest.approx(expected), name


@pytest.mark.parametrize("problem", [BINARY, MULTICLASS, REGRESSION])
def test_a_weight_counts_a_row_as_often_as_it_says(problem: str) -> None:
    sizes = {BINARY: 2, MULTICLASS: 3}
    outcome = measured(60) if problem == REGRESSION else classified(60, sizes[problem])
    times = RANDOM.integers(0, 4, outcome.rows)
    rows = np.repeat(np.arange(outcome.rows), times)
    probabilities = None if outcome.probabilities is None else outcome.probabilities[rows]
    repeated = Outcome(outcome.truth[rows], outcome.predicted[rows], probabilities, outcome.labels)

    for metric in METRICS[problem]:
        weighted = metric.compute(outcome, times[None, :].astype(np.float64))[0]
        assert weighted == pytest.approx(metric.value(repeated)), metric.name


def test_an_interval_holds_the_value_and_narrows_with_more_rows() -> None:
    widths = []
    for rows in (50, 5000):
        outcome = classified(rows, 2)
        found = intervals(outcome, METRICS[BINARY], np.random.default_rng(0))
        for metric, (low, high) in zip(METRICS[BINARY], found, strict=True):
            assert low <= metric.value(outcome) <= high, metric.name
        widths.append(found[3][1] - found[3][0])

    assert widths[1] < widths[0] / 4


def test_no_error_in_few_rows_is_not_certainty() -> None:
    outcome = Outcome(np.zeros(69, dtype=np.int64), np.zeros(69, dtype=np.int64), labels=("a", "b"))

    low, high = intervals(outcome, METRICS[BINARY][:1], np.random.default_rng(0))[0]

    assert low == pytest.approx(0.947, abs=0.001)
    assert high == 1.0


@pytest.mark.parametrize("draw", [curves.roc_curves, curves.precision_recall_curves])
def test_a_curve_of_many_rows_keeps_few_points_and_both_ends(draw: Any) -> None:
    curve = draw(classified(20_000, 2))[0]
    lengths = {len(points) for points in curve.values() if isinstance(points, list)}

    assert len(lengths) == 1
    assert lengths.pop() <= curves.POINTS
    across = curve.get("false_positive_rate") or curve["recall"]
    assert (min(across), max(across)) == (0.0, 1.0)


def test_a_curve_s_area_is_the_metric() -> None:
    outcome = classified(300, 2)

    assert curves.roc_curves(outcome)[0]["area"] == pytest.approx(value("ROC_AUC", outcome, BINARY))


def test_calibration_counts_every_row_once() -> None:
    table = curves.calibration(classified(500, 2))[0]

    assert sum(table["counts"]) == 500
    assert len(table["counts"]) == len(table["predicted"]) == len(table["observed"])
