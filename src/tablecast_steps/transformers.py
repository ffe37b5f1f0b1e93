"""From raw rows to a matrix of numbers. These classes, and no others of ours, are in model files.

They are fitted on training rows only, deterministic, and hold nothing but numbers, strings and
arrays, so that skops can store them and a reader can know what it trusts (`TRUSTED`). Raw rows are
a DataFrame as `frames` makes it. Whatever a row holds, the matrix is finite: what is missing is
imputed and said so in a column of its own where training rows missed it too, and a category that
training rows did not have is "other".
"""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin, clone

from tablecast_steps.vocabulary import (
    counted,
    looked_up,
    packed,
    text_factors,
    text_matrix,
    unpacked,
)

Matrix = NDArray[np.floating[Any]]

# Squares of larger numbers leave a double's range; scaled values over the second one are outliers
# whatever the unit, and must fit into a float32.
_LARGEST = 1e100
_LARGEST_SCALED = 1e6

_DAY = np.timedelta64(1, "D")
_HOUR = np.timedelta64(1, "h")


class ScaledEncoder(BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """What encoders share that measure a column by numbers (missing: NaN): imputed by the median,
    standardised, with an indicator where training rows missed values; constant ones are left out."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = columns

    def measured(self, frame: pd.DataFrame) -> Matrix:
        """Return the columns' numbers, a fresh float64 array that may be written to."""
        raise TypeError(f"{type(self).__name__} measures nothing")

    def measures(self) -> list[tuple[str, str]]:
        """Name what `measured` returns: (name, raw column) of each number."""
        return [(name, name) for name in self.columns]

    def learn(self, frame: pd.DataFrame) -> None:
        """Learn what `measured` needs to know of the training rows."""

    def fit(self, frame: pd.DataFrame) -> Self:
        self.learn(frame)
        matrix = self.measured(frame).clip(-_LARGEST, _LARGEST)
        missing = np.isnan(matrix)
        self.indicated_ = np.flatnonzero(missing.any(axis=0) & ~missing.all(axis=0))
        matrix[:, missing.all(axis=0)] = 0.0
        self.medians_ = np.nanmedian(matrix, axis=0)
        np.copyto(matrix, self.medians_, where=missing)
        self.means_ = matrix.mean(axis=0)
        self.scales_ = matrix.std(axis=0)
        varied = (matrix.max(axis=0) > matrix.min(axis=0)) & (self.scales_ > 0)
        self.kept_ = np.flatnonzero(varied)
        return self

    def transform(self, frame: pd.DataFrame) -> Matrix:
        matrix = self.measured(frame).clip(-_LARGEST, _LARGEST)
        missing = np.isnan(matrix)
        np.copyto(matrix, self.medians_, where=missing)
        scaled = (matrix[:, self.kept_] - self.means_[self.kept_]) / self.scales_[self.kept_]
        np.clip(scaled, -_LARGEST_SCALED, _LARGEST_SCALED, out=scaled)
        return np.hstack([scaled, missing[:, self.indicated_]])

    def outputs(self) -> list[tuple[str, str]]:
        """Name what `transform` returns: (name, raw column) of each column."""
        measures = self.measures()
        flags = [(f"{measures[at][0]} is missing", measures[at][1]) for at in self.indicated_]
        return [*(measures[at] for at in self.kept_), *flags]


class NumberEncoder(ScaledEncoder):
    """Numbers and truth values."""

    def measured(self, frame: pd.DataFrame) -> Matrix:
        numbers: Matrix = frame[list(self.columns)].to_numpy(dtype=np.float64, copy=True)
        return numbers


class DateEncoder(ScaledEncoder):
    """Dates and times: their parts, and the days elapsed since 2000."""

    PARTS = ("year", "month", "day", "weekday", "hour", "elapsed days")

    def measured(self, frame: pd.DataFrame) -> Matrix:
        return np.column_stack([self._parts(frame[name].to_numpy()) for name in self.columns])

    def measures(self) -> list[tuple[str, str]]:
        return [(f"{name}: {part}", name) for name in self.columns for part in self.PARTS]

    def _parts(self, moments: NDArray[np.datetime64]) -> Matrix:
        moments = moments.astype("datetime64[us]")
        days = moments.astype("datetime64[D]")
        months = moments.astype("datetime64[M]")
        years = moments.astype("datetime64[Y]")
        elapsed = (moments - np.datetime64("2000-01-01", "us")) / _DAY
        parts = (
            years.astype(np.int64) + 1970.0,
            (months - years).astype(np.int64) + 1.0,
            (days - months).astype(np.int64) + 1.0,
            (days.astype(np.int64) + 3.0) % 7,  # 1970-01-01 was a Thursday, Monday is 0
            np.floor((moments - days) / _HOUR),
            elapsed,
        )
        matrix = np.column_stack(parts)
        matrix[np.isnat(moments)] = np.nan
        return matrix


class FrequencyEncoder(ScaledEncoder):
    """Strings with many values: how often each was among the training rows (as a logarithm)."""

    def learn(self, frame: pd.DataFrame) -> None:
        self.vocabularies_ = packed([counted(frame[name], 2) for name in self.columns])

    def measured(self, frame: pd.DataFrame) -> Matrix:
        vocabularies = unpacked(self.vocabularies_)
        pairs = zip(self.columns, vocabularies, strict=True)
        # What was there once, and what was not there at all, are as rare as can be: one row.
        found = [looked_up(frame[name], words, unknown=1.0) for name, words in pairs]
        return np.log(np.column_stack(found))


class TextEncoder(ScaledEncoder):
    """Sentences: hashed words weighted by rarity, folded into a few dimensions."""

    def __init__(self, columns: Sequence[str], dimensions: int = 50, seed: int = 0) -> None:
        super().__init__(columns)
        self.dimensions = dimensions
        self.seed = seed

    def learn(self, frame: pd.DataFrame) -> None:
        pairs = [text_factors(frame[name], self.dimensions, self.seed) for name in self.columns]
        self.weights_ = [weights for weights, _ in pairs]
        self.factors_ = [factors for _, factors in pairs]

    def measured(self, frame: pd.DataFrame) -> Matrix:
        parts = zip(self.columns, self.weights_, self.factors_, strict=True)
        return np.hstack([self._folded(frame[name], *learned) for name, *learned in parts])

    def measures(self) -> list[tuple[str, str]]:
        sizes = zip(self.columns, self.factors_, strict=True)
        return [
            (f"{name}: text {at + 1}", name)
            for name, factors in sizes
            for at in range(factors.shape[1])
        ]

    def _folded(self, texts: pd.Series, weights: Matrix, factors: Matrix) -> Matrix:
        folded = np.asarray(text_matrix(texts).multiply(weights).tocsr() @ factors)
        folded[texts.isna().to_numpy()] = np.nan
        return folded


class CategoryEncoder(BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """Strings with few values: a column of 0 and 1 for each, one for all others that were rare in
    the training rows or not there at all, and one for missing values where there were some."""

    def __init__(self, columns: Sequence[str], minimum_rows: int = 2) -> None:
        self.columns = columns
        self.minimum_rows = minimum_rows

    def fit(self, frame: pd.DataFrame) -> Self:
        vocabularies = []
        for name in self.columns:
            counts = counted(frame[name], self.minimum_rows)
            vocabularies.append({value: at for at, value in enumerate(sorted(counts))})
        self.vocabularies_ = packed(vocabularies)
        self.with_missing_ = np.array([bool(frame[name].isna().any()) for name in self.columns])
        return self

    def transform(self, frame: pd.DataFrame) -> Matrix:
        blocks = zip(self.columns, unpacked(self.vocabularies_), self.with_missing_, strict=True)
        return np.hstack([self._one_hot(frame[name], *learned) for name, *learned in blocks])

    def outputs(self) -> list[tuple[str, str]]:
        """Name what `transform` returns: (name, raw column) of each column."""
        blocks = zip(self.columns, unpacked(self.vocabularies_), self.with_missing_, strict=True)
        names = []
        for column, vocabulary, with_missing in blocks:
            labels = [f"{column} = {value}" for value in vocabulary]
            labels += [f"{column} is another"] + [f"{column} is missing"] * bool(with_missing)
            names += [(label, column) for label in labels]
        return names

    def _one_hot(self, values: pd.Series, vocabulary: dict[str, int], with_missing: bool) -> Matrix:
        size = len(vocabulary)
        places = looked_up(values, vocabulary, unknown=size, missing=size + 1).astype(np.int64)
        matrix = np.zeros((len(values), size + 2), dtype=np.float64)
        matrix[np.arange(len(values)), places] = 1.0
        return matrix if with_missing else matrix[:, : size + 1]


class TableEncoder(TransformerMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """All of a table's columns: what its encoders return, side by side, as `dtype`."""

    def __init__(self, encoders: Sequence[Any], dtype: str = "float64") -> None:
        self.encoders = encoders
        self.dtype = dtype

    def fit(self, frame: pd.DataFrame, target: Any = None) -> Self:
        self.encoders_ = [clone(encoder).fit(frame) for encoder in self.encoders]
        return self

    def transform(self, frame: pd.DataFrame) -> Matrix:
        blocks = [encoder.transform(frame).astype(self.dtype) for encoder in self.encoders_]
        return np.hstack(blocks)

    def outputs(self) -> list[tuple[str, str]]:
        """Return (name, raw column) of each column of the matrix."""
        return [output for encoder in self.encoders_ for output in encoder.outputs()]

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """Return the name of each column of the matrix, as scikit-learn asks for it."""
        return np.array([name for name, _ in self.outputs()], dtype=object)


TRUSTED = tuple(
    f"{each.__module__}.{each.__qualname__}"
    for each in (
        CategoryEncoder,
        DateEncoder,
        FrequencyEncoder,
        NumberEncoder,
        TableEncoder,
        TextEncoder,
    )
)
