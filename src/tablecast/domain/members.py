"""Members: who may do what in a project. Plain rows: nothing of them is in the cluster."""

from tablecast.domain.deeds import Asked, Deed, deed
from tablecast.domain.identity import new_id
from tablecast.domain.projects import require_open
from tablecast.domain.retrying import again
from tablecast.domain.states import Noun, Role
from tablecast.domain.tables import Member, Project
from tablecast.errors import Conflict, Mistake, NotFound


async def add_member(asked: Asked, project_id: str, subject: str, role: Role) -> Member:
    """Admit `subject` with a role, or change the role of who is a member already."""
    await require_open(asked, project_id, Role.OWNER)
    _check_subject(subject)

    async def act() -> Member:
        async with deed(asked, project_id) as tx:
            await Project.select_for_update().get(id=project_id)
            member = await Member.get_or_none(project_id=project_id, subject=subject)
            if member is None:
                member = Member(id=new_id(), project_id=project_id, subject=subject)
            elif role != Role.OWNER:
                await _keep_an_owner(member)
            member.role = role
            await member.save(force_create=not member._saved_in_db)
            tx.tell("PROJECT_UPDATED", Noun.PROJECT, project_id)
        return member

    return await again(act)


async def remove_member(asked: Asked, project_id: str, subject: str) -> Member:
    """Take a member's role away; the last owner stays (`Conflict`, LAST_OWNER)."""
    await require_open(asked, project_id, Role.OWNER)

    async def act() -> Member:
        async with deed(asked, project_id) as tx:
            await Project.select_for_update().get(id=project_id)
            member = await Member.get_or_none(project_id=project_id, subject=subject)
            if member is None:
                raise NotFound(
                    "There is no such member.", code="MEMBER_NOT_FOUND", noun="MEMBER", id=subject
                )
            await _remove(tx, member)
        return member

    return await again(act)


async def _remove(tx: Deed, member: Member) -> None:
    await _keep_an_owner(member)
    await member.delete()
    tx.tell("PROJECT_UPDATED", Noun.PROJECT, member.project_id)


async def _keep_an_owner(member: Member) -> None:
    others = Member.filter(project_id=member.project_id, role=Role.OWNER).exclude(id=member.id)
    if member.role == Role.OWNER and not await others.exists():
        raise Conflict(
            "A project keeps at least one owner.",
            code="LAST_OWNER",
            field="subject",
            hint="Make somebody else an owner first.",
        )


def _check_subject(subject: str) -> None:
    if not 1 <= len(subject) <= 128 or not subject.isprintable() or subject != subject.strip():
        raise Mistake(
            "This cannot be a person's subject.",
            code="INVALID_SUBJECT",
            field="subject",
            hint="The `sub` of their token: 1 to 128 printable characters.",
        )
