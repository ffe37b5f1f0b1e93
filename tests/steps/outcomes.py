"""Made-up truths and predictions to be judged."""

import numpy as np

from tablecast_steps.evaluation.outcome import Outcome, decide

RANDOM = np.random.default_rng(7)


def classified(rows: int = 200, classes: int = 3, skill: float = 2.0) -> Outcome:
    """Rows of a model that is right more often than not; scores with ties."""
    truth = RANDOM.integers(0, classes, rows)
    scores = RANDOM.random((rows, classes)).round(2) + 0.01
    scores[np.arange(rows), truth] *= skill
    probabilities = scores / scores.sum(axis=1, keepdims=True)
    labels = tuple(f"c{at}" for at in range(classes))
    return Outcome(truth, decide(probabilities, None), probabilities, labels)


def measured(rows: int = 200) -> Outcome:
    truth = RANDOM.normal(1e6, 30, rows)
    return Outcome(truth, truth + RANDOM.normal(0, 10, rows))
