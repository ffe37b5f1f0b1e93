"""The work of `train`, part after part: read, choose, learn from all rows, judge, store, publish."""

from typing import Any

import pandas as pd
from threadpoolctl import threadpool_limits

from tablecast_steps.artifact import pipeline_bytes
from tablecast_steps.completion import completed
from tablecast_steps.evaluation.findings import Finding
from tablecast_steps.evaluation.outcome import Codes, Floats, Outcome
from tablecast_steps.evaluation.report import Subject, evaluate
from tablecast_steps.jsonfiles import write_json
from tablecast_steps.runtime import Kind, Step
from tablecast_steps.train.budget import LEAST_SECONDS, too_small
from tablecast_steps.train.choose import choose
from tablecast_steps.train.model import TabularModel
from tablecast_steps.train.publish import (
    CHOSEN,
    EVALUATION,
    PIPELINE,
    SIGNATURE,
    publish,
    republish,
)
from tablecast_steps.train.table import Table, read_table
from tablecast_steps.train.threads import threads_for
from tablecast_steps.train.trials import Material, Trial, fit_all


def train(step: Step) -> dict[str, Any]:
    """Write the model and its evaluation into the step's folder, and publish them."""
    if step.spec.time_budget_seconds < LEAST_SECONDS:
        raise too_small(step.spec.time_budget_seconds)
    step.progress(0, 100, "Reading the rows")
    table = read_table(step.spec, step.places)
    # The libraries below count the machine's processors, which are not all this pod's.
    with threadpool_limits(limits=threads_for(table)):
        return _train(step, table)


def _train(step: Step, table: Table) -> dict[str, Any]:
    material, trial, trials = choose(step, table)
    step.progress(85, 100, f"Learning from all training rows with {trial.algorithm.name}")
    model = _model(table, material, trial)
    step.progress(90, 100, "Judging the model by the rows that were held out")
    report = evaluate(_subject(step, table, material, model))
    step.progress(98, 100, "Publishing the model")
    _store(step, table, trial, model, report)
    result = {**publish(step), **_summary(table, trial, trials, report)}
    step.progress(100, 100, "Done")
    return result


def _model(table: Table, material: Material, trial: Trial) -> TabularModel:
    estimator = fit_all(material, trial.algorithm, trial.hyperparameters)
    classes = list(table.labels) if table.labels else None
    return TabularModel(table.transformer, estimator, classes, trial.threshold)


def _subject(step: Step, table: Table, material: Material, model: TabularModel) -> Subject:
    def judge(rows: pd.DataFrame, truth: Floats | Codes) -> Outcome:
        if model.classes is None:
            return Outcome(truth, model.predict_values(rows))
        probabilities = model.predict_proba(rows)
        return Outcome(truth, model.decide(probabilities), probabilities, table.labels)

    return Subject(
        problem=table.problem,
        target=table.target["name"],
        primary=material.metric.name,
        labels=table.labels,
        threshold=model.threshold,
        judge=judge,
        train=table.train,
        train_truth=table.train_truth,
        test=table.test,
        test_truth=table.test_truth,
        seed=step.spec.seed,
        findings=_earlier(step),
    )


def _earlier(step: Step) -> list[Finding]:
    """Return what the earlier steps warned of."""
    done = [completed(step.places.work(name), None) for name in ("preprocess", "features")]
    return [warning for each in done if each for warning in each["warnings"]]


def _store(
    step: Step, table: Table, trial: Trial, model: TabularModel, report: dict[str, Any]
) -> None:
    classes = list(table.labels) if table.labels else None
    target = {"name": table.target["name"], "type": table.target["type"], "classes": classes}
    signature = {
        "problem": table.problem,
        "target": target,
        "threshold": model.threshold,
        "inputs": table.inputs,
    }
    chosen = {
        "algorithm": trial.algorithm.name,
        "hyperparameters": trial.hyperparameters,
        "problem": table.problem,
    }
    (step.folder / PIPELINE).write_bytes(pipeline_bytes(model))
    write_json(step.folder / SIGNATURE, signature)
    write_json(step.folder / EVALUATION, report)
    write_json(step.folder / CHOSEN, chosen)


def _summary(table: Table, trial: Trial, trials: int, report: dict[str, Any]) -> dict[str, Any]:
    primary = report["metrics"][0]
    return {
        "algorithm": trial.algorithm.name,
        "problem": table.problem,
        "metric": {name: primary[name] for name in ("name", "value", "low", "high")},
        "baseline": {"name": report["baseline"]["algorithm"], "value": primary["baseline"]},
        "rows": report["rows"],
        "trials": trials,
    }


KIND = Kind(
    name="train",
    work=train,
    keys=("algorithm", "hyperparameters", "metric", "time_budget_seconds", "seed"),
    after=("preprocess", "features"),
    again=republish,
)
