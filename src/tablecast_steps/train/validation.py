"""Which training rows a trial learns from and which it is judged by: never a held-out test row.

Small tables are cross-validated, each row judged once; of large ones a fifth judges. Rows of one
class are dealt out evenly. Where the test rows are the latest ones, so are those that judge.
"""

from dataclasses import dataclass

import numpy as np

from tablecast_steps.evaluation.outcome import Codes, Floats

FOLDS = 5
# Rows times columns up to which five fits cost less than what they tell.
CELLS_TO_CROSS_VALIDATE = 2_000_000


@dataclass(frozen=True)
class Plan:
    """Pairs of row numbers (learn, judge), and all that judge, in the order of the pairs."""

    folds: tuple[tuple[Codes, Codes], ...]

    @property
    def judging(self) -> Codes:
        return np.concatenate([judge for _, judge in self.folds])


def plan_validation(
    truth: Floats | Codes, columns: int, seed: int, moments: Floats | None = None
) -> Plan:
    """Deal out the rows. `moments` is when each row was, where time decides what is held out."""
    if moments is not None:
        order = np.argsort(moments, kind="stable").astype(np.int64)
        first = max(1, len(order) - max(1, len(order) // FOLDS))
        return Plan(((order[:first], order[first:]),))
    dealt = _dealt(truth, seed)
    count = FOLDS if len(truth) * columns <= CELLS_TO_CROSS_VALIDATE else 1
    return Plan(
        tuple(
            (np.flatnonzero(dealt != fold), np.flatnonzero(dealt == fold)) for fold in range(count)
        )
    )


def _dealt(truth: Floats | Codes, seed: int) -> Codes:
    """Give each row a number below FOLDS, so that every number gets alike rows; the only row of a
    class gets -1, for it has to be learnt from every time."""
    generator = np.random.default_rng(seed)
    order = np.lexsort((generator.random(len(truth)), truth))
    dealt = np.empty(len(truth), dtype=np.int64)
    dealt[order] = np.arange(len(truth)) % FOLDS
    if np.issubdtype(truth.dtype, np.integer):
        dealt[np.bincount(truth.astype(np.int64))[truth.astype(np.int64)] == 1] = -1
    return dealt
