"""Removal: rows go after what they stood for was seen gone from the cluster, never before.

Rows that can be many go in batches of their own; the row that everything hangs on goes last, so that a
kill between leaves something to go on from.
"""

import time
from typing import Any, TypeVar

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.feed import THE_END
from tablecast.domain.states import Noun, Verb
from tablecast.domain.tables import (
    Attempt,
    Dataset,
    DatasetVersion,
    Drift,
    Event,
    KeptAnswer,
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

RowT = TypeVar("RowT", bound=Row)

# More hold the table's locks for long; fewer make a big project's end slow.
BATCH = 500

# Longer, and nobody sees how far it is; shorter, and counting what is left is most of the work.
SLICE_SECONDS = 1.0

# What hangs on others goes before them.
OF_A_PROJECT: tuple[type[Row], ...] = (
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
    KeptAnswer,
)


async def remove_rows(table: type[Row], **which: object) -> None:
    """Delete the rows that a filter finds, oldest first, a batch at a time."""
    while await _remove_batch(table.filter(**which), BATCH):
        pass


async def _remove_batch(rows: QuerySet[RowT], batch: int) -> int:
    ids = await rows.order_by("id").limit(batch).values_list("id", flat=True)
    return await rows.model.filter(id__in=list(ids)).delete() if ids else 0


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


async def remove_some_rows(project: Project, batch: int) -> int:
    """Delete rows of a project for a second, `batch` at a time; return how many are left.

    All but its own, its members' and its feed's, which tell how far it is, the operations that end it, by
    which who asked learns of the end, and the one that made it while its idempotency key is good: a
    repetition must not make the project anew.
    """
    deadline = time.monotonic() + SLICE_SECONDS
    for rows in _rows_of(project):
        while await _remove_batch(rows, batch):
            if time.monotonic() >= deadline:
                return sum([await each.count() for each in _rows_of(project)])
    return 0


def _rows_of(project: Project) -> list[QuerySet[Any]]:
    rows = [table.filter(project_id=project.id) for table in OF_A_PROJECT]
    making = Q(noun=Noun.PROJECT, verb=Verb.CREATE, idempotency_key__isnull=False)
    # A deletion that was asked for once more meanwhile has taken this one's place.
    ending = Q(noun=Noun.PROJECT, verb=Verb.DELETE)
    operations = Operation.filter(project_id=project.id).exclude(making | ending)
    return [*rows, operations]


async def remove_project(project: Project) -> None:
    """Delete what is left of a project, its row last; its end was told."""
    end = await Event.filter(project_id=project.id, type=THE_END).order_by("sequence").first()
    if end is not None:
        await remove_rows(Event, project_id=project.id, sequence__lt=end.sequence)
    # With the end's own line goes all the rest: a kill before that does not tell it twice.
    async with transaction():
        await Event.filter(project_id=project.id).delete()
        await Member.filter(project_id=project.id).delete()
        await Project.filter(id=project.id).delete()


async def _remove_last(row: Row, project_id: str, noun: Noun) -> None:
    async with deed(SYSTEM, project_id) as tx:
        await row.delete()
        tx.tell(f"{noun}_DELETED", noun, row.id)
