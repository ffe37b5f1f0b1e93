"""ROC and precision-recall curves, calibration, confusion and residuals: what is drawn, bounded.

A curve keeps at most 101 of its points, spread evenly along it, ends included.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.metrics import precision_recall_curve, roc_curve

from tablecast_steps.evaluation.metrics import average_precision, roc_auc
from tablecast_steps.evaluation.outcome import Floats, Outcome

POINTS = 101
# Of more classes than this only the most frequent are drawn: the report has to stay readable.
DRAWN_CLASSES = 20
CONFUSED_CLASSES = 50
CALIBRATION_BINS = 10
RESIDUAL_POINTS, RESIDUAL_BINS = 500, 20


def _spread(along: Floats) -> list[int]:
    """Choose at most POINTS indices evenly along a growing line."""
    if len(along) <= POINTS:
        return list(range(len(along)))
    wanted = np.linspace(along[0], along[-1], POINTS - 2)
    return sorted({0, len(along) - 1, *np.searchsorted(along, wanted).tolist()})


def _rounded(values: Floats, chosen: Sequence[int]) -> list[float | None]:
    """Four digits draw a curve; the threshold above all scores is infinite, which is None here."""
    return [round(float(values[at]), 4) if np.isfinite(values[at]) else None for at in chosen]


def drawn_classes(outcome: Outcome, most: int) -> list[int]:
    """Return the classes that are drawn: those judged that occur, the most frequent of many."""
    counts = np.bincount(outcome.truth.astype(np.int64), minlength=len(outcome.labels))
    occurring = [at for at in outcome.judged() if 0 < counts[at] < outcome.rows]
    return sorted(sorted(occurring, key=lambda at: -counts[at])[:most])


def _one_against_rest(outcome: Outcome, label: int) -> Outcome:
    """Narrow a many-class outcome to one class, so that its area is the curve's own."""
    scores = outcome.scores(label)
    return Outcome(
        truth=(outcome.truth == label).astype(np.int64),
        predicted=(outcome.predicted == label).astype(np.int64),
        probabilities=np.stack([1 - scores, scores], axis=1),
        labels=("rest", outcome.labels[label]),
    )


def roc_curves(outcome: Outcome) -> list[dict[str, Any]]:
    """Return a curve per class, each against all others."""
    curves = []
    for label in drawn_classes(outcome, DRAWN_CLASSES):
        one = _one_against_rest(outcome, label)
        false, true, thresholds = roc_curve(one.truth, one.scores(1))
        chosen = _spread(false + true)
        curves.append(
            {
                "label": outcome.labels[label],
                "false_positive_rate": _rounded(false, chosen),
                "true_positive_rate": _rounded(true, chosen),
                "thresholds": _rounded(thresholds, chosen),
                "area": float(roc_auc(one, np.ones((1, one.rows)))[0]),
            }
        )
    return curves


def precision_recall_curves(outcome: Outcome) -> list[dict[str, Any]]:
    """Return a curve per class, each against all others, recall growing."""
    curves = []
    for label in drawn_classes(outcome, DRAWN_CLASSES):
        one = _one_against_rest(outcome, label)
        precision, recall, thresholds = precision_recall_curve(one.truth, one.scores(1))
        chosen = _spread(recall[::-1])
        curves.append(
            {
                "label": outcome.labels[label],
                "precision": _rounded(precision[::-1], chosen),
                "recall": _rounded(recall[::-1], chosen),
                "thresholds": _rounded(np.r_[np.inf, thresholds[::-1]], chosen),
                "average_precision": float(average_precision(one, np.ones((1, one.rows)))[0]),
            }
        )
    return curves


def calibration(outcome: Outcome) -> list[dict[str, Any]]:
    """Return, per class, ten bins of predicted probability beside how often it was so."""
    tables = []
    for label in drawn_classes(outcome, DRAWN_CLASSES):
        scores = outcome.scores(label)
        bins = np.minimum((scores * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
        counts = np.bincount(bins, minlength=CALIBRATION_BINS)
        filled = np.flatnonzero(counts)
        said = np.bincount(bins, scores, CALIBRATION_BINS)[filled] / counts[filled]
        truth = (outcome.truth == label).astype(np.float64)
        seen = np.bincount(bins, truth, CALIBRATION_BINS)[filled] / counts[filled]
        tables.append(
            {
                "label": outcome.labels[label],
                "predicted": _rounded(said, range(len(filled))),
                "observed": _rounded(seen, range(len(filled))),
                "counts": [int(count) for count in counts[filled]],
            }
        )
    return tables


def confusion_matrix(outcome: Outcome) -> dict[str, Any]:
    """Return counts[actual][predicted] of the (at most 50 most frequent) classes."""
    width = len(outcome.labels)
    truth, predicted = outcome.truth.astype(np.int64), outcome.predicted.astype(np.int64)
    counts = np.bincount(truth * width + predicted, minlength=width * width).reshape(width, width)
    order = np.argsort(-counts.sum(axis=1), kind="stable")[:CONFUSED_CLASSES]
    kept = np.sort(order)
    return {
        "labels": [outcome.labels[at] for at in kept],
        "counts": counts[np.ix_(kept, kept)].tolist(),
    }


def residuals(outcome: Outcome, generator: np.random.Generator) -> dict[str, Any]:
    """Return actual beside predicted for at most 500 rows, and all errors' histogram
    (predicted - actual, in the target's unit)."""
    count = min(outcome.rows, RESIDUAL_POINTS)
    chosen = np.sort(generator.choice(outcome.rows, count, replace=False))
    errors = np.asarray(outcome.predicted - outcome.truth, dtype=np.float64)
    counts, edges = np.histogram(errors, bins=min(RESIDUAL_BINS, max(1, outcome.rows // 2)))
    return {
        "points": [
            {"actual": float(outcome.truth[at]), "predicted": float(outcome.predicted[at])}
            for at in chosen
        ],
        "edges": edges.tolist(),
        "counts": counts.tolist(),
    }
