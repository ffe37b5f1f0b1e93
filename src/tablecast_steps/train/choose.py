"""Decides how a model is chosen: the metric, the rows' weights, AUTO's search or one algorithm."""

import numpy as np

from tablecast_steps.errors import StepError
from tablecast_steps.evaluation.findings import is_imbalanced
from tablecast_steps.evaluation.metrics import METRICS, Metric, metric_named
from tablecast_steps.evaluation.outcome import BINARY, REGRESSION, Floats
from tablecast_steps.runtime import Step
from tablecast_steps.train.algorithms import ALGORITHMS, Setting
from tablecast_steps.train.stopping import settled
from tablecast_steps.train.table import Table
from tablecast_steps.train.threads import threads_for
from tablecast_steps.train.trials import Material, Trial, run_trial
from tablecast_steps.train.validation import plan_validation

# The search's share of the whole, for whoever watches the progress bar.
SEARCHED = 80


def choose(step: Step, table: Table) -> tuple[Material, Trial, int]:
    """Return what was learnt from, the best trial, and how many there were."""
    material = _material(step, table)
    if step.spec.algorithm != "AUTO":
        return material, _named(step, material), 1
    # FLAML takes half a second to import, which a named algorithm need not wait for.
    from tablecast_steps.train.search import Search

    budget = step.spec.time_budget_seconds

    def listen(number: int, trial: Trial, best: bool) -> None:
        tell(step, material, number, trial, best)
        done = min(SEARCHED, int(SEARCHED * search.seconds / budget))
        step.progress(done, 100, f"{number} models tried")

    search = Search(material, budget, listen)
    return material, search.run(), len(search.trials)


def tell(step: Step, material: Material, number: int, trial: Trial, best: bool) -> None:
    """Report a trial."""
    metric = (material.metric.name, trial.value)
    step.trial(number, trial.algorithm.name, trial.hyperparameters, metric, trial.seconds, best)


def _named(step: Step, material: Material) -> Trial:
    algorithm = ALGORITHMS.get(step.spec.algorithm)
    if algorithm is None:
        raise StepError(
            "ALGORITHM_UNKNOWN",
            f"There is no algorithm “{step.spec.algorithm}”.",
            hint=f"Choose AUTO or one of {', '.join(ALGORITHMS)}.",
        )
    step.progress(0, 100, f"Learning with {algorithm.name}")
    chosen = settled(material, algorithm, step.spec.hyperparameters)
    trial = run_trial(material, algorithm, chosen)
    tell(step, material, 1, trial, best=True)
    step.progress(SEARCHED, 100, f"Learnt with {algorithm.name}")
    return trial


def primary_metric(table: Table, asked: str) -> Metric:
    """Return the metric asked for, or the one that fits the problem and its classes' balance."""
    if asked == "AUTO":
        asked = _usual_metric(table)
    metric = metric_named(table.problem, asked)
    if metric is None:
        known = ", ".join(each.name for each in METRICS[table.problem])
        raise StepError(
            "METRIC_UNFIT",
            f"{asked} does not measure a {table.problem}.",
            hint=f"Choose AUTO or one of {known}.",
        )
    return metric


def _usual_metric(table: Table) -> str:
    if table.problem == REGRESSION:
        return "RMSE"
    rare = is_imbalanced(table.class_rows)
    if table.problem == BINARY:
        return "AVERAGE_PRECISION" if rare else "ROC_AUC"
    return "BALANCED_ACCURACY" if rare else "ACCURACY"


def _material(step: Step, table: Table) -> Material:
    metric = primary_metric(table, step.spec.metric)
    matrix = table.transformer.transform(table.train)
    rows, columns = matrix.shape
    return Material(
        problem=table.problem,
        labels=table.labels,
        metric=metric,
        matrix=matrix,
        truth=table.train_truth,
        weights=_weights(table, metric.name),
        plan=plan_validation(table.train_truth, columns, step.spec.seed, table.moments),
        setting=Setting(
            classification=bool(table.labels),
            rows=rows,
            rarest=min(table.class_rows, default=rows),
            seed=step.spec.seed,
            threads=threads_for(table),
        ),
    )


def _weights(table: Table, metric: str) -> Floats | None:
    """Weigh rare classes up where many classes are judged alike; half-way (the square root), so
    that the frequent ones stay learnt. Of two classes the threshold sees to it, and probabilities
    stay true."""
    if table.problem in (BINARY, REGRESSION) or metric in ("ACCURACY", "LOG_LOSS"):
        return None
    if not is_imbalanced(table.class_rows):
        return None
    codes = table.train_truth.astype(np.int64)
    weights = np.bincount(codes)[codes] ** -0.5
    return np.asarray(weights / weights.mean())
