"""From raw rows to predictions, in one object: what an artifact holds and the model server asks."""

from typing import Any

import numpy as np
import pandas as pd

from tablecast_steps.evaluation.outcome import Codes, Floats, decide


class TabularModel:
    """A fitted transformer, a fitted estimator, and how its scores become decisions.

    The estimator knows classes by their place in `classes`, which is None for a regression. Of two
    classes the second is the positive one: it is predicted where its probability reaches
    `threshold`. Attributes are of types that skops stores; a new one needs a default for the
    artifacts that lack it.
    """

    def __init__(
        self,
        transformer: Any,
        estimator: Any,
        classes: list[str] | None,
        threshold: float | None = None,
    ) -> None:
        self.transformer = transformer
        self.estimator = estimator
        self.classes = classes
        self.threshold = threshold

    def predict_proba(self, frame: pd.DataFrame) -> Floats:
        """Return (rows, classes) probabilities, in the order of `classes`."""
        assert self.classes is not None
        return class_probabilities(
            self.estimator, self.transformer.transform(frame), len(self.classes)
        )

    def predict_values(self, frame: pd.DataFrame) -> Floats:
        """Return a regression's predictions, in the target's unit."""
        return np.asarray(
            self.estimator.predict(self.transformer.transform(frame)), dtype=np.float64
        )

    def decide(self, probabilities: Floats) -> Codes:
        """Return, for each row of probabilities, the place of the predicted class."""
        return decide(probabilities, self.threshold)

    def predict(self, frame: pd.DataFrame) -> list[str] | list[float]:
        """Return a class label or a number for each row."""
        if self.classes is None:
            return [float(value) for value in self.predict_values(frame)]
        return [self.classes[code] for code in self.decide(self.predict_proba(frame))]


def class_probabilities(estimator: Any, matrix: Any, width: int) -> Floats:
    """Return (rows, width) probabilities, 0 for a class that the estimator never met."""
    known = np.asarray(estimator.predict_proba(matrix), dtype=np.float64)
    if known.shape[1] == width:
        return known
    whole = np.zeros((known.shape[0], width))
    whole[:, np.asarray(estimator.classes_, dtype=np.int64)] = known
    return whole
