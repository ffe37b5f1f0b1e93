"""Rows as a whole main job leaves them, one of each noun, for tests that look at all of them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tablecast.api.ids import global_id
from tablecast.api.views import TYPENAMES
from tablecast.domain.deeds import Asked
from tablecast.domain.identity import new_id
from tablecast.domain.states import (
    AttemptState,
    DriftKind,
    OperationState,
    RevisionState,
    ServingState,
    StepState,
    UploadState,
)
from tablecast.domain.tables import (
    Attempt,
    Dataset,
    DatasetVersion,
    Drift,
    Model,
    ModelVersion,
    Operation,
    PredictorPod,
    Project,
    Revision,
    Row,
    Serving,
    Step,
    Training,
    Trial,
    Upload,
)
from tests.domain.world import (
    ANN,
    a_model_version,
    a_project,
    a_serving,
    a_training,
    a_version,
    end,
    settle_all,
)

PROFILE: dict[str, Any] = {
    "rows": 344,
    "duplicate_rows": 0,
    "repairs": [
        {"code": "DUPLICATE_HEADER", "count": 1, "column": "sex", "message": "Renamed to sex_2."}
    ],
    "source": {
        "format": "CSV",
        "encoding": "utf-8",
        "delimiter": ",",
        "decimal": ".",
        "has_header": True,
    },
    "columns": [
        {
            "name": "species",
            "type": "STRING",
            "nulls": 0,
            "distinct": 3,
            "distinct_exact": True,
            "minimum": None,
            "maximum": None,
            "mean": None,
            "deviation": None,
            "top": [{"value": "Adelie", "count": 152}],
            "histogram": None,
        },
        {
            "name": "mass",
            "type": "FLOAT",
            "nulls": 2,
            "distinct": 94,
            "distinct_exact": True,
            "minimum": 2700,
            "maximum": 6300.5,
            "mean": 4201.75,
            "deviation": 801.95,
            "top": [],
            "histogram": {"edges": [2700, 4500, 6300.5], "counts": [200, 142]},
        },
    ],
}
SIGNATURE: dict[str, Any] = {
    "problem": "MULTICLASS_CLASSIFICATION",
    "target": {"name": "species", "type": "STRING", "classes": ["Adelie", "Gentoo"]},
    "threshold": None,
    "inputs": [
        {
            "name": "mass",
            "type": "FLOAT",
            "nullable": True,
            "nulls_seen": True,
            "categories": None,
            "minimum": 2700,
            "maximum": 6300,
        },
        {
            "name": "island",
            "type": "STRING",
            "nullable": True,
            "nulls_seen": False,
            "categories": ["Biscoe", "Dream"],
            "minimum": None,
            "maximum": None,
        },
    ],
}
EVALUATION: dict[str, Any] = {
    "problem": "MULTICLASS_CLASSIFICATION",
    "rows": {"train": 275, "test": 69},
    "primary_metric": "LOG_LOSS",
    "metrics": [
        {
            "name": "LOG_LOSS",
            "value": 0.05,
            "low": 0.02,
            "high": 0.08,
            "higher_is_better": False,
            "baseline": 1.04,
        }
    ],
    "baseline": {"algorithm": "MOST_FREQUENT"},
    "confusion_matrix": {"labels": ["Adelie", "Gentoo"], "counts": [[30, 1], [0, 38]]},
    "roc_curves": [
        {
            "label": "Adelie",
            "false_positive_rate": [0, 1],
            "true_positive_rate": [0, 1],
            "thresholds": [None, 0],
            "area": 0.99,
        }
    ],
    "precision_recall_curves": [
        {
            "label": "Adelie",
            "precision": [1, 0.4],
            "recall": [0, 1],
            "thresholds": [0.9, None],
            "average_precision": 0.98,
        }
    ],
    "calibration": [{"label": "Adelie", "predicted": [0.1], "observed": [0.12], "counts": [40]}],
    "residuals": {
        "points": [{"actual": 1.5, "predicted": 1.25}],
        "edges": [-1, 0, 1],
        "counts": [3, 4],
    },
    "importance": [{"column": "mass", "mean": 0.4, "deviation": 0.02}],
    "class_balance": [{"label": "Adelie", "train": 121, "test": 31}],
    "threshold": None,
    "warnings": [{"code": "SMALL_TEST_SET", "column": None, "message": "Only 69 rows."}],
}
BLOCKED = {"code": "QUOTA", "message": "No room.", "since": "2026-11-01T10:00:00+00:00"}
FAULT = {"code": "ONE_CLASS", "message": "One class.", "column": "species", "hint": "Another."}


@dataclass(frozen=True)
class Whole:
    """One of each."""

    project: Project
    upload: Upload
    dataset: Dataset
    version: DatasetVersion
    training: Training
    attempt: Attempt
    model: Model
    model_version: ModelVersion
    serving: Serving
    operation: Operation
    drift: Drift

    @property
    def nodes(self) -> list[Row]:
        """All of them."""
        return list(vars(self).values())


def gid(row: Row) -> str:
    """A row's global id."""
    return global_id(TYPENAMES[type(row)], row.id)


