"""Mean, deviation and histogram of numbers that come in parts."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_BINS = 20
_EXACT = 1 << 52
_NARROW = 1e-9


class Moments:
    """Mean and standard deviation (of the sample), merged part by part without cancellation."""

    def __init__(self) -> None:
        self._count, self._mean, self._squares = 0, 0.0, 0.0

    def add(self, values: Floats) -> None:
        """Take in a part."""
        if not len(values):
            return
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(np.mean(values))
            squares = float(np.sum(np.square(values - mean)))
        total = self._count + len(values)
        apart = mean - self._mean
        self._mean += apart * len(values) / total
        self._squares += squares + apart * apart * self._count * len(values) / total
        self._count = total

    @property
    def mean(self) -> float | None:
        """The mean, or None without values or where it is beyond a float."""
        return _finite(self._mean) if self._count else None

    @property
    def deviation(self) -> float | None:
        """The standard deviation, or None with fewer than two values."""
        if self._count < 2 or not math.isfinite(self._squares):
            return None
        return _finite(math.sqrt(self._squares / (self._count - 1)))


class Histogram:
    """Counts between fixed edges, both ends included."""

    def __init__(self, edges: Floats) -> None:
        self._edges = edges
        self._counts = np.zeros(len(edges) - 1, np.int64)

    @classmethod
    def between(cls, low: float, high: float, *, whole: bool) -> "Histogram | None":
        """Return one from `low` to `high`; None where there is no such range.

        Few whole numbers get a bin each.
        """
        span = float(high) - float(low)
        if not math.isfinite(span):
            return None
        if whole and span < _BINS and abs(low) < _EXACT and abs(high) < _EXACT:
            return cls(np.arange(float(low) - 0.5, float(high) + 1.0))
        edges = np.linspace(float(low), float(high), _BINS + 1)
        if np.all(np.diff(edges) > 0):
            return cls(edges)
        # all the same, or as good as: one bin, wide enough to be one
        margin = max(0.5, abs(float(low)) * _NARROW)
        edges = np.array([float(low) - margin, float(high) + margin])
        return cls(edges) if np.all(np.isfinite(edges)) else None

    def add(self, values: Floats) -> None:
        """Take in a part."""
        places = np.searchsorted(self._edges, values, side="right") - 1
        inside = np.clip(places, 0, len(self._counts) - 1)
        self._counts += np.bincount(inside, minlength=len(self._counts))

    def document(self) -> dict[str, Any]:
        """Return it as the profile holds it."""
        return {"edges": self._edges.tolist(), "counts": self._counts.tolist()}


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
