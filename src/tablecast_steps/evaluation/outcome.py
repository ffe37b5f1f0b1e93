"""Held-out truth beside what a model said of it: what every metric and curve is computed from."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

BINARY = "BINARY_CLASSIFICATION"
MULTICLASS = "MULTICLASS_CLASSIFICATION"
REGRESSION = "REGRESSION"


@dataclass(frozen=True)
class Outcome:
    """Rows' truth and prediction: codes into `labels`, or plain numbers where `labels` is empty.

    `probabilities` is (rows, labels), or None for a regression. Of two labels the second one is
    the positive class, whose probability a threshold is compared with.
    """

    truth: npt.NDArray[np.float64] | Codes
    predicted: npt.NDArray[np.float64] | Codes
    probabilities: Floats | None = None
    labels: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        return len(self.truth)

    def judged(self) -> list[int]:
        """The classes that have a curve of their own: the positive one of two, else each one."""
        return [1] if len(self.labels) == 2 else list(range(len(self.labels)))

    def scores(self, label: int) -> Floats:
        """The rows' probabilities of one class."""
        assert self.probabilities is not None
        return self.probabilities[:, label]


def decide(probabilities: Floats, threshold: float | None) -> Codes:
    """Return the class of each row: the likeliest, or the positive one from `threshold` on."""
    if threshold is None or probabilities.shape[1] != 2:
        return np.asarray(probabilities.argmax(axis=1), dtype=np.int64)
    return (probabilities[:, 1] >= threshold).astype(np.int64)
