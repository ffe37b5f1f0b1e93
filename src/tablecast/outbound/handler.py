"""What a handler is: it makes the cluster match the row that an operation names, and says how it went.

A handler looks at the row afresh, whatever happened before, and may be run again after any line of
it. It raises `ClusterError`s as they come: the relay sorts them.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tablecast.domain.states import ProjectState
from tablecast.domain.tables import Operation, Project
from tablecast.outbound.context import Context


@dataclass(frozen=True)
class Applied:
    """The cluster took it. `observed`: its effect was seen in the same breath, or there is none."""

    observed: bool = False
    object_uid: str = ""


@dataclass(frozen=True)
class Waiting:
    """Something else must come first; looked at again after `seconds`, or when woken.

    `left` counts what must go or come first, where that can be counted.
    """

    code: str
    message: str
    seconds: float = 5.0
    left: int | None = None


@dataclass(frozen=True)
class Refused:
    """A final no, with its reason: the operation FAILED, and is not tried again by itself."""

    code: str
    message: str


Result = Applied | Waiting | Refused
Handler = Callable[[Operation, Context], Awaitable[Result]]

NOTHING_LEFT = Applied(observed=True)


async def standing(operation: Operation) -> Project | Waiting | None:
    """The operation's project once its datastore answers, until then what to wait for; None where it
    is gone or going, and nothing is to be done in it any more."""
    project = await Project.get_or_none(id=operation.project_id)
    if project is None or project.state == ProjectState.DELETING:
        return None
    if project.state == ProjectState.PENDING:
        return Waiting("DATASTORE_NOT_READY", "The project's datastore is being set up.")
    return project
