"""What datastores tell is written down, whichever of them does not answer."""

import asyncio
from typing import Any

import pytest

from tablecast.domain.models import delete_model
from tablecast.domain.states import (
    AttemptState,
    DatasetVersionState,
    OperationState,
    ProjectState,
    StepState,
    TrainingState,
    UploadState,
)
from tablecast.domain.tables import (
    Attempt,
    DatasetVersion,
    Model,
    ModelVersion,
    Operation,
    Project,
    Step,
    Training,
    Upload,
)
from tablecast.inbound.changes import Changed
from tests.domain.world import ANN, a_project, a_training, a_version, an_upload
from tests.inbound.collecting import PROGRESS, a_collector, an_attempt
from tests.inbound.datastores import MODEL, Datastore
from tests.inbound.telling import tell, types_told
from tests.inbound.waiting import eventually_so


async def test_a_succeeded_attempts_model_becomes_the_models_next_version(world: None) -> None:
    training, attempt = await an_attempt(AttemptState.RECORDING)
    datastore = Datastore(models={attempt.model_version_id: MODEL})
    await a_collector(datastore).round()
    version = await ModelVersion.get(id=attempt.model_version_id)
    assert (version.number, version.algorithm, version.metric_value) == (1, "LIGHTGBM", 0.97)
    assert version.target == "species"
    row, now = await Attempt.get(id=attempt.id), await Training.get(id=training.id)
    assert (row.state, row.collected) == (AttemptState.SUCCEEDED, True)
    assert (now.state, now.model_version_id) == (TrainingState.SUCCEEDED, version.id)
    assert (await Model.get(id=training.model_id)).versions == 1
    told = await types_told(training.project_id)
    assert told.count("TRAINING_FINISHED") == told.count("MODEL_VERSION_CREATED") == 1
    await a_collector(datastore).round()
    assert await ModelVersion.all().count() == 1


async def test_two_replicas_record_a_model_once(world: None) -> None:
    _, attempt = await an_attempt(AttemptState.RECORDING)
    datastore = Datastore(models={attempt.model_version_id: MODEL})
    first, second = a_collector(datastore), a_collector(datastore)
    await asyncio.gather(first.round(), second.round())
    assert await ModelVersion.all().count() == 1


@pytest.mark.parametrize("document", [None, {"model": {}}, {"model": MODEL["model"]}])
async def test_a_training_without_a_readable_model_failed_after_all(
    world: None, document: dict[str, Any] | None
) -> None:
    training, attempt = await an_attempt(AttemptState.RECORDING)
    models = {} if document is None else {attempt.model_version_id: document}
    await a_collector(Datastore(models=models)).round()
    assert (await Attempt.get(id=attempt.id)).error["code"] == "MODEL_MISSING"
    assert (await Training.get(id=training.id)).state == TrainingState.FAILED


async def test_a_model_deleted_meanwhile_gets_no_version(world: None) -> None:
    training, attempt = await an_attempt(AttemptState.RECORDING)
    await delete_model(ANN, training.model_id, cascade=True)
    await a_collector(Datastore(models={attempt.model_version_id: MODEL})).round()
    assert await ModelVersion.all().count() == 0
    assert (await Attempt.get(id=attempt.id)).error["code"] == "MODEL_DELETED"


async def trains(training: Training) -> None:
    """Its first attempt is at work on its last step."""
    await Attempt.filter(training_id=training.id).update(state=AttemptState.RUNNING)
    attempt = await Attempt.get(training_id=training.id)
    await Step.filter(attempt_id=attempt.id, name="train").update(state=StepState.RUNNING)


async def test_who_only_waits_for_a_pod_is_not_asked(world: None) -> None:
    """A thousand trainings that wait cost no request each half second."""
    training, attempt = await an_attempt()
    await Step.filter(attempt_id=attempt.id).update(state=StepState.PENDING)
    datastore = Datastore(journals={training.id: {"train": [PROGRESS]}})
    await a_collector(datastore).round()
    assert not await Step.exists(done=3)
    await trains(training)
    await a_collector(datastore).round()
    assert await Step.exists(done=3)


async def test_a_datastore_that_is_down_loses_nothing_and_holds_up_no_other(world: None) -> None:
    training, attempt = await an_attempt(AttemptState.RECORDING)
    other = await a_training(await a_version(await a_project(name="other")))
    await trains(other)
    project = await Project.get(id=training.project_id)
    datastore = Datastore(
        down={project.namespace},
        models={attempt.model_version_id: MODEL},
        journals={other.id: {"train": [PROGRESS]}},
    )
    collector = a_collector(datastore)
    await collector.round()
    assert (await Attempt.get(id=attempt.id)).state == AttemptState.RECORDING
    assert (await Step.filter(done=3).count()) == 1
    datastore.down.clear()
    await collector.round()
    assert (await Attempt.get(id=attempt.id)).state == AttemptState.SUCCEEDED


