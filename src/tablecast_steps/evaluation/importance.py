"""Permutation importance by raw column: what the model loses when a column tells it nothing.

Held-out rows go through the whole pipeline, so that a column's name is the one that people know and
not the name of one of the numbers made from it. Rows, repeats and time are bounded; a column that
the time did not reach is left out.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from tablecast_steps.evaluation.outcome import Codes, Floats

ROWS, REPEATS, SECONDS = 1000, 5, 8.0
# What the report holds; a table may have 10,000 columns.
COLUMNS = 200

# Rows and their truth in, a score out, of which higher is better.
Score = Callable[[Any, Floats | Codes], float]


def permutation_importance(
    frame: pd.DataFrame, truth: Floats | Codes, score: Score, generator: np.random.Generator
) -> list[dict[str, Any]]:
    """Return {"column", "mean", "deviation"} of the loss in score, the largest loss first."""
    deadline = time.monotonic() + SECONDS
    chosen = np.sort(generator.permutation(len(frame))[:ROWS])
    kept, answers = frame.iloc[chosen].reset_index(drop=True), truth[chosen]
    whole = score(kept, answers)
    if np.isnan(whole):
        return []
    found = []
    for column in frame.columns:
        if time.monotonic() > deadline:
            break
        losses = whole - _without(kept, answers, column, score, generator)
        found.append(_entry(str(column), losses))
    return sorted(found, key=lambda entry: -entry["mean"])[:COLUMNS]


def _without(
    frame: pd.DataFrame,
    truth: Floats | Codes,
    column: Any,
    score: Score,
    generator: np.random.Generator,
) -> Floats:
    scores = np.empty(REPEATS)
    for repeat in range(REPEATS):
        shuffled = frame.copy(deep=False)
        order = generator.permutation(len(frame))
        shuffled[column] = frame[column].array[order]
        scores[repeat] = score(shuffled, truth)
    return scores


def _entry(column: str, losses: Floats) -> dict[str, Any]:
    return {"column": column, "mean": float(losses.mean()), "deviation": float(losses.std())}
