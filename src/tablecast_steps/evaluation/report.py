"""Puts evaluation.json together: at most 256 KB, every number a finite float or null."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from tablecast_steps.evaluation import curves
from tablecast_steps.evaluation.findings import (
    Finding,
    about_balance,
    about_baseline,
    about_leaks,
    about_rows,
)
from tablecast_steps.evaluation.importance import permutation_importance
from tablecast_steps.evaluation.intervals import intervals
from tablecast_steps.evaluation.metrics import METRICS, Metric, metric_named
from tablecast_steps.evaluation.outcome import Codes, Floats, Outcome
from tablecast_steps.jsonfiles import encode, plain

REPORT_BYTES = 256 * 1024
BALANCE_CLASSES = 200

# Raw rows and their truth in, what the model says of them out.
Judge = Callable[[pd.DataFrame, Floats | Codes], Outcome]


@dataclass(frozen=True)
class Subject:
    """What is judged: a model, the rows it learnt from, and the rows it never saw.

    Truths are codes into `labels`, or numbers where `labels` is empty. `primary` names the metric
    that the training went by; `findings` are warnings that earlier steps had.
    """

    problem: str
    target: str
    primary: str
    labels: tuple[str, ...]
    threshold: float | None
    judge: Judge
    train: pd.DataFrame
    train_truth: Floats | Codes
    test: pd.DataFrame
    test_truth: Floats | Codes
    seed: int = 0
    findings: Sequence[Finding] = field(default_factory=tuple)


def evaluate(subject: Subject) -> dict[str, Any]:
    """Return evaluation.json of a model by its held-out rows, of which there is at least one."""
    generator = np.random.default_rng(subject.seed)
    outcome = subject.judge(subject.test, subject.test_truth)
    metrics = _metrics(subject, outcome, generator)
    report = {
        "problem": subject.problem,
        "rows": {"train": len(subject.train_truth), "test": len(subject.test_truth)},
        "primary_metric": subject.primary,
        "metrics": metrics,
        "baseline": {"algorithm": "MOST_FREQUENT" if subject.labels else "MEAN"},
        **_drawings(outcome, generator),
        "importance": _importance(subject, generator),
        "class_balance": _balance(subject),
        "threshold": subject.threshold,
        "warnings": _findings(subject, metrics, generator),
    }
    return _bounded(plain(report))


def _metrics(
    subject: Subject, outcome: Outcome, generator: np.random.Generator
) -> list[dict[str, Any]]:
    """Return every metric of the problem, the primary one first."""
    asked = sorted(METRICS[subject.problem], key=lambda metric: metric.name != subject.primary)
    baseline = baseline_outcome(subject.labels, subject.train_truth, subject.test_truth)
    return [
        {
            "name": metric.name,
            "value": metric.value(outcome),
            "low": low,
            "high": high,
            "higher_is_better": metric.higher_is_better,
            "baseline": metric.value(baseline),
        }
        for metric, (low, high) in zip(asked, intervals(outcome, asked, generator), strict=True)
    ]


def baseline_outcome(
    labels: tuple[str, ...], train_truth: Floats | Codes, test_truth: Floats | Codes
) -> Outcome:
    """Return what one would say without any feature: the most frequent class, or the mean."""
    if not labels:
        return Outcome(test_truth, np.full(len(test_truth), float(np.mean(train_truth))))
    shares = np.bincount(train_truth.astype(np.int64), minlength=len(labels)) / len(train_truth)
    said = np.full(len(test_truth), int(shares.argmax()), dtype=np.int64)
    return Outcome(test_truth, said, np.tile(shares, (len(test_truth), 1)), labels)


def _drawings(outcome: Outcome, generator: np.random.Generator) -> dict[str, Any]:
    of_classes = bool(outcome.labels)
    return {
        "confusion_matrix": curves.confusion_matrix(outcome) if of_classes else None,
        "roc_curves": curves.roc_curves(outcome) if of_classes else [],
        "precision_recall_curves": curves.precision_recall_curves(outcome) if of_classes else [],
        "calibration": curves.calibration(outcome) if of_classes else [],
        "residuals": None if of_classes else curves.residuals(outcome, generator),
    }


def _importance(subject: Subject, generator: np.random.Generator) -> list[dict[str, Any]]:
    metric = metric_named(subject.problem, subject.primary)
    assert metric is not None

    def score(rows: Any, truth: Floats | Codes) -> float:
        return _upwards(metric, subject.judge(rows, truth))

    return permutation_importance(subject.test, subject.test_truth, score, generator)


def _upwards(metric: Metric, outcome: Outcome) -> float:
    value = metric.value(outcome)
    return value if metric.higher_is_better else -value


def _counts(subject: Subject, truth: Floats | Codes) -> list[int]:
    counted = np.bincount(truth.astype(np.int64), minlength=len(subject.labels))
    return [int(count) for count in counted]


def _balance(subject: Subject) -> list[dict[str, Any]]:
    """Return the classes' rows, the most frequent classes where there are very many."""
    if not subject.labels:
        return []
    train, test = _counts(subject, subject.train_truth), _counts(subject, subject.test_truth)
    order = sorted(range(len(train)), key=lambda at: -train[at])[:BALANCE_CLASSES]
    return [
        {"label": subject.labels[at], "train": train[at], "test": test[at]} for at in sorted(order)
    ]


def _findings(
    subject: Subject, metrics: list[dict[str, Any]], generator: np.random.Generator
) -> list[Finding]:
    rows = pd.concat([subject.train, subject.test], ignore_index=True)
    truth = np.concatenate([subject.train_truth, subject.test_truth])
    found = [
        *about_leaks(rows, truth, subject.labels, generator),
        *about_rows(len(subject.test_truth)),
        *about_baseline(plain(metrics[0])),
    ]
    if subject.labels:
        counts = _counts(subject, subject.train_truth)
        found += about_balance(subject.target, subject.labels, counts)
    told = {(each["code"], each["column"]) for each in subject.findings}
    new = [each for each in found if (each["code"], each["column"]) not in told]
    return [*new, *subject.findings]


def _bounded(report: dict[str, Any]) -> dict[str, Any]:
    """Leave out the largest drawings of a report that long labels made too large."""
    empty: dict[str, Any] = {
        "calibration": [],
        "precision_recall_curves": [],
        "roc_curves": [],
        "confusion_matrix": None,
        "importance": [],
        "class_balance": [],
    }
    for part, nothing in empty.items():
        if len(encode(report).encode()) <= REPORT_BYTES:
            break
        report[part] = nothing
    return report
