"""Words and categories of training rows, and how a model file holds them: as one JSON string.

A file with a node for each of ten thousand words would take seconds to load; a string is parsed
once and remembered.
"""

import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.utils.extmath import randomized_svd

# Longer strings are no categories, and more values tell nothing by how frequent they are.
LONGEST = 256
MOST = 20_000

# Words share a place now and then; twice as many places would double a model file's size.
_PLACES = 4096
_LONGEST_TEXT = 10_000

# Weights and factors are found on so many rows; more hardly change them, but take minutes.
_ROWS = 50_000


def counted(values: pd.Series, minimum: int) -> dict[str, int]:
    """Return how many rows have each value, most frequent first; rare and long values left out."""
    counts = values.dropna().value_counts()
    pairs = [
        (str(value), int(count))
        for value, count in counts[counts >= minimum].items()
        if len(str(value)) <= LONGEST
    ]
    return dict(sorted(pairs, key=lambda pair: (-pair[1], pair[0]))[:MOST])


def looked_up(
    values: pd.Series, vocabulary: Mapping[str, float], unknown: float, missing: float = np.nan
) -> NDArray[np.float64]:
    """Return each row's number in the vocabulary."""
    found = map(vocabulary.get, values, repeat(unknown))
    numbers = np.fromiter(found, dtype=np.float64, count=len(values))
    numbers[values.isna().to_numpy()] = missing
    return numbers


def packed(vocabularies: Sequence[Mapping[str, int]]) -> str:
    return json.dumps(vocabularies, ensure_ascii=False, separators=(",", ":"))


@functools.lru_cache(maxsize=128)
def unpacked(text: str) -> list[dict[str, int]]:
    """Parse what `packed` made; the answer is shared, and must not be changed."""
    vocabularies: list[dict[str, int]] = json.loads(text)
    return vocabularies


def text_matrix(texts: pd.Series) -> Any:
    """Return the texts' words and pairs of words, hashed: a sparse matrix, rows of length 1."""
    hashing = HashingVectorizer(n_features=_PLACES, alternate_sign=False, ngram_range=(1, 2))
    return hashing.transform(_clipped(texts))


def _clipped(texts: pd.Series) -> Iterable[str]:
    return (text[:_LONGEST_TEXT] if isinstance(text, str) else "" for text in texts)


def text_factors(
    texts: pd.Series, dimensions: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each word's weight (inverse document frequency) and its place in a few dimensions."""
    if len(texts) > _ROWS:
        chosen = np.random.default_rng(seed).choice(len(texts), _ROWS, replace=False)
        texts = texts.iloc[np.sort(chosen)]
    matrix = text_matrix(texts)
    containing = np.bincount(matrix.indices, minlength=_PLACES)
    weights = np.log((1 + matrix.shape[0]) / (1 + containing)) + 1
    weighted = matrix.multiply(weights).tocsr()
    size = min(dimensions, matrix.shape[0])
    _, _, factors = randomized_svd(weighted, n_components=size, random_state=seed)
    return weights, np.ascontiguousarray(factors.T)