async def whole(asked: Asked = ANN, name: str = "birds") -> Whole:
    """A project in which everything was done once."""
    project = await a_project(asked, name)
    version = await a_version(project, asked, profile=PROFILE, columns=2)
    training = await a_training(version, asked, target="species")
    await _run(training)
    made = await a_model_version(training)
    await ModelVersion.filter(id=made.id).update(
        signature=SIGNATURE, evaluation=EVALUATION, hyperparameters={"trees": 100, "l1": 0.5}
    )
    await Training.filter(id=training.id).update(model_version_id=made.id)
    await Model.filter(id=made.model_id).update(versions=1)
    serving = await served(await a_serving(made, asked))
    await settle_all(project.id)
    return Whole(
        project,
        await Upload.get(id=version.upload_id),
        await Dataset.get(id=version.dataset_id),
        version,
        await Training.get(id=training.id),
        await Attempt.get(training_id=training.id),
        await Model.get(id=made.model_id),
        await ModelVersion.get(id=made.id),
        serving,
        await Operation.filter(project_id=project.id, noun="TRAINING").get(),
        await an_orphan(project, noun="TRAINING", subject_id=training.id),
    )


async def an_orphan(project: Project, **columns: Any) -> Drift:
    """What the sweep says of a Workflow that somebody made; `columns` replaces some of its row."""
    number = await Drift.filter(project_id=project.id).count()
    found: dict[str, Any] = {
        "id": new_id(),
        "project_id": project.id,
        "kind": "Workflow",
        "namespace": project.namespace,
        "name": f"by-hand-{number}",
        "uid": new_id(),
        "drift": DriftKind.ORPHANED,
        "reason": "No attempt of a training has this Workflow.",
        "purgeable": True,
    }
    return await Drift.create(**(found | columns))


async def _run(training: Training) -> None:
    attempt = await Attempt.get(training_id=training.id)
    await Attempt.filter(id=attempt.id).update(
        state=AttemptState.SUCCEEDED, blocked_by=BLOCKED, error=FAULT, started_at=datetime.now(UTC)
    )
    for step in await Step.filter(attempt_id=attempt.id):
        step.state = StepState.SUCCEEDED
        step.done, step.total, step.progress_message = 3, 10, "Fitting"
        if step.name == "preprocess":
            step.result = {"rows": {"read": 344, "train": 275, "test": 69, "dropped": 0}}
        await step.save()
    for number in range(1, 4):
        await Trial.create(
            id=new_id(),
            project_id=training.project_id,
            attempt_id=attempt.id,
            number=number,
            algorithm="LIGHTGBM",
            hyperparameters={"trees": number, "learning_rate": 0.1},
            metric_name="LOG_LOSS",
            metric_value=1 / number,
            seconds=0.5,
            best=True,
        )


async def served(serving: Serving) -> Serving:
    """The serving's first revision has loaded on its one replica."""
    now = datetime.now(UTC)
    revision = await Revision.get(serving_id=serving.id, number=1)
    counts = {"desired_replicas": 1, "loaded_replicas": 1}
    await Revision.filter(id=revision.id).update(
        state=RevisionState.LOADED, loaded_at=now, **counts
    )
    await Serving.filter(id=serving.id).update(
        state=ServingState.SERVABLE, active_revision=1, servable=True, observed_at=now, **counts
    )
    await PredictorPod.create(
        id=new_id(),
        project_id=serving.project_id,
        namespace="tc",
        name="pool-1-predictor-0",
        uid=new_id(),
        inference_service=revision.inference_service,
        ready=True,
        loaded={revision.object_name: now.isoformat()},
    )
    return await Serving.get(id=serving.id)


async def ready_job(asked: Asked = ANN, name: str = "birds") -> Whole:
    """A project in which each of the cases can be done."""
    job = await whole(asked, name)
    await Upload.filter(id=job.upload.id).update(state=UploadState.OPEN)
    await end(job.training, AttemptState.FAILED)
    operation = await Operation.get(id=job.operation.id)
    operation.state, operation.due_at = OperationState.FAILED, datetime.now(UTC)
    await operation.save()
    return job