async def test_a_datastore_that_hangs_is_asked_once_and_holds_up_no_other(
    world: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tablecast.inbound.collector.ROUND_SECONDS", 0.1)
    training, attempt = await an_attempt()
    other = await a_training(await a_version(await a_project(name="other")))
    await trains(other)
    project = await Project.get(id=training.project_id)
    datastore = Datastore(hanging={project.namespace}, journals={other.id: {"train": [PROGRESS]}})
    task = asyncio.create_task(a_collector(datastore).run())
    await eventually_so(lambda: Step.exists(done=3))
    datastore.journals[other.id]["train"].append(PROGRESS | {"done": 4})
    await eventually_so(lambda: Step.exists(done=4))
    named = [one for one in asyncio.all_tasks() if one.get_name().endswith(attempt.id)]
    assert len(named) == 1
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert named[0].cancelled()


async def converting() -> DatasetVersion:
    version = await a_version(await a_project(), state=DatasetVersionState.CONVERTING)
    await Operation.filter(subject_id=version.id).update(state=OperationState.APPLIED)
    return version


async def test_a_conversion_is_followed_to_its_end(world: None) -> None:
    version = await converting()
    datastore = Datastore(versions={version.id: {"state": "CONVERTING", "progress": 0.4}})
    collector = a_collector(datastore)
    assert await collector.round() is True
    assert (await DatasetVersion.get(id=version.id)).progress == 0.4
    datastore.versions[version.id] = {
        "state": "READY",
        "rows": 344,
        "columns": 8,
        "bytes": 1,
        "source_bytes": 2,
        "sha256": "d" * 64,
        "source_sha256": "e" * 64,
        "profile": {"rows": 344, "columns": []},
    }
    await collector.round()
    row = await DatasetVersion.get(id=version.id)
    assert (row.state, row.rows, row.sha256, row.progress) == ("READY", 344, "d" * 64, 1.0)
    assert (await Operation.get(subject_id=version.id)).state == OperationState.OBSERVED
    assert await collector.round() is False


@pytest.mark.parametrize("known", [True, False])
async def test_a_conversion_that_failed_or_was_lost_says_why(world: None, known: bool) -> None:
    version = await converting()
    error = {"code": "RAGGED_ROW", "row": 7, "column": None, "message": "Row 7.", "hint": ""}
    found = {version.id: {"state": "FAILED", "error": error}} if known else {}
    await a_collector(Datastore(versions=found)).round()
    row = await DatasetVersion.get(id=version.id)
    assert row.state == DatasetVersionState.FAILED
    assert row.error["code"] == ("RAGGED_ROW" if known else "DATA_LOST")
    assert row.message == row.error["message"]


async def test_bytes_that_went_through_another_replica_are_counted(world: None) -> None:
    upload = await an_upload(await a_project(), state=UploadState.OPEN)
    await Upload.filter(id=upload.id).update(updated_at="2026-01-01T00:00:00+00:00")
    await a_collector(Datastore(uploads={upload.id: {"offset": 60}})).round()
    assert (await Upload.get(id=upload.id)).offset == 60


async def a_pending_project() -> Project:
    project = await a_project()
    await Project.filter(id=project.id).update(state=ProjectState.PENDING, observed_generation=0)
    await Operation.filter(subject_id=project.id).update(state=OperationState.APPLIED)
    return await Project.get(id=project.id)


async def tell_datastore(project: Project, *, available: bool, version: int = 1) -> None:
    operation = await Operation.get(subject_id=project.id)
    labels = {"project": project.id, "noun": "project", "id": project.id}
    labels["operation"] = operation.id
    manifest = {
        "metadata": {
            "name": "datastore",
            "namespace": project.namespace,
            "uid": "uid-datastore",
            "resourceVersion": str(version),
            "generation": 1,
            "labels": {f"tablecast.dev/{name}": value for name, value in labels.items()},
        },
        "status": {"observedGeneration": 1, "availableReplicas": int(available)},
    }
    await tell("Deployment", Changed(manifest))


async def test_a_project_is_ready_when_its_datastore_is_available_and_answers(world: None) -> None:
    project = await a_pending_project()
    datastore = Datastore(down={project.namespace})
    collector = a_collector(datastore)
    await collector.round()
    assert (await Project.get(id=project.id)).state == ProjectState.PENDING
    await tell_datastore(project, available=True)
    await collector.round()
    assert (await Project.get(id=project.id)).state == ProjectState.PENDING
    datastore.down.clear()
    await collector.round()
    assert (await Project.get(id=project.id)).state == ProjectState.READY
    assert (await Operation.get(subject_id=project.id)).state == OperationState.OBSERVED
    assert "PROJECT_READY" in await types_told(project.id)
    assert await collector.round() is False


async def test_a_project_whose_datastore_goes_away_is_degraded_until_it_is_back(
    world: None,
) -> None:
    project = await a_pending_project()
    collector = a_collector(Datastore())
    await tell_datastore(project, available=True)
    await collector.round()
    await tell_datastore(project, available=False, version=2)
    assert (await Project.get(id=project.id)).state == ProjectState.DEGRADED
    await collector.round()
    assert (await Project.get(id=project.id)).state == ProjectState.DEGRADED
    await tell_datastore(project, available=True, version=3)
    await collector.round()
    assert (await Project.get(id=project.id)).state == ProjectState.READY


async def test_a_project_that_is_going_is_left_alone(world: None) -> None:
    project = await a_pending_project()
    await tell_datastore(project, available=True)
    await Project.filter(id=project.id).update(state=ProjectState.DELETING)
    await a_collector(Datastore()).round()
    assert (await Project.get(id=project.id)).state == ProjectState.DELETING
