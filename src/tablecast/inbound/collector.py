"""The collector: reads from datastores what no object of the cluster tells.

Whether a project's datastore answers, how far uploads and conversions are, what steps write as they
go, and what a training left. Each thing is read by itself: one datastore that is down holds up no other.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any, Protocol, TypeVar, cast

from tortoise.exceptions import BaseORMException

from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.states import (
    AttemptState,
    DatasetVersionState,
    ProjectState,
    StepState,
    UploadState,
)
from tablecast.domain.tables import Attempt, DatasetVersion, Project, Row, Step, Training, Upload
from tablecast.domain.uploads import record_offset
from tablecast.errors import ClusterError, DatabaseUnavailable, ObjectMissing
from tablecast.inbound import attempts, journals, readiness, records, versions
from tablecast.inbound.signals import Signals
from tablecast.settings import Settings

log = logging.getLogger(__name__)

BUSY_SECONDS = 0.5
# Uploads are counted as their bytes pass; this is for those that went to another replica.
UPLOAD_SECONDS = 10.0
MOST_UPLOADS = 50
# Of one datastore: it serves people's uploads and previews too.
AT_ONCE = 4
# A datastore that hangs is left alone, still asked, while the others are looked at again.
ROUND_SECONDS = 2.0

Json = dict[str, Any]
Work = tuple[str, str, Callable[[], Awaitable[None]]]


RowT = TypeVar("RowT", bound=Row)


class Owned(Protocol):
    """A row of a project."""

    project_id: str


class Documents(Protocol):
    """What the collector asks of a datastore's client; all but `healthy` raise `ClusterError`s."""

    async def healthy(self, namespace: str) -> bool:
        """Whether the datastore answers and sees its volume."""
        ...

    async def upload_state(self, namespace: str, upload: str) -> Json:
        """How far an upload is."""
        ...

    async def version_state(self, namespace: str, dataset: str, version: str) -> Json:
        """How far a conversion is, and what it found."""
        ...

    async def attempt_progress(
        self, namespace: str, training: str, attempt: int, offsets: Mapping[str, int] | None = None
    ) -> dict[str, Json]:
        """What steps wrote after these offsets."""
        ...

    async def model_documents(self, namespace: str, model_version: str) -> Json:
        """What a training left."""
        ...


