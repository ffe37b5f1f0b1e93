"""A small world for tests: a database of its own, people, and rows as the deeds would leave them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tortoise import Tortoise
from tortoise.backends.base.executor import EXECUTOR_CACHE

from tablecast.domain.database import database
from tablecast.domain.datasets import DatasetVersionWish, create_dataset_version
from tablecast.domain.deeds import Asked
from tablecast.domain.identity import new_id
from tablecast.domain.projects import ProjectWish, create_project
from tablecast.domain.servings import ServingWish, create_serving
from tablecast.domain.states import (
    AttemptState,
    DatasetVersionState,
    OperationState,
    ProjectState,
    TrainingState,
    UploadState,
)
from tablecast.domain.tables import (
    Attempt,
    Dataset,
    DatasetVersion,
    ModelVersion,
    Operation,
    Project,
    Serving,
    Training,
    Upload,
)
from tablecast.domain.trainings import TrainingWish, create_training
from tablecast.domain.uploads import create_upload
from tablecast.settings import MIB, Limits

ANN = Asked(subject="ann")
BOB = Asked(subject="bob")
LIMITS = Limits()

MIGRATIONS = Path(__file__).parents[2] / "migrations"

PROFILE: dict[str, Any] = {
    "rows": 344,
    "columns": [
        {"name": "species", "type": "STRING", "nulls": 0, "distinct": 3},
        {"name": "sex", "type": "STRING", "nulls": 11, "distinct": 2},
        {"name": "body_mass_g", "type": "INTEGER", "nulls": 2, "distinct": 94},
        {"name": "studied_on", "type": "DATE", "nulls": 0, "distinct": 50},
        {"name": "constant", "type": "STRING", "nulls": 0, "distinct": 1},
        {"name": "empty", "type": "STRING", "nulls": 344, "distinct": 0},
        {"name": "id", "type": "STRING", "nulls": 0, "distinct": 344},
    ],
}


@asynccontextmanager
async def open_world(folder: Path, mysql: str = "") -> AsyncIterator[None]:
    """A fresh SQLite in `folder`, or the MariaDB at `mysql`, emptied."""
    # Prepared by connection name: another dialect's statements would be found there.
    EXECUTOR_CACHE.clear()
    async with database(mysql or f"sqlite://{folder}/t.db", MIGRATIONS):
        if mysql:
            for table in Tortoise.apps["models"].values():
                await table.all().delete()
        yield


async def a_project(asked: Asked = ANN, name: str = "birds") -> Project:
    """A project of `asked` whose datastore answers."""
    project = (await create_project(asked, ProjectWish(name=name), LIMITS)).row
    await Project.filter(id=project.id).update(state=ProjectState.READY, observed_generation=1)
    await settle_all(project.id)
    return await Project.get(id=project.id)


async def settle_all(project_id: str) -> None:
    """Everything that was wished so far has happened."""
    await Operation.filter(project_id=project_id).update(
        state=OperationState.OBSERVED, due_at=None, settled_at=datetime.now(UTC)
    )


async def an_upload(
    project: Project, asked: Asked = ANN, state: UploadState = UploadState.COMPLETE
) -> Upload:
    """An upload in a state."""
    upload = (await create_upload(asked, project.id, "penguins.csv", 100, None, LIMITS)).row
    await Upload.filter(id=upload.id).update(state=state)
    await settle_all(project.id)
    return await Upload.get(id=upload.id)


async def a_version(
    project: Project, asked: Asked = ANN, name: str = "penguins", **columns: Any
) -> DatasetVersion:
    """A READY dataset version with a profile; `columns` replaces some of its row."""
    upload = await an_upload(project, asked)
    wish = DatasetVersionWish(upload_id=upload.id, name=name)
    version = (await create_dataset_version(asked, wish)).row
    ready: dict[str, Any] = {
        "state": DatasetVersionState.READY,
        "profile": PROFILE,
        "rows": 344,
        "bytes": 20_000,
        "sha256": "a" * 64,
    }
    await DatasetVersion.filter(id=version.id).update(**(ready | columns))
    await settle_all(project.id)
    return await DatasetVersion.get(id=version.id)


async def a_table(project: Project) -> DatasetVersion:
    """A READY dataset version of a project, without upload, wish or operation."""
    dataset = await Dataset.create(id=new_id(), project_id=project.id, name="t", versions=1)
    return await DatasetVersion.create(
        id=new_id(),
        project_id=project.id,
        dataset_id=dataset.id,
        number=1,
        upload_id=new_id(),
        file_name="t.csv",
        state=DatasetVersionState.READY,
        profile=PROFILE,
        rows=344,
        bytes=20_000,
        sha256="a" * 64,
        generation=1,
        observed_generation=1,
    )


def training_wish(version: DatasetVersion, **changes: Any) -> TrainingWish:
    """A training on a version that can work."""
    wish = {"dataset_version_id": version.id, "name": "Penguin species", "target": "species"}
    return TrainingWish(**(wish | changes))


async def a_training(version: DatasetVersion, asked: Asked = ANN, **changes: Any) -> Training:
    """A training that was just created; its operation is due."""
    return (await create_training(asked, training_wish(version, **changes), LIMITS)).row


async def end(training: Training, state: AttemptState) -> None:
    """The training's newest attempt came to an end."""
    newest = Attempt.filter(training_id=training.id, number=training.attempts)
    await newest.update(state=state)
    await Training.filter(id=training.id).update(state=TrainingState(state))
    await settle_all(training.project_id)


async def a_model_version(training: Training, size: int = 50_000) -> ModelVersion:
    """What a training's newest attempt made, after it succeeded."""
    attempt = await Attempt.get(training_id=training.id, number=training.attempts)
    await end(training, AttemptState.SUCCEEDED)
    return await ModelVersion.create(
        id=attempt.model_version_id,
        project_id=training.project_id,
        model_id=training.model_id,
        number=await ModelVersion.filter(model_id=training.model_id).count() + 1,
        training_id=training.id,
        attempt_id=attempt.id,
        dataset_version_id=training.dataset_version_id,
        algorithm="LINEAR",
        problem="MULTICLASS_CLASSIFICATION",
        target="species",
        sha256="b" * 64,
        bytes=size,
        file="b" * 64 + ".tablecast",
        metric_name="ACCURACY",
        metric_value=0.98,
        signature={},
        evaluation={},
    )


async def a_serving(version: ModelVersion, asked: Asked = ANN, **changes: Any) -> Serving:
    """A serving that was just created; its operation is due."""
    wish = {"project_id": version.project_id, "name": f"s-{new_id()}"}
    wish |= {"model_version_id": version.id}
    return (await create_serving(asked, ServingWish(**(wish | changes)), LIMITS)).row


# Of a model: two of these and the room for a second copy fill a pool; three do not fit.
LARGE = 17 * MIB


async def a_large_model() -> ModelVersion:
    """A model version of which two fit into a pool, in a project of its own."""
    return await a_model_version(await a_training(await a_version(await a_project())), size=LARGE)
