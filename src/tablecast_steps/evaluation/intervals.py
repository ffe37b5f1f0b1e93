"""How sure a metric is: 95 % intervals from bootstrap draws of the held-out rows.

Two bounds keep it quick on large tables: the draws (fewer where rows are many, and the interval is
narrow anyway) and how many weights lie in memory at a time.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from tablecast_steps.evaluation.metrics import Metric
from tablecast_steps.evaluation.outcome import Floats, Outcome

# Below 40 draws a 95 % interval has no meaning; above 400 it moves in the third digit only.
FEWEST_DRAWS, MOST_DRAWS = 40, 400
WORK = 20_000_000
IN_MEMORY = 2_000_000


def intervals(
    outcome: Outcome, metrics: Sequence[Metric], generator: np.random.Generator
) -> list[tuple[float, float]]:
    """Return (low, high) for each metric; NaN, NaN where it is undefined in every draw."""
    values: list[list[Floats]] = [[] for _ in metrics]
    for weights in _draws(outcome, generator):
        for collected, metric in zip(values, metrics, strict=True):
            collected.append(metric.compute(outcome, weights))
    return [
        _wilson(outcome) if metric.name == "ACCURACY" else _quantiles(np.concatenate(collected))
        for metric, collected in zip(metrics, values, strict=True)
    ]


def _draws(outcome: Outcome, generator: np.random.Generator) -> Iterator[Floats]:
    """Yield matrices of weights (draws, rows): how often each row was drawn."""
    rows = outcome.rows
    work = rows * max(1, len(outcome.judged()))
    left = int(np.clip(WORK // work, FEWEST_DRAWS, MOST_DRAWS))
    while left > 0:
        count = min(left, max(1, IN_MEMORY // rows))
        chosen = generator.integers(0, rows, size=(count, rows))
        yield np.stack([np.bincount(draw, minlength=rows) for draw in chosen]).astype(np.float64)
        left -= count


def _quantiles(values: Floats) -> tuple[float, float]:
    known = values[~np.isnan(values)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)


def _wilson(outcome: Outcome) -> tuple[float, float]:
    """Wilson's interval for a share: a bootstrap of no error at all would claim to be certain."""
    rows, z = outcome.rows, 1.96
    share = float(np.mean(outcome.truth == outcome.predicted))
    middle = share + z * z / (2 * rows)
    reach = z * np.sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows))
    scale = 1 + z * z / rows
    return float((middle - reach) / scale), float(min(1.0, (middle + reach) / scale))
