"""From which probability on the positive class is predicted.

Half is right only where classes are alike in size: where one is rare, a good model may never give
it half, and a threshold left there never predicts it. Probabilities stay what they are.
"""

import numpy as np

from tablecast_steps.evaluation.metrics import accuracy, balanced_accuracy
from tablecast_steps.evaluation.outcome import BINARY, Codes, Floats, Outcome, decide

USUAL = 0.5
CANDIDATES = 200
# What a threshold other than the usual has to gain, else chance may have found it.
GAIN = 0.005
# Scores this near to the best are as good; the middle of them is the least accidental.
AS_GOOD = 0.005


def tuned_threshold(probabilities: Floats, truth: Codes, metric: str) -> float:
    """Return the threshold that serves the metric best on rows that the model did not learn from.

    Metrics that no threshold changes (ROC_AUC, …) are taken to want both classes found: the mean
    of the two classes' F1.
    """
    scores = probabilities[:, 1]
    candidates = np.unique(np.quantile(scores, np.linspace(0, 1, CANDIDATES + 1)))
    middles = (candidates[1:] + candidates[:-1]) / 2
    if not len(middles):
        return USUAL
    found = np.array([_score(probabilities, truth, metric, at) for at in middles])
    if found.max() < _score(probabilities, truth, metric, USUAL) + GAIN:
        return USUAL
    return round(float(middles[_middle_of_best(found)]), 6)


def _middle_of_best(found: Floats) -> int:
    """Return the middle of the run of good-as-best candidates that holds the best one."""
    best = int(found.argmax())
    good = found >= found[best] - AS_GOOD
    low = high = best
    while low > 0 and good[low - 1]:
        low -= 1
    while high + 1 < len(found) and good[high + 1]:
        high += 1
    return (low + high) // 2


def _score(probabilities: Floats, truth: Codes, metric: str, threshold: float) -> float:
    predicted = decide(probabilities, threshold)
    if metric == "F1":
        return _f1(truth, predicted, 1)
    if metric not in ("ACCURACY", "BALANCED_ACCURACY"):
        return (_f1(truth, predicted, 0) + _f1(truth, predicted, 1)) / 2
    outcome = Outcome(truth, predicted, probabilities, labels=("negative", "positive"))
    measure = accuracy if metric == "ACCURACY" else balanced_accuracy
    return float(measure(outcome, np.ones((1, len(truth))))[0])


def _f1(truth: Codes, predicted: Codes, label: int) -> float:
    hits = int(np.sum((truth == label) & (predicted == label)))
    total = int(np.sum(truth == label)) + int(np.sum(predicted == label))
    return 2 * hits / total if total else 0.0


def has_threshold(problem: str) -> bool:
    """Tell whether a problem's decisions go by a threshold."""
    return problem == BINARY
