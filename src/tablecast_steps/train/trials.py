"""One trial: an algorithm with hyperparameters, learnt and judged on training rows."""

import time
import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from lightgbm import LGBMModel
from sklearn.exceptions import ConvergenceWarning

from tablecast_steps.evaluation.metrics import Metric, log_loss
from tablecast_steps.evaluation.outcome import REGRESSION, Codes, Floats, Outcome, decide
from tablecast_steps.lightgbm_text import kept
from tablecast_steps.train.algorithms import Algorithm, Hyperparameters, Setting
from tablecast_steps.train.model import class_probabilities
from tablecast_steps.train.threshold import has_threshold, tuned_threshold
from tablecast_steps.train.validation import Plan

# Metrics that count rows move in steps; a thousandth of the log loss orders what is equal.
TIE_BREAK = 0.001
UNJUDGED = 1000.0


@dataclass(frozen=True)
class Material:
    """What trials learn from: the training rows' matrix and truth, and how they are judged.

    `weights` are the rows' weights, None where all count alike.
    """

    problem: str
    labels: tuple[str, ...]
    metric: Metric
    matrix: Any
    truth: Floats | Codes
    weights: Floats | None
    plan: Plan
    setting: Setting


@dataclass(frozen=True)
class Trial:
    """What came of one trial. `loss` is what the choice goes by: lower is better, above 0."""

    algorithm: Algorithm
    hyperparameters: dict[str, Any]
    value: float
    loss: float
    threshold: float | None
    seconds: float


def run_trial(material: Material, algorithm: Algorithm, hyperparameters: Hyperparameters) -> Trial:
    """Learn and judge on every fold; raises what the estimator raises."""
    started = time.monotonic()
    complete = algorithm.complete(hyperparameters, material.setting)
    judged = [
        _said(material, _fitted(material, algorithm, complete, learn), judge)
        for learn, judge in material.plan.folds
    ]
    outcome, threshold = _outcome(material, np.concatenate(judged))
    value = material.metric.value(outcome)
    return Trial(
        algorithm=algorithm,
        hyperparameters=complete,
        value=value,
        loss=_loss(material, outcome, value) * algorithm.handicap,
        threshold=threshold,
        seconds=time.monotonic() - started,
    )


def fit_all(material: Material, algorithm: Algorithm, hyperparameters: Hyperparameters) -> Any:
    """Learn from all training rows, and return what is served."""
    rows = np.arange(len(material.truth))
    return for_serving(_fitted(material, algorithm, hyperparameters, rows))


def for_serving(estimator: Any) -> Any:
    """Return a fitted estimator in the form in which it is stored: one thread a request."""
    if isinstance(estimator, LGBMModel):
        return kept(estimator)
    if "n_jobs" in estimator.get_params():
        estimator.set_params(n_jobs=1)
    return estimator


def _fitted(
    material: Material, algorithm: Algorithm, hyperparameters: Hyperparameters, rows: Codes
) -> Any:
    setting = replace(material.setting, rows=len(rows))
    estimator = algorithm.build(hyperparameters, setting)
    weights = None if material.weights is None else material.weights[rows]
    with warnings.catch_warnings():
        # A linear model that stops at its last iteration is judged by what it predicts.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return estimator.fit(material.matrix[rows], material.truth[rows], sample_weight=weights)


def _said(material: Material, estimator: Any, rows: Codes) -> Floats:
    """Return what the estimator says of rows: (rows, classes) probabilities, or numbers."""
    asked = material.matrix[rows]
    if material.labels:
        return class_probabilities(estimator, asked, len(material.labels))
    return np.asarray(estimator.predict(asked), dtype=np.float64)


def _outcome(material: Material, said: Floats) -> tuple[Outcome, float | None]:
    truth = material.truth[material.plan.judging]
    if material.problem == REGRESSION:
        return Outcome(truth, said), None
    threshold = None
    if has_threshold(material.problem):
        threshold = tuned_threshold(said, truth.astype(np.int64), material.metric.name)
    return Outcome(truth, decide(said, threshold), said, material.labels), threshold


def _loss(material: Material, outcome: Outcome, value: float) -> float:
    """Turn a metric's value into a loss. Where the metric is undefined (NaN: the rows that judge
    are all of one class) the log loss decides, behind everything that could be judged."""
    if np.isnan(value):
        return UNJUDGED + _log_loss(outcome) if material.labels else float("inf")
    loss = 1.0 - value if material.metric.higher_is_better else value
    return loss + TIE_BREAK * _log_loss(outcome) if material.metric.of_decision else loss


def _log_loss(outcome: Outcome) -> float:
    return float(log_loss(outcome, np.ones((1, outcome.rows)))[0])
