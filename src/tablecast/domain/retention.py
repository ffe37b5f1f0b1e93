"""Retention: what has outlived its time goes, a small batch at a time, never what is unsettled.

Each batch walks a range of primary keys, which sort by time, and is deleted by key in one statement that
says its conditions again: any number of replicas may do the same at once, and none waits for another.
`now` is given, so that all ages of one round are of one moment.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from tortoise.expressions import Q
from tortoise.functions import Max
from tortoise.queryset import QuerySet

from tablecast.domain.identity import first_id
from tablecast.domain.retrying import patiently
from tablecast.domain.states import Noun, OperationState, RevisionState
from tablecast.domain.tables import (
    Dataset,
    DatasetVersion,
    Drift,
    Event,
    KeptAnswer,
    Model,
    Operation,
    Project,
    Revision,
    Row,
    Serving,
    Training,
    Upload,
)

RowT = TypeVar("RowT", bound=Row)

# Between two batches: requests' own transactions go first.
PAUSE_SECONDS = 0.02

# Nothing more comes of these; what FAILED has a next try unless its no was final.
SETTLED = Q(
    state__in=(OperationState.OBSERVED, OperationState.SUPERSEDED, OperationState.ABANDONED)
) | Q(state=OperationState.FAILED, due_at__isnull=True)

_SUBJECTS: dict[str, type[Row]] = {
    Noun.PROJECT: Project,
    Noun.UPLOAD: Upload,
    Noun.DATASET: Dataset,
    Noun.DATASET_VERSION: DatasetVersion,
    Noun.TRAINING: Training,
    Noun.MODEL: Model,
    Noun.SERVING: Serving,
    Noun.DRIFT: Drift,
}


async def forget_keys(now: datetime, seconds: float, batch: int) -> int:
    """Let idempotency keys be used anew that were given longer than `seconds` ago and whose request is
    settled; return how many."""
    before, forgotten = first_id(now - timedelta(seconds=seconds)), 0
    old = Operation.filter(SETTLED, id__lt=before, idempotency_key__isnull=False)
    async for rows in walked(old.only("id"), batch):
        # Settled is said again: it may have been retried by hand meanwhile.
        these = Operation.filter(SETTLED, id__in=[row.id for row in rows])
        forgotten += await patiently(partial(these.update, idempotency_key=None))
    async for answers in walked(KeptAnswer.filter(id__lt=before).only("id"), batch):
        forgotten += await _delete(KeptAnswer, answers)
    return forgotten


async def forget_operations(now: datetime, seconds: float, batch: int) -> int:
    """Remove operations that were settled longer than `seconds` ago; return how many.

    Never one whose idempotency key is still good; nor, of a subject that exists, the newest one and
    those that its living revisions were made by: objects in the cluster bear their ids.
    """
    settled_before, removed = now - timedelta(seconds=seconds), 0
    old = Operation.filter(
        SETTLED,
        id__lt=first_id(settled_before),
        settled_at__lt=settled_before,
        idempotency_key__isnull=True,
    )
    # Not their manifests, which are large.
    async for rows in walked(old.only("id", "noun", "subject_id", "generation"), batch):
        needed = await _needed(rows)
        ids = [row.id for row in rows if row.id not in needed]
        these = Operation.filter(SETTLED, id__in=ids, idempotency_key__isnull=True)
        removed += await patiently(these.delete)
    return removed


async def forget_events(now: datetime, seconds: float, kept: int, batch: int) -> int:
    """Remove the oldest events of each feed that are older than `seconds`, or more than `kept`; return
    how many.

    What is left has no gap, and the newest one stays: a cursor before it is told to resync.
    """
    before, removed = first_id(now - timedelta(seconds=seconds)), 0
    async for projects in walked(Project.all().only("id", "feed_sequence"), batch):
        for project in projects:
            removed += await _forget_events_of(project, before, kept, batch)
    return removed


async def _forget_events_of(project: Project, before: str, kept: int, batch: int) -> int:
    removed = 0
    while True:
        oldest = Event.filter(project_id=project.id, sequence__lt=project.feed_sequence)
        events = await oldest.order_by("sequence").limit(batch).only("id", "sequence")
        last = _last_too_old(events, before, project.feed_sequence - kept)
        if last is None:
            return removed
        these = Event.filter(project_id=project.id, sequence__lte=last)
        removed += await patiently(these.delete)
        await asyncio.sleep(PAUSE_SECONDS)


def _last_too_old(events: list[Event], before: str, floor: int) -> int | None:
    """The number up to which all of these, in their order, have outlived their time."""
    last = None
    for event in events:
        if event.id >= before and event.sequence > floor:
            break
        last = event.sequence
    return last


async def walked(query: QuerySet[RowT], batch: int) -> AsyncIterator[list[RowT]]:
    """The rows of a query in the order of their ids, a batch at a time, with a pause between."""
    after = ""
    while rows := await query.filter(id__gt=after).order_by("id").limit(batch):
        yield rows
        after = rows[-1].id
        await asyncio.sleep(PAUSE_SECONDS)


async def _delete(table: type[Row], rows: list[Any]) -> int:
    these = table.filter(id__in=[row.id for row in rows])
    return await patiently(these.delete)


async def _needed(operations: list[Operation]) -> set[str]:
    """Ids of those that something which exists refers to."""
    needed: set[str] = set()
    for noun, table in _SUBJECTS.items():
        mine = [operation for operation in operations if operation.noun == noun]
        subjects = {operation.subject_id for operation in mine}
        if not subjects:
            continue
        there = {str(i) for i in await table.filter(id__in=subjects).values_list("id", flat=True)}
        living = [operation for operation in mine if operation.subject_id in there]
        needed |= await _newest(noun, there)
        if noun == Noun.SERVING:
            needed |= await _makers(living)
    return needed


async def _newest(noun: str, subjects: set[str]) -> set[str]:
    if not subjects:
        return set()
    of_subjects = Operation.filter(noun=noun, subject_id__in=subjects)
    newest = of_subjects.annotate(newest=Max("id")).group_by("subject_id")
    return {str(found) for found in await newest.values_list("newest", flat=True)}


async def _makers(operations: list[Operation]) -> set[str]:
    """Of servings' operations, those of a generation of which a revision stands in the cluster."""
    servings = {operation.subject_id for operation in operations}
    standing = Revision.filter(serving_id__in=servings).exclude(
        state__in=(RevisionState.RETIRED, RevisionState.FAILED)
    )
    wishes = set(await standing.values_list("serving_id", "generation"))
    return {one.id for one in operations if (one.subject_id, one.generation) in wishes}
