"""Steps: what an attempt's three pods are told and given, out of rows."""

from typing import Any

from tablecast.domain.sizing import step_deadlines, step_memory
from tablecast.domain.tables import Attempt, DatasetVersion, Project, Training
from tablecast.domain.trainings import STEPS
from tablecast.outbound.manifests.specs import WorkflowSpec
from tablecast.settings import Settings


def step_spec(training: Training, attempt: Attempt, version: DatasetVersion) -> dict[str, Any]:
    """TABLECAST_SPEC of an attempt: the training's own spec, with ids and where its table lies."""
    table = {
        "path": f"datasets/{version.dataset_id}/{version.id}/table.parquet",
        "sha256": version.sha256,
        "rows": version.rows,
    }
    return {
        "training": training.id,
        "attempt": attempt.number,
        "work": attempt.work,
        "model_version": attempt.model_version_id,
        "dataset": table,
        **training.spec,
    }


def workflow_spec(
    training: Training,
    attempt: Attempt,
    version: DatasetVersion,
    project: Project,
    operation_id: str,
    settings: Settings,
) -> WorkflowSpec:
    """What an attempt's Workflow is made of."""
    size = version.bytes or 0
    cells = (version.rows or 0) * (version.columns or 0)
    memory = step_memory(size, cells, project.memory_limit_bytes)
    deadlines = step_deadlines(
        size, training.spec["time_budget_seconds"], settings.step_start_seconds
    )
    return WorkflowSpec(
        project_id=project.id,
        namespace=project.namespace,
        training_id=training.id,
        attempt=attempt.number,
        operation_id=operation_id,
        name=attempt.workflow_name,
        images={step: settings.images[step] for step in STEPS},
        step_spec=step_spec(training, attempt, version),
        deadline_seconds=deadlines,
        memory_bytes=dict.fromkeys(STEPS, memory),
        cpu=_cpu(project.cpu_limit),
    )


def _cpu(cores: int) -> dict[str, str]:
    # Only learners use more than one core; the rest of the limit is for the datastore and what serves.
    least = "1" if cores > 2 else "500m"
    return {"preprocess": least, "features": least, "train": str(min(8, cores // 4) or least)}
