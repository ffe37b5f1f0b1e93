"""The metrics, a row each in a table, all of one form: outcome and row weights in, values out.

The weights are (draws, rows): a row of ones gives the metric itself, and each bootstrap draw is one
more row, so that hundreds of draws cost a few matrix products. Checked against scikit-learn.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from tablecast_steps.evaluation.outcome import BINARY, MULTICLASS, REGRESSION, Floats, Outcome

Weighted = Callable[[Outcome, Floats], Floats]

# As scikit-learn does, a probability of 0 for what happened costs much, not infinitely much.
TINY = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Metric:
    """One metric: what it is called, which way is better, whether it judges the decision alone."""

    name: str
    compute: Weighted
    higher_is_better: bool
    of_decision: bool = False

    def value(self, outcome: Outcome) -> float:
        """Compute it once over all rows; NaN where it is undefined (one class only, say)."""
        return float(self.compute(outcome, np.ones((1, outcome.rows)))[0])


def _share(sums: Floats, weights: Floats) -> Floats:
    return np.asarray(sums / weights.sum(axis=1))


def _divided(above: Floats, below: Floats) -> Floats:
    """Divide, with NaN where the divisor is 0."""
    safe = np.where(below == 0, 1.0, below)
    return np.where(below == 0, np.nan, above / safe)


def _mean_over_labels(values: Floats) -> Floats:
    """Average over axis 1, leaving NaNs out; NaN where nothing is left."""
    known = ~np.isnan(values)
    return _divided(np.where(known, values, 0.0).sum(axis=1), known.sum(axis=1).astype(np.float64))


def accuracy(outcome: Outcome, weights: Floats) -> Floats:
    """The share of rows whose class was predicted."""
    return _share(weights @ (outcome.truth == outcome.predicted), weights)


def _counts(outcome: Outcome, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Return, per draw and label: hits, rows that are it, rows that were said to be it."""
    rows, width = np.arange(outcome.rows), len(outcome.labels)
    hit = (outcome.truth == outcome.predicted).astype(np.float64)
    shape = (outcome.rows, width)
    hits = sparse.csr_array((hit, (rows, outcome.truth)), shape=shape)
    actual = sparse.csr_array((np.ones(outcome.rows), (rows, outcome.truth)), shape=shape)
    said = sparse.csr_array((np.ones(outcome.rows), (rows, outcome.predicted)), shape=shape)
    return weights @ hits, weights @ actual, weights @ said


def balanced_accuracy(outcome: Outcome, weights: Floats) -> Floats:
    """Recall, averaged over the classes that occur."""
    hits, actual, _ = _counts(outcome, weights)
    return _mean_over_labels(_divided(hits, actual))


def f1(outcome: Outcome, weights: Floats) -> Floats:
    """F1 of the positive class; of more than two classes, the plain average over them."""
    hits, actual, said = _counts(outcome, weights)
    scores = _divided(2 * hits, actual + said)
    if len(outcome.labels) == 2:
        return np.nan_to_num(scores[:, 1], nan=0.0)
    return _mean_over_labels(scores)


def _ranked(outcome: Outcome, label: int, weights: Floats) -> tuple[Floats, Floats]:
    """Return the weight of rows that are `label` and of those that are not, per distinct score,
    highest score first."""
    scores = outcome.scores(label)
    order = np.argsort(-scores, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(scores[order]) != 0])
    ordered = weights[:, order]
    positive = (outcome.truth == label)[order]
    inside = np.add.reduceat(ordered * positive, starts, axis=1)
    return inside, np.add.reduceat(ordered * ~positive, starts, axis=1)


def _one_area(outcome: Outcome, label: int, weights: Floats) -> Floats:
    positive, negative = _ranked(outcome, label, weights)
    below = negative.sum(axis=1, keepdims=True) - negative.cumsum(axis=1) + negative / 2
    return _divided((positive * below).sum(axis=1), positive.sum(axis=1) * negative.sum(axis=1))


def _one_precision(outcome: Outcome, label: int, weights: Floats) -> Floats:
    positive, negative = _ranked(outcome, label, weights)
    hits = positive.cumsum(axis=1)
    precision = np.nan_to_num(_divided(hits, hits + negative.cumsum(axis=1)))
    return _divided((positive * precision).sum(axis=1), positive.sum(axis=1))


def roc_auc(outcome: Outcome, weights: Floats) -> Floats:
    """Area under the ROC curve; of more than two classes, the average of one against the rest."""
    areas = [_one_area(outcome, label, weights) for label in outcome.judged()]
    return _mean_over_labels(np.stack(areas, axis=1))


def average_precision(outcome: Outcome, weights: Floats) -> Floats:
    """Average precision of the positive class; of more classes, the average over them."""
    values = [_one_precision(outcome, label, weights) for label in outcome.judged()]
    return _mean_over_labels(np.stack(values, axis=1))


def log_loss(outcome: Outcome, weights: Floats) -> Floats:
    """Mean negative logarithm of the probability given to what happened, in nats."""
    assert outcome.probabilities is not None
    given = outcome.probabilities[np.arange(outcome.rows), outcome.truth.astype(np.int64)]
    return _share(weights @ -np.log(np.clip(given, TINY, 1.0)), weights)


def _errors(outcome: Outcome) -> Floats:
    return np.asarray(outcome.predicted - outcome.truth, dtype=np.float64)


def rmse(outcome: Outcome, weights: Floats) -> Floats:
    """Root of the mean squared error, in the target's unit."""
    return np.sqrt(_share(weights @ _errors(outcome) ** 2, weights))


def mae(outcome: Outcome, weights: Floats) -> Floats:
    """Mean absolute error, in the target's unit."""
    return _share(weights @ np.abs(_errors(outcome)), weights)


def r2(outcome: Outcome, weights: Floats) -> Floats:
    """The share of the target's variance that is explained; below 0 is worse than its mean."""
    total = weights.sum(axis=1)
    # Centred first: a target far from 0 would lose its variance to rounding.
    truth = np.asarray(outcome.truth - np.mean(outcome.truth), dtype=np.float64)
    variance = weights @ truth**2 - (weights @ truth) ** 2 / total
    return 1.0 - _divided(weights @ _errors(outcome) ** 2, np.maximum(variance, 0.0))


_OF_CLASSES = (
    Metric("ACCURACY", accuracy, True, of_decision=True),
    Metric("BALANCED_ACCURACY", balanced_accuracy, True, of_decision=True),
    Metric("F1", f1, True, of_decision=True),
    Metric("ROC_AUC", roc_auc, True),
    Metric("AVERAGE_PRECISION", average_precision, True),
    Metric("LOG_LOSS", log_loss, False),
)
_OF_NUMBERS = (Metric("RMSE", rmse, False), Metric("MAE", mae, False), Metric("R2", r2, True))

METRICS: dict[str, tuple[Metric, ...]] = {
    BINARY: _OF_CLASSES,
    MULTICLASS: _OF_CLASSES,
    REGRESSION: _OF_NUMBERS,
}


def metric_named(problem: str, name: str) -> Metric | None:
    """Return the metric of that name, None where it does not judge this problem."""
    return next((metric for metric in METRICS[problem] if metric.name == name), None)
