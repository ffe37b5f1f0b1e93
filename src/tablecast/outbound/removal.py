"""Removal: rows go after what they stood for was seen gone from the cluster, never before.

Rows that can be many go in batches of their own; the row that everything hangs on goes last, so that a
kill between leaves something to go on from.
"""

from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.feed import THE_END
from tablecast.domain.states import Noun
from tablecast.domain.tables import (
    Attempt,
    Dataset,
    DatasetVersion,
    Drift,
    Event,
    Member,
    Model,
    ModelVersion,
    Operation,
    PredictorPod,
    Project,
    Revision,
    Row,
    Serving,
    Sighting,
    Step,
    Training,
    Trial,
    Upload,
)
from tablecast.domain.transactions import transaction

# More hold the table's locks for long; fewer make a big project's end slow.
BATCH = 500


async def remove_rows(table: type[Row], **which: object) -> None:
    """Delete the rows that a filter finds, oldest first, a batch at a time."""
    while True:
        ids = await table.filter(**which).order_by("id").limit(BATCH).values_list("id", flat=True)
        if not ids:
            return
        await table.filter(id__in=list(ids)).delete()


async def remove_training(training: Training) -> None:
    """Delete a training's rows and tell its project."""
    attempts = await Attempt.filter(training_id=training.id).values_list("id", flat=True)
    for attempt_id in attempts:
        await remove_rows(Trial, attempt_id=attempt_id)
        await remove_rows(Step, attempt_id=attempt_id)
    await remove_rows(Attempt, training_id=training.id)
    await _remove_last(training, training.project_id, Noun.TRAINING)


async def remove_dataset(dataset: Dataset) -> None:
    """Delete a dataset's rows and tell its project."""
    await remove_rows(DatasetVersion, dataset_id=dataset.id)
    await _remove_last(dataset, dataset.project_id, Noun.DATASET)


async def remove_model(model: Model) -> None:
    """Delete a model's rows and tell its project."""
    await remove_rows(ModelVersion, model_id=model.id)
    await _remove_last(model, model.project_id, Noun.MODEL)


async def remove_serving(serving: Serving) -> None:
    """Delete a serving's rows and tell its project."""
    await remove_rows(Revision, serving_id=serving.id)
    await _remove_last(serving, serving.project_id, Noun.SERVING)


async def tell_the_end(project: Project) -> bool:
    """Tell the project's feed that it is gone; False where that was told before."""
    if await Event.exists(project_id=project.id, type=THE_END):
        return False
    async with deed(SYSTEM, project.id) as tx:
        tx.tell(THE_END, Noun.PROJECT, project.id)
    return True


async def remove_project(project: Project, operation: Operation) -> None:
    """Delete every row of a project but `operation`, by which who asked for it learns of the end."""
    for table in (
        Trial,
        Step,
        Attempt,
        Training,
        Revision,
        PredictorPod,
        Serving,
        ModelVersion,
        Model,
        DatasetVersion,
        Dataset,
        Upload,
        Sighting,
        Drift,
    ):
        await remove_rows(table, project_id=project.id)
    await remove_rows(Operation, project_id=project.id, id__not=operation.id)
    # The end's own line is the newest, so it goes last: a kill before that does not tell it twice.
    await remove_rows(Event, project_id=project.id)
    async with transaction():
        await Member.filter(project_id=project.id).delete()
        await Project.filter(id=project.id).delete()


async def _remove_last(row: Row, project_id: str, noun: Noun) -> None:
    async with deed(SYSTEM, project_id) as tx:
        await row.delete()
        tx.tell(f"{noun}_DELETED", noun, row.id)
