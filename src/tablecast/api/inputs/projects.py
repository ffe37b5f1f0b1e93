"""What mutations of projects and members take."""

import strawberry

from tablecast.api.enums import Role
from tablecast.api.inputs.checks import an_id, idempotency_key, number, text
from tablecast.api.scalars import Long
from tablecast.settings import GIB

_PROJECT = "Which project."
_CPU = "Cores that all its pods together may use."
_MEMORY = "Memory that all its pods together may use, in bytes."


@strawberry.input(description="A project to make.")
class CreateProjectInput:
    name: str = text("Its name, 1 to 40 of a-z, 0-9 and -, a letter first; never changes.", most=40)
    title: str = text("What people call it; the name where empty.", most=200, default="")
    description: str = text("What it is for.", default="")
    volume_bytes: Long = number(
        "Size of its volume in bytes.",
        least=GIB // 16,
        most=1024 * GIB,
        default=Long(10 * GIB),
    )
    cpu_limit: int = number(_CPU, least=1, most=1024, default=8)
    memory_limit_bytes: Long = number(_MEMORY, least=GIB, most=4096 * GIB, default=Long(16 * GIB))
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="What of a project shall change; what is left out stays.")
class UpdateProjectInput:
    project_id: strawberry.ID = an_id("Project", _PROJECT)
    title: str | None = text("What people call it.", most=200, default=None)
    description: str | None = text("What it is for.", default=None)
    cpu_limit: int | None = number(_CPU, least=1, most=1024, default=None)
    memory_limit_bytes: Long | None = number(_MEMORY, least=GIB, most=4096 * GIB, default=None)
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A project to delete with all that is in it.")
class DeleteProjectInput:
    project_id: strawberry.ID = an_id("Project", _PROJECT)
    confirm_name: str = text("The project's name again, as there is no way back.", most=40)
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A role to give. Repeating it is harmless.")
class AddMemberInput:
    project_id: strawberry.ID = an_id("Project", _PROJECT)
    subject: str = text("Whom: the `sub` of their token.", most=128)
    role: Role = strawberry.field(description="What they may do.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A role to take away.")
class RemoveMemberInput:
    project_id: strawberry.ID = an_id("Project", _PROJECT)
    subject: str = text("Whose: the `sub` of their token.", most=128)
    idempotency_key: str | None = idempotency_key()
