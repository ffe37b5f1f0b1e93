"""Mutations of projects and their members."""

from typing import Any

import strawberry

from tablecast.api.context import Context
from tablecast.api.inputs.projects import (
    AddMemberInput,
    CreateProjectInput,
    DeleteProjectInput,
    RemoveMemberInput,
    UpdateProjectInput,
)
from tablecast.api.mutations.mutating import answering, mutation, name_of, payload_type
from tablecast.api.types.projects import Member, Project
from tablecast.domain import members, projects
from tablecast.domain.deeds import Asked, Outcome
from tablecast.domain.projects import ProjectChange, ProjectWish


async def _create(context: Context, asked: Asked, given: CreateProjectInput) -> Outcome[Any]:
    wish = ProjectWish(
        name=given.name,
        title=given.title,
        description=given.description,
        volume_bytes=given.volume_bytes,
        cpu_limit=given.cpu_limit,
        memory_limit_bytes=given.memory_limit_bytes,
    )
    return await projects.create_project(asked, wish, context.limits)


async def _update(context: Context, asked: Asked, given: UpdateProjectInput) -> Outcome[Any]:
    change = ProjectChange(
        title=given.title,
        description=given.description,
        cpu_limit=given.cpu_limit,
        memory_limit_bytes=given.memory_limit_bytes,
    )
    return await projects.update_project(asked, given.project_id, change)


async def _delete(context: Context, asked: Asked, given: DeleteProjectInput) -> Outcome[Any]:
    return await projects.delete_project(asked, given.project_id, given.confirm_name)


def _member_payload(input_type: type) -> Any:
    shows = {
        "member": (Member, "The member, as it is now, or was."),
        "project": (Project, "The project."),
    }
    return payload_type(name_of(input_type), shows)


_AddMemberPayload = _member_payload(AddMemberInput)
_RemoveMemberPayload = _member_payload(RemoveMemberInput)


async def _add_member(context: Context, asked: Asked, given: AddMemberInput) -> Any:
    member = await members.add_member(asked, given.project_id, given.subject, given.role)
    project = await projects.require(asked, given.project_id)
    return _AddMemberPayload(member=member, project=project)


async def _remove_member(context: Context, asked: Asked, given: RemoveMemberInput) -> Any:
    # Read before: who removes themselves cannot see it afterwards.
    project = await projects.require(asked, given.project_id)
    member = await members.remove_member(asked, given.project_id, given.subject)
    return _RemoveMemberPayload(member=member, project=project)


@strawberry.type
class ProjectMutations:
    create_project = mutation(
        CreateProjectInput,
        {"project": Project},
        _create,
        "Make a project; you become its owner. It is READY once its datastore answers.",
    )
    update_project = mutation(
        UpdateProjectInput,
        {"project": Project},
        _update,
        "Change a project's words and limits. Needs the role OWNER.",
    )
    delete_project = mutation(
        DeleteProjectInput,
        {"project": Project},
        _delete,
        "Delete a project with all that is in it: its namespace, its volume. Needs the role OWNER.",
    )
    add_member = answering(
        AddMemberInput,
        _AddMemberPayload,
        _add_member,
        "Give somebody a role in a project, or another role. Needs the role OWNER.",
    )
    remove_member = answering(
        RemoveMemberInput,
        _RemoveMemberPayload,
        _remove_member,
        "Take somebody's role in a project away; the last owner stays. Needs the role OWNER.",
    )
