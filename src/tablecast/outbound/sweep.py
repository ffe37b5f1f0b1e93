"""The sweep: compares what should be with what is, for what no event will ever tell.

Declared things that were changed or deleted by hand are put right, and that is told. What runs once is
reported and left: a Workflow is neither made twice nor deleted unless a row was done with it. What can
only be reported stays in the table `drift` for as long as it is so.

Lost: a row whose object vanished. Orphaned: an object of ours whose row is gone, or is done with it.
Diverged: an object that is not as wished. Foreign: a managed namespace of no project of this database;
it may be another installation's and is only reported. Expired: an upload that was not finished in its
time.
"""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tortoise.exceptions import OperationalError

from tablecast.cluster.port import WORKFLOW, Manifest
from tablecast.domain.states import (
    AttemptState,
    DriftKind,
    ProjectState,
    UploadState,
)
from tablecast.domain.tables import Attempt, Project, Upload
from tablecast.domain.uploads import expire_upload
from tablecast.errors import ClusterError, DatabaseUnavailable
from tablecast.outbound import corrections, drift, findings, orphans
from tablecast.outbound.context import Context
from tablecast.outbound.corrections import Corrections
from tablecast.outbound.findings import NOBODYS, Finding
from tablecast.outbound.objects import found, has_ended, label
from tablecast.outbound.snapshot import Snapshot
from tablecast.outbound.trainings import lose

log = logging.getLogger(__name__)

RUNNING = (AttemptState.PENDING, AttemptState.RUNNING)
UNFINISHED = (UploadState.PENDING, UploadState.OPEN)


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
        self._corrections = Corrections(context)

    async def run(self) -> None:
        """Sweep until cancelled. What stands in the way of one sweep is left to the next."""
        while True:
            await asyncio.sleep(self._context.settings.sweep_seconds)
            try:
                report = await self.sweep()
            except (ClusterError, DatabaseUnavailable, OperationalError) as exc:
                log.warning("the sweep was cut short: %s", exc)
                continue
            for name, found_ones in vars(report).items():
                if found_ones:
                    log.warning("%s: %s", name, ", ".join(found_ones))

    async def sweep(self) -> Report:
        """Compare everything once."""
        report, context = Report(), self._context
        projects = await _projects()
        # Rows before objects, so that what is made between counts as there and not as lost.
        running = await Attempt.filter(state__in=RUNNING, project_id__in=list(projects)).exclude(
            workflow_uid=""
        )
        seen = Snapshot(context.cluster)
        await seen.look()
        await self._sweep_workflows(projects, running, seen, report)
        report.orphaned += await drift.remove_orphaned_models(projects, context)
        report.diverged += await drift.heal_vanished_models(projects, context)
        report.diverged += await drift.reconcile_pools(projects, context)
        await self._sweep_projects(seen, report)
        report.expired += await _expire_uploads(projects)
        return report

    async def _sweep_workflows(
        self, projects: dict[str, Project], running: list[Attempt], seen: Snapshot, report: Report
    ) -> None:
        there = {workflow["metadata"]["uid"] for workflow in seen.all(WORKFLOW)}
        for attempt in running:
            project = projects[attempt.project_id]
            if attempt.workflow_uid not in there and await self._vanished(attempt, project):
                await lose(attempt)
                report.lost.append(f"Workflow {project.namespace}/{attempt.workflow_name}")
        for workflow in seen.all(WORKFLOW):
            if label(workflow, "project") in projects and await _is_cancelled(workflow):
                why = "its attempt was cancelled"
                await drift.remove_orphan(WORKFLOW, workflow, why, self._context)
                report.orphaned.append(drift.name_of(workflow))

    async def _vanished(self, attempt: Attempt, project: Project) -> bool:
        there = await found(
            self._context.cluster, WORKFLOW, project.namespace, attempt.workflow_name
        )
        return there is None or there["metadata"]["uid"] != attempt.workflow_uid

    async def _sweep_projects(self, seen: Snapshot, report: Report) -> None:
        """Put each project right, and write down what is left to people."""
        self._corrections.begin()
        # Objects before rows from here on: what was listed is older than any row that is read now.
        for project in (await _projects()).values():
            if not project.namespace_uid:
                continue
            told = await self._compare(project, seen)
            await findings.record(project.id, told, seen.unseen)
            for one in told:
                names = report.lost if one.drift == DriftKind.LOST else report.diverged
                names = report.orphaned if one.drift == DriftKind.ORPHANED else names
                names.append(f"{one.kind} {one.namespace}/{one.name}")
        foreign = await drift.foreign_namespaces(self._context, seen)
        await findings.record(NOBODYS, foreign, seen.unseen)
        report.foreign += [f"{one.kind} {one.namespace}/{one.name}" for one in foreign]

    async def _compare(self, project: Project, seen: Snapshot) -> list[Finding]:
        told = await orphans.lost_workflows(project)
        lost = await drift.lost_namespace(project, seen, self._context)
        if lost is not None:
            return [*told, lost]
        standing = await corrections.of_project(project, self._context)
        wished = standing + await corrections.of_servings(project, self._context)
        for one in wished:
            finding = await self._corrections.correct(project, one, seen)
            told += [finding] if finding else []
        told += await orphans.unexplained(project, self._context, seen)
        if standing:
            names = {(one.manifest["kind"], one.manifest["metadata"]["name"]) for one in standing}
            told += orphans.unwished(project, names, seen)
        return told


async def _projects() -> dict[str, Project]:
    return {project.id: project for project in await Project.exclude(state=ProjectState.DELETING)}


async def _expire_uploads(projects: dict[str, Project]) -> list[str]:
    late = Upload.filter(
        project_id__in=list(projects), state__in=UNFINISHED, expires_at__lte=datetime.now(UTC)
    )
    return [f"UPLOAD {upload.id}" for upload in await late if await expire_upload(upload.id)]


async def _is_cancelled(workflow: Manifest) -> bool:
    """Whether it still runs, and is the Workflow of an attempt that a person wished to end."""
    attempt = await Attempt.get_or_none(
        training_id=label(workflow, "id"), workflow_name=workflow["metadata"]["name"]
    )
    if attempt is None or attempt.state != AttemptState.CANCELLED or has_ended(workflow):
        return False
    if attempt.workflow_uid:
        return bool(attempt.workflow_uid == workflow["metadata"]["uid"])
    return await orphans.is_ours(workflow)
