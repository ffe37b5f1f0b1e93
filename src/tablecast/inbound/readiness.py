"""Readiness: a project works when its datastore's Deployment is available and the datastore answers."""

from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.observe import observed
from tablecast.domain.operations import wake
from tablecast.domain.states import Noun, ProjectState
from tablecast.domain.tables import Operation, Project, Sighting
from tablecast.inbound.serving_facts import DATASTORE


async def is_available(project: Project) -> bool:
    """Whether the cluster says that the datastore's newest pod takes requests."""
    sighting = await _datastore(project)
    return sighting is not None and bool(sighting.facts["available"])


async def write(project: Project) -> None:
    """The datastore answered: the project is READY, and what set it up was seen to work."""
    sighting = await _datastore(project)
    if sighting is None:
        return
    async with deed(SYSTEM, project.id) as tx:
        row = await Project.select_for_update().get_or_none(id=project.id)
        if row is None or row.state == ProjectState.DELETING:
            return
        if row.state != ProjectState.READY:
            row.state = ProjectState.READY
            row.message = ""
            row.blocked_by = None
            await row.save(update_fields=["state", "message", "blocked_by", "updated_at"])
            tx.tell("PROJECT_READY", Noun.PROJECT, project.id)
        named = sighting.facts["of"].get("operation", "")
        operation = await Operation.get_or_none(id=named, subject_id=project.id)
        if operation is not None:
            await observed(tx, Noun.PROJECT, project.id, operation.generation)
    await wake(project.id)


async def _datastore(project: Project) -> Sighting | None:
    there = Sighting.filter(
        kind="Deployment", namespace=project.namespace, name=DATASTORE, gone=False
    )
    return await there.order_by("-id").first()
