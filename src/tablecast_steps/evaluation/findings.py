"""What a person should know before trusting the numbers: warnings, each a code and a sentence."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tablecast_steps.evaluation.metrics import balanced_accuracy, r2
from tablecast_steps.evaluation.outcome import Codes, Floats, Outcome

# Below this an interval is wider than most differences that one wants to see.
SMALL_TEST_ROWS = 100
# The rarest class holds less than this part of what it would hold if all were equal.
RARE = 0.2
LEAK_ROWS, LEAK_SECONDS, LEAK_CATEGORIES = 5000, 4.0, 200
FEWEST_LEAK_ROWS = 40
# "Alone predicts (near) perfectly": balanced accuracy, or R2.
LEAK_SCORE = {True: 0.995, False: 0.99}

Finding = dict[str, Any]


def finding(code: str, message: str, column: str | None = None) -> Finding:
    """Make a warning as evaluation.json holds it."""
    return {"code": code, "column": column, "message": message}


def is_imbalanced(counts: Sequence[int]) -> bool:
    """Tell whether the rarest class is rare: under a tenth of two classes, and so on."""
    occurring = [count for count in counts if count]
    return min(occurring) < RARE * sum(occurring) / len(occurring)


def about_rows(test_rows: int) -> list[Finding]:
    """Warn of a test set whose numbers move by chance."""
    if test_rows >= SMALL_TEST_ROWS:
        return []
    sentence = f"Only {test_rows} rows were held out: the metrics may be far off by chance."
    return [finding("SMALL_TEST_SET", sentence)]


def about_balance(target: str, labels: Sequence[str], counts: Sequence[int]) -> list[Finding]:
    """Warn of a rare class, for which accuracy says little."""
    if not is_imbalanced(counts):
        return []
    at = min((at for at, count in enumerate(counts) if count), key=lambda at: counts[at])
    sentence = (
        f"Class “{labels[at]}” has {counts[at]} of {sum(counts)} training rows: look at"
        " BALANCED_ACCURACY, F1 and AVERAGE_PRECISION rather than ACCURACY."
    )
    return [finding("IMBALANCED", sentence, target)]


def about_baseline(metric: Mapping[str, Any]) -> list[Finding]:
    """Warn of a model that, by its primary metric, may be no better than always saying the same."""
    worst = metric["low"] if metric["higher_is_better"] else metric["high"]
    baseline = metric["baseline"]
    if worst is None or baseline is None:
        return []
    if worst > baseline if metric["higher_is_better"] else worst < baseline:
        return []
    sentence = f"By {metric['name']} the model is not clearly better than the baseline."
    return [finding("NOT_BETTER_THAN_BASELINE", sentence)]


def about_leaks(
    frame: pd.DataFrame,
    truth: Floats | Codes,
    labels: tuple[str, ...],
    generator: np.random.Generator,
) -> list[Finding]:
    """Warn of every column that alone predicts the target (near) perfectly."""
    deadline = time.monotonic() + LEAK_SECONDS
    chosen = np.sort(generator.permutation(len(frame))[:LEAK_ROWS])
    if len(chosen) < FEWEST_LEAK_ROWS:
        return []
    known, answers = frame.iloc[chosen], truth[chosen]
    halves = _halves(answers, generator)
    found = []
    for column in frame.columns:
        values = _numbers(known[column])
        if time.monotonic() > deadline:
            break
        if values is not None and _predicts(values, answers, labels, halves):
            found.append(_leak(str(column)))
    return found


def _leak(column: str) -> Finding:
    sentence = (
        f"Column “{column}” alone predicts the target almost perfectly: was it known before"
        " the target was, or does it follow from it?"
    )
    return finding("TARGET_LEAK", sentence, column)


def _halves(truth: Floats | Codes, generator: np.random.Generator) -> Codes:
    """Deal the rows into two halves that are alike in their target."""
    order = np.lexsort((generator.random(len(truth)), truth))
    halves = np.empty(len(truth), dtype=np.int64)
    halves[order] = np.arange(len(truth)) % 2
    return halves


def _numbers(column: pd.Series) -> Floats | None:
    """Return a column as one number a row, None where it has too many categories or no variety."""
    if column.dtype.kind == "M":
        return np.asarray(column.astype("int64"), dtype=np.float64).reshape(-1, 1)
    if column.dtype.kind in "biuf":
        values = np.asarray(column, dtype=np.float64)
        varied = len(np.unique(values[~np.isnan(values)])) > 1
        return values.reshape(-1, 1) if varied else None
    codes, categories = pd.factorize(column)
    if not 1 < len(categories) <= LEAK_CATEGORIES:
        return None
    return np.asarray(codes, dtype=np.float64).reshape(-1, 1)


def _predicts(
    values: Floats, truth: Floats | Codes, labels: tuple[str, ...], halves: Codes
) -> bool:
    """Learn on each half from this column alone, and predict the other."""
    tree = DecisionTreeClassifier if labels else DecisionTreeRegressor
    said = np.empty_like(truth)
    for half in (0, 1):
        learnt, asked = halves == half, halves != half
        said[asked] = tree(random_state=0).fit(values[learnt], truth[learnt]).predict(values[asked])
    outcome = Outcome(truth, said, labels=labels)
    measure = balanced_accuracy if labels else r2
    return float(measure(outcome, np.ones((1, outcome.rows)))[0]) >= LEAK_SCORE[bool(labels)]
