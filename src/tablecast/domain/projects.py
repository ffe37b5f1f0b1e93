"""Projects: the tenants. Whoever is no member of one learns neither that it exists nor its name."""

import re
from dataclasses import dataclass

from tablecast.domain.deeds import Asked, Outcome, deed, once
from tablecast.domain.identity import new_id
from tablecast.domain.states import Noun, ProjectState, Role, Verb
from tablecast.domain.tables import Member, Project
from tablecast.errors import Conflict, Forbidden, LimitReached, Mistake, NotFound
from tablecast.settings import GIB, Limits

_NAME = re.compile(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?")


@dataclass(frozen=True)
class ProjectWish:
    """What a project shall be. CPU in whole cores, the rest in bytes."""

    name: str
    title: str = ""
    description: str = ""
    volume_bytes: int = 10 * GIB
    cpu_limit: int = 8
    memory_limit_bytes: int = 16 * GIB


@dataclass(frozen=True)
class ProjectChange:
    """What shall change; None leaves a thing as it is."""

    title: str | None = None
    description: str | None = None
    cpu_limit: int | None = None
    memory_limit_bytes: int | None = None


async def role_in(asked: Asked, project_id: str) -> Role | None:
    """Return the asker's role in a project, None for a stranger."""
    if asked.admin:
        return Role.OWNER
    member = await Member.get_or_none(project_id=project_id, subject=asked.subject)
    return Role(member.role) if member else None


async def require(asked: Asked, project_id: str, role: Role = Role.VIEWER) -> Project:
    """Return the project if the asker has at least `role` in it.

    A stranger gets the same `NotFound` as for a project that does not exist.
    """
    project = await Project.get_or_none(id=project_id)
    held = await role_in(asked, project_id) if project else None
    if project is None or held is None:
        raise NotFound(
            "There is no such project.", code="PROJECT_NOT_FOUND", noun=Noun.PROJECT, id=project_id
        )
    if not held.covers(role):
        raise Forbidden(
            f"This needs the role {role}; yours is {held}.", hint=f"Ask an owner for {role}."
        )
    return project


async def require_open(asked: Asked, project_id: str, role: Role = Role.EDITOR) -> Project:
    """Like `require`, and refuse a project that is being deleted."""
    project = await require(asked, project_id, role)
    if project.state == ProjectState.DELETING:
        raise Conflict("This project is being deleted.", code="PROJECT_DELETING")
    return project


async def visible_ids(asked: Asked) -> list[str] | None:
    """Ids of the projects that the asker may see; None means all of them."""
    if asked.admin:
        return None
    members = await Member.filter(subject=asked.subject).values_list("project_id", flat=True)
    return [str(project_id) for project_id in members]


async def create_project(asked: Asked, wish: ProjectWish, limits: Limits) -> Outcome[Project]:
    """Create a project; the asker becomes its owner."""
    _check_name(wish.name)
    _check_sizes(wish.volume_bytes, wish.cpu_limit, wish.memory_limit_bytes)

    async def act() -> Outcome[Project]:
        await _check_room(asked, wish.name, limits)
        return await _insert(asked, wish)

    return await once(asked, Project, act)


async def _insert(asked: Asked, wish: ProjectWish) -> Outcome[Project]:
    project_id = new_id()
    async with deed(asked, project_id) as tx:
        project = await Project.create(
            id=project_id,
            name=wish.name,
            title=wish.title or wish.name,
            description=wish.description,
            namespace=f"tc-{wish.name}-{project_id[-6:]}",
            volume_bytes=wish.volume_bytes,
            cpu_limit=wish.cpu_limit,
            memory_limit_bytes=wish.memory_limit_bytes,
            state=ProjectState.PENDING,
        )
        await Member.create(
            id=new_id(), project_id=project_id, subject=asked.subject, role=Role.OWNER
        )
        operation = await tx.record(Verb.CREATE, Noun.PROJECT, project_id)
        tx.tell("PROJECT_CREATED", Noun.PROJECT, project_id, operation_id=operation.id)
    # As the deed's last act left it; to read it now could fail, and the deed would be done again.
    project.feed_sequence = len(tx.events)
    return Outcome(project, operation)


async def update_project(asked: Asked, project_id: str, change: ProjectChange) -> Outcome[Project]:
    """Change a project's words and limits; a new generation goes to the cluster."""
    await require_open(asked, project_id, Role.OWNER)

    async def act() -> Outcome[Project]:
        async with deed(asked, project_id) as tx:
            project = await Project.select_for_update().get(id=project_id)
            for name, value in vars(change).items():
                if value is not None:
                    setattr(project, name, value)
            _check_sizes(project.volume_bytes, project.cpu_limit, project.memory_limit_bytes)
            project.generation += 1
            await project.save()
            operation = await tx.record(
                Verb.UPDATE, Noun.PROJECT, project_id, generation=project.generation
            )
            tx.tell("PROJECT_UPDATED", Noun.PROJECT, project_id, operation_id=operation.id)
        return Outcome(project, operation)

    return await once(asked, Project, act)


async def delete_project(asked: Asked, project_id: str, confirm_name: str) -> Outcome[Project]:
    """Wish a project and all that is in it away; it is shown as DELETING until it was seen gone."""
    project = await require(asked, project_id, Role.OWNER)
    if confirm_name != project.name:
        raise Mistake(
            "The name does not match the project's.",
            code="CONFIRMATION_MISMATCH",
            field="confirmName",
            hint=f"Repeat the project's name: {project.name}",
        )

    async def act() -> Outcome[Project]:
        async with deed(asked, project_id) as tx:
            row = await Project.select_for_update().get(id=project_id)
            row.state = ProjectState.DELETING
            row.generation += 1
            await row.save(update_fields=["state", "generation", "updated_at"])
            await tx.supersede_project()
            operation = await tx.record(
                Verb.DELETE, Noun.PROJECT, project_id, generation=row.generation
            )
            tx.tell("PROJECT_DELETING", Noun.PROJECT, project_id, operation_id=operation.id)
        return Outcome(row, operation)

    return await once(asked, Project, act)


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise Mistake(
            "A project's name becomes part of Kubernetes names.",
            code="INVALID_NAME",
            field="name",
            hint="1 to 40 of a-z, 0-9 and -, a letter first, no - at the end.",
        )


def _check_sizes(volume: int, cpu: int, memory: int) -> None:
    for field, value, least, most, hint in (
        ("volumeBytes", volume, GIB // 16, 1024 * GIB, "64 MiB to 1 TiB, in bytes"),
        ("cpuLimit", cpu, 1, 1024, "1 to 1024 cores"),
        ("memoryLimitBytes", memory, GIB, 4096 * GIB, "1 GiB to 4 TiB, in bytes"),
    ):
        if not least <= value <= most:
            raise Mistake("This size is out of range.", code="OUT_OF_RANGE", field=field, hint=hint)


async def _check_room(asked: Asked, name: str, limits: Limits) -> None:
    owned = await Member.filter(subject=asked.subject, role=Role.OWNER).values_list(
        "project_id", flat=True
    )
    # Unique among the asker's own: a clash with a stranger's project would tell that it exists.
    if await Project.exists(name=name, id__in=list(owned)):
        raise Conflict(
            "You own a project of this name.",
            code="NAME_TAKEN",
            field="name",
            hint="Choose another.",
        )
    if len(owned) >= limits.projects_per_person:
        raise LimitReached(
            "You own as many projects as one person may.", limit=limits.projects_per_person
        )
