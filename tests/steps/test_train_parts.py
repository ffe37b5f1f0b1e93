"""Which rows judge a trial, and from which probability on a class is predicted."""

import numpy as np

from tablecast_steps.evaluation.outcome import decide
from tablecast_steps.train.threshold import tuned_threshold
from tablecast_steps.train.validation import plan_validation


def test_rows_are_judged_once_by_a_model_that_did_not_see_them() -> None:
    truth = np.array([0] * 95 + [1] * 5)

    plan = plan_validation(truth, columns=3, seed=0)

    assert sorted(plan.judging) == list(range(100))
    for learn, judge in plan.folds:
        assert not set(learn) & set(judge)
        assert truth[judge].sum() == 1, "the rare class is dealt out evenly"


def test_the_only_row_of_a_class_is_learnt_from_every_time() -> None:
    truth = np.array([0] * 20 + [1])

    plan = plan_validation(truth, columns=3, seed=0)

    assert all(20 in learn for learn, _ in plan.folds)
    assert 20 not in plan.judging


def test_where_time_holds_rows_out_the_latest_training_rows_judge() -> None:
    moments = np.arange(50.0)[::-1]

    plan = plan_validation(np.zeros(50), columns=1, seed=0, moments=moments)

    assert len(plan.folds) == 1
    learn, judge = plan.folds[0]
    assert moments[judge].min() > moments[learn].max()


def test_a_threshold_stays_half_where_nothing_is_gained_by_another() -> None:
    scores = np.random.default_rng(0).random(400)
    truth = (scores > 0.5).astype(np.int64)

    assert tuned_threshold(np.stack([1 - scores, scores], axis=1), truth, "ACCURACY") == 0.5


def test_a_threshold_moves_to_where_a_rare_class_is_found() -> None:
    generator = np.random.default_rng(0)
    truth = (generator.random(3000) < 0.03).astype(np.int64)
    scores = np.clip(0.03 + 0.25 * truth + generator.normal(0, 0.02, 3000), 0, 1)
    probabilities = np.stack([1 - scores, scores], axis=1)

    threshold = tuned_threshold(probabilities, truth, "AVERAGE_PRECISION")

    assert 0.1 < threshold < 0.28
    assert np.mean(decide(probabilities, threshold) == truth) == 1.0
