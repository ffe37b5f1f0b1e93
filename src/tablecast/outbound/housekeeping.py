"""Housekeeping: what has outlived its time goes, from the tables and from projects' volumes.

One part after the other, in small batches, in every replica and without a leader: what two do at once is
done once. Files go before the rows that know of them, so that a kill between leaves something to go on
from.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from tortoise.exceptions import BaseORMException

from tablecast.domain import retention
from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.retention import walked
from tablecast.domain.states import AttemptState, Noun, ProjectState, UploadState
from tablecast.domain.tables import Attempt, DatasetVersion, Project, Step, Training, Trial, Upload
from tablecast.domain.uploads import expire_unused
from tablecast.errors import ClusterError, DatabaseUnavailable
from tablecast.outbound.context import Context
from tablecast.outbound.removal import remove_rows

log = logging.getLogger(__name__)

ENDED = tuple(state for state in AttemptState if state.finished)
# Of a datastore that answers: one that is being set up, or goes, is left alone.
ANSWERING = (ProjectState.READY,)


class Housekeeping:
    """Removes what has outlived its time, until cancelled."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def run(self) -> None:
        """Keep house until cancelled. What stands in the way of one round is left to the next."""
        every = self._context.settings.housekeeping_seconds
        # Replicas that start together need not look at the same rows together.
        await asyncio.sleep(random.uniform(0, every))
        while True:
            for name, count in (await self.round(datetime.now(UTC))).items():
                log.info("removed for their age: %d %s", count, name)
            await asyncio.sleep(every)

    async def round(self, now: datetime) -> dict[str, int]:
        """Remove what has outlived its time at `now`; return how many of what, without the zeros."""
        settings, limits = self._context.settings, self._context.limits
        batch = settings.housekeeping_batch
        parts: dict[str, Callable[[], Awaitable[int]]] = {
            "idempotency keys": lambda: retention.forget_keys(
                now, limits.idempotency_seconds, batch
            ),
            "operations": lambda: retention.forget_operations(
                now, settings.keep_operations_seconds, batch
            ),
            "events": lambda: retention.forget_events(
                now, settings.keep_events_seconds, limits.events_kept, batch
            ),
            "uploads that nothing is made of": lambda: self._expire_uploads(now),
            "uploads": lambda: self._forget_uploads(now),
            "attempts' details": lambda: self._forget_details(now),
        }
        counts = {name: await _tried(name, part) for name, part in parts.items()}
        return {name: count for name, count in counts.items() if count}

    async def _expire_uploads(self, now: datetime) -> int:
        """Throw uploads away that were finished, and of which nothing was made in their time."""
        before, count = now - timedelta(seconds=self._context.limits.upload_seconds), 0
        projects = await _projects()
        old = Upload.filter(
            state=UploadState.COMPLETE, updated_at__lt=before, project_id__in=list(projects)
        )
        async for uploads in walked(old, self._context.settings.housekeeping_batch):
            used = await _used(uploads)
            for upload in uploads:
                if upload.id not in used:
                    count += await expire_unused(upload.id, before)
        return count

    async def _forget_uploads(self, now: datetime) -> int:
        """Remove uploads that ended without a use, with what may lie of them on the volume."""
        before, count = now - timedelta(seconds=self._context.settings.keep_uploads_seconds), 0
        projects = await _projects()
        old = Upload.filter(
            state__in=(UploadState.ABORTED, UploadState.FAILED),
            updated_at__lt=before,
            project_id__in=list(projects),
        )
        async for uploads in walked(old, self._context.settings.housekeeping_batch):
            used = await _used(uploads)
            for upload in uploads:
                if upload.id not in used:
                    count += await self._forget_upload(upload, projects[upload.project_id])
        return count

    async def _forget_upload(self, upload: Upload, project: Project) -> int:
        async def forget() -> int:
            await self._context.datastore.delete_upload(project.namespace, upload.id)
            async with deed(SYSTEM, project.id) as tx:
                # Nothing leads out of ABORTED and FAILED; whoever came first has told it.
                removed = await Upload.filter(id=upload.id).delete()
                if removed:
                    tx.tell("UPLOAD_DELETED", Noun.UPLOAD, upload.id)
            return removed

        return await _tried(f"upload {upload.id}", forget)

    async def _forget_details(self, now: datetime) -> int:
        """Remove steps, trials, logs and files of attempts that later ones have replaced."""
        before, count = now - timedelta(seconds=self._context.settings.keep_attempts_seconds), 0
        projects = await _projects()
        old = Attempt.filter(
            state__in=ENDED,
            collected=True,
            details_removed_at__isnull=True,
            finished_at__lt=before,
            project_id__in=list(projects),
        )
        async for attempts in walked(old, self._context.settings.housekeeping_batch):
            replaced = await _replaced(attempts)
            for attempt in replaced:
                count += await self._forget_detail(attempt, projects[attempt.project_id], now)
        return count

    async def _forget_detail(self, attempt: Attempt, project: Project, now: datetime) -> int:
        async def forget() -> int:
            await self._context.datastore.delete_attempt(
                project.namespace, attempt.training_id, attempt.number
            )
            await remove_rows(Trial, attempt_id=attempt.id)
            await remove_rows(Step, attempt_id=attempt.id)
            async with deed(SYSTEM, project.id) as tx:
                there = Attempt.filter(id=attempt.id, details_removed_at__isnull=True)
                removed = await there.update(details_removed_at=now)
                if removed:
                    tx.tell("TRAINING_UPDATED", Noun.TRAINING, attempt.training_id)
            return removed

        return await _tried(f"attempt {attempt.id}", forget)


async def _tried(name: str, part: Callable[[], Awaitable[int]]) -> int:
    try:
        return await part()
    except (ClusterError, DatabaseUnavailable, BaseORMException) as exc:
        log.warning("what is old stays for now: %s: %s", name, exc)
        return 0


async def _projects() -> dict[str, Project]:
    return {project.id: project for project in await Project.filter(state__in=ANSWERING)}


async def _used(uploads: list[Upload]) -> set[str]:
    """Ids of those of which a dataset version is made."""
    made = DatasetVersion.filter(upload_id__in=[upload.id for upload in uploads])
    return {str(upload_id) for upload_id in await made.values_list("upload_id", flat=True)}


async def _replaced(attempts: list[Attempt]) -> list[Attempt]:
    """Those that are not their training's newest, and on whose outputs that does not build."""
    trainings = await Training.in_bulk({attempt.training_id for attempt in attempts}, "id")
    found = await Attempt.filter(training_id__in=list(trainings))
    newest = {
        one.training_id: one for one in found if one.number == trainings[one.training_id].attempts
    }
    return [
        attempt
        for attempt in attempts
        if attempt.training_id in newest
        and attempt.number
        not in (newest[attempt.training_id].number, newest[attempt.training_id].work)
    ]
