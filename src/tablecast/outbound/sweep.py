"""The sweep: compares what should be with what is, for what no event will ever tell.

Lost: a row whose object vanished. Orphaned: an object of ours whose row is gone, or is done with it.
Diverged: an object that is missing and can be made again. Foreign: a managed object of no project of
this database; it may be another installation's and is only reported. Expired: an upload that was
not finished in its time.
"""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tortoise.exceptions import OperationalError

from tablecast.cluster.port import WORKFLOW, Manifest
from tablecast.domain.states import AttemptState, ProjectState, UploadState
from tablecast.domain.tables import Attempt, Project, Upload
from tablecast.domain.uploads import expire_upload
from tablecast.errors import ClusterError
from tablecast.outbound import drift
from tablecast.outbound.context import Context
from tablecast.outbound.objects import delete_all, found, label, managed
from tablecast.outbound.trainings import lose

log = logging.getLogger(__name__)

RUNNING = (AttemptState.PENDING, AttemptState.RUNNING)
UNFINISHED = (UploadState.PENDING, UploadState.OPEN)
ABANDONED = (AttemptState.CANCELLED, AttemptState.LOST)


@dataclass
class Report:
    """What one sweep found, each as "<kind or noun> <namespace or id>/<name>"."""

    lost: list[str] = field(default_factory=list)
    orphaned: list[str] = field(default_factory=list)
    diverged: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    expired: list[str] = field(default_factory=list)


class Sweep:
    """Compares, and repairs what can be repaired without asking anybody."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def run(self) -> None:
        """Sweep until cancelled. What stands in the way of one sweep is left to the next."""
        while True:
            await asyncio.sleep(self._context.settings.sweep_seconds)
            try:
                report = await self.sweep()
            except (ClusterError, OperationalError) as exc:
                log.warning("the sweep was cut short: %s", exc)
                continue
            for name, found_ones in vars(report).items():
                if found_ones:
                    log.warning("%s: %s", name, ", ".join(found_ones))

    async def sweep(self) -> Report:
        """Compare everything once."""
        projects = {
            project.id: project for project in await Project.exclude(state=ProjectState.DELETING)
        }
        report = Report()
        await self._sweep_workflows(projects, report)
        report.orphaned += await drift.remove_orphaned_models(projects, self._context)
        report.diverged += await drift.heal_vanished_models(projects, self._context)
        report.diverged += await drift.reconcile_projects(projects, self._context)
        report.foreign += await drift.foreign_namespaces(self._context)
        report.expired += await _expire_uploads(projects)
        return report

    async def _sweep_workflows(self, projects: dict[str, Project], report: Report) -> None:
        # Rows before objects, so that what is made between counts as there and not as lost.
        running = await Attempt.filter(state__in=RUNNING, project_id__in=list(projects)).exclude(
            workflow_uid=""
        )
        workflows = await managed(self._context.cluster, WORKFLOW)
        there = {workflow["metadata"]["uid"] for workflow in workflows}
        for attempt in running:
            project = projects[attempt.project_id]
            if attempt.workflow_uid not in there and await self._vanished(attempt, project):
                await lose(attempt)
                report.lost.append(f"Workflow {project.namespace}/{attempt.workflow_name}")
        for workflow in workflows:
            # Objects before rows here, so that what is made between is not taken for an orphan.
            if label(workflow, "project") in projects and await _is_orphan(workflow):
                await delete_all(self._context.cluster, WORKFLOW, [workflow])
                report.orphaned.append(drift.name_of(workflow))

    async def _vanished(self, attempt: Attempt, project: Project) -> bool:
        there = await found(
            self._context.cluster, WORKFLOW, project.namespace, attempt.workflow_name
        )
        return there is None or there["metadata"]["uid"] != attempt.workflow_uid


async def _expire_uploads(projects: dict[str, Project]) -> list[str]:
    late = Upload.filter(
        project_id__in=list(projects), state__in=UNFINISHED, expires_at__lte=datetime.now(UTC)
    )
    return [f"UPLOAD {upload.id}" for upload in await late if await expire_upload(upload.id)]


async def _is_orphan(workflow: Manifest) -> bool:
    attempt = await Attempt.get_or_none(
        training_id=label(workflow, "id"), workflow_name=workflow["metadata"]["name"]
    )
    if attempt is None:
        return True
    ended = bool((workflow.get("status") or {}).get("finishedAt"))
    return attempt.state in ABANDONED and not ended