class Collector:
    """Looks at every datastore that has, or will have, something to tell."""

    def __init__(self, datastore: Documents, settings: Settings, signals: Signals) -> None:
        self._datastore = datastore
        self._settings = settings
        self._signals = signals
        self._rooms: dict[str, asyncio.Semaphore] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._uploads_at = float("-inf")

    async def run(self) -> None:
        """Collect until cancelled."""
        try:
            while True:
                busy = await self._safe_round()
                pause = BUSY_SECONDS if busy else self._settings.poll_seconds
                await self._signals.collect.wait(pause)
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _safe_round(self) -> bool:
        try:
            return await self.round()
        except DatabaseUnavailable as error:
            log.warning("a round of collecting was cut short: %s", error)
        except BaseORMException:
            log.exception("a round of collecting was cut short")
        return False

    async def round(self) -> bool:
        """Look at everything once; tell whether there is something to look at again soon."""
        projects = {
            project.id: project for project in await Project.exclude(state=ProjectState.DELETING)
        }
        unfinished = await Attempt.filter(collected=False, project_id__in=list(projects)).exclude(
            state=AttemptState.PENDING
        )
        converting = await DatasetVersion.filter(
            state=DatasetVersionState.CONVERTING, project_id__in=list(projects)
        )
        uploads = await self._due_uploads(list(projects))
        unsure = [project for project in projects.values() if _is_unsure(project)]
        names = {project.id: project.namespace for project in projects.values()}
        works: list[Work] = [
            *((one.id, one.namespace, partial(self._check, one)) for one in unsure),
            *self._works(self._follow, await _telling(unfinished), names),
            *self._works(self._convert, converting, names),
            *self._works(self._upload, uploads, names),
        ]
        await self._all(works)
        return bool(unfinished or converting or unsure)

    def _works(
        self,
        act: Callable[[RowT, str], Awaitable[None]],
        rows: Iterable[RowT],
        names: dict[str, str],
    ) -> list[Work]:
        found = ((row, names[cast(Owned, row).project_id]) for row in rows)
        return [(row.id, namespace, partial(act, row, namespace)) for row, namespace in found]

    async def _all(self, works: Iterable[Work]) -> None:
        started = []
        for key, namespace, work in works:
            if key in self._running:
                continue
            task = asyncio.create_task(self._one(namespace, work), name=f"collecting {key}")
            self._running[key] = task
            task.add_done_callback(partial(self._end, key))
            started.append(task)
        if started:
            done, _ = await asyncio.wait(started, timeout=ROUND_SECONDS)
            for task in done:
                task.result()

    def _end(self, key: str, _: asyncio.Task[None]) -> None:
        del self._running[key]

    async def _one(self, namespace: str, work: Callable[[], Awaitable[None]]) -> None:
        async with self._rooms.setdefault(namespace, asyncio.Semaphore(AT_ONCE)):
            try:
                await work()
            except ClusterError as error:
                # It is asked again soon; that a datastore is down is seen elsewhere.
                log.debug("the datastore of %s did not tell: %s", namespace, error)
            except DatabaseUnavailable as error:
                # The next round reads it again, from where the last one that was written ended.
                log.warning("what the datastore of %s told is read again: %s", namespace, error)
            except (BaseORMException, KeyError, TypeError, ValueError):
                log.exception("what the datastore of %s told was not written down", namespace)

    async def _check(self, project: Project) -> None:
        if not await readiness.is_available(project):
            return
        if await self._datastore.healthy(project.namespace):
            await readiness.write(project)

    async def _convert(self, version: DatasetVersion, namespace: str) -> None:
        try:
            found = await self._datastore.version_state(namespace, version.dataset_id, version.id)
        except ObjectMissing:
            found = versions.LOST
        await versions.write(version, found)

    async def _due_uploads(self, project_ids: list[str]) -> list[Upload]:
        now = time.monotonic()
        if now - self._uploads_at < UPLOAD_SECONDS:
            return []
        self._uploads_at = now
        opened = Upload.filter(state=UploadState.OPEN, project_id__in=project_ids)
        return await opened.order_by("-updated_at").limit(MOST_UPLOADS)

    async def _upload(self, upload: Upload, namespace: str) -> None:
        found = await self._datastore.upload_state(namespace, upload.id)
        await record_offset(upload.id, int(found["offset"]))

    async def _follow(self, attempt: Attempt, namespace: str) -> None:
        """Read an attempt's journals to their present end, and its model where it has succeeded."""
        while await self._read_journals(attempt, namespace):
            pass
        if attempt.state == AttemptState.RECORDING:
            await self._record(attempt, namespace)
        elif AttemptState(attempt.state).finished:
            # It had ended before its journals were read: nothing will be added.
            await Attempt.filter(id=attempt.id).update(collected=True)

    async def _read_journals(self, attempt: Attempt, namespace: str) -> bool:
        steps = await Step.filter(attempt_id=attempt.id)
        offsets = {step.name: step.progress_offset for step in steps}
        found = await self._datastore.attempt_progress(
            namespace, attempt.training_id, attempt.number, offsets
        )
        if not any(read["entries"] for read in found.values()):
            return False
        async with deed(SYSTEM, attempt.project_id) as tx:
            training = await Training.select_for_update().get_or_none(id=attempt.training_id)
            row = await Attempt.select_for_update().get_or_none(id=attempt.id)
            if training is None or row is None:
                return False
            new = await journals.write(tx, row, found, offsets)
            if new and row.state == AttemptState.FAILED:
                await attempts.explain(tx, training, row)
        return new

    async def _record(self, attempt: Attempt, namespace: str) -> None:
        try:
            document: Json | None = await self._datastore.model_documents(
                namespace, attempt.model_version_id
            )
        except ObjectMissing:
            document = None
        await records.record(attempt, document)
        await Attempt.filter(id=attempt.id).update(collected=True)


async def _telling(unfinished: list[Attempt]) -> list[Attempt]:
    """Those that may have written something since: a step of theirs runs, or they are over.

    What a step wrote last is read while the next one runs, or in the end.
    """
    waiting = [one.id for one in unfinished if one.state == AttemptState.RUNNING]
    if not waiting:
        return unfinished
    running = Step.filter(attempt_id__in=waiting, state=StepState.RUNNING)
    writing = {str(one) for one in await running.values_list("attempt_id", flat=True)}
    return [one for one in unfinished if one.state != AttemptState.RUNNING or one.id in writing]


def _is_unsure(project: Project) -> bool:
    wished = project.observed_generation < project.generation
    return wished or project.state in (ProjectState.PENDING, ProjectState.DEGRADED)
