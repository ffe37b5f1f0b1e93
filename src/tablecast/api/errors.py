"""Typed errors: which error people see for which exception. This is the one place that knows.

A client can always fall back to `... on Error`: every error has code, message, field and hint.
"""

import logging
from collections.abc import Callable
from typing import Any

import strawberry

from tablecast.api.context import Asking
from tablecast.api.enums import Noun
from tablecast.api.ids import global_id
from tablecast.api.prediction import NotServable, RowsRefused
from tablecast.api.responses import RETRY_AFTER_SECONDS
from tablecast.api.types.faults import BlockedBy
from tablecast.api.types.subjects import SUBJECTS, Subject
from tablecast.errors import (
    ClusterBusy,
    ClusterError,
    CommitUnknown,
    Conflict,
    DatabaseUnavailable,
    Forbidden,
    LimitReached,
    Mistake,
    NotFound,
)

logger = logging.getLogger("tablecast.api")

_TYPENAMES = {noun: typename for noun, (typename, _) in SUBJECTS.items()}
_TYPENAMES["MODEL_VERSION"] = "ModelVersion"


@strawberry.interface(
    description="Why a mutation was not carried out. Nothing was changed, but where `outcomeUnknown` says so."
)
class Error:
    code: str = strawberry.field(description="For programs, UPPER_SNAKE, such as NAME_TAKEN.")
    message: str = strawberry.field(description="One sentence for people.")
    field: str = strawberry.field(
        description="The input's field that it speaks of; empty where none."
    )
    hint: str = strawberry.field(
        description="What would be right; empty where there is nothing to say."
    )


@strawberry.type(description="The input cannot be right, whatever the state of things.")
class InvalidInputError(Error):
    pass


@strawberry.type(description="There is no such thing, or you may not know of it.")
class NotFoundError(Error):
    id: strawberry.ID | None = strawberry.field(description="The id that was not found.")


@strawberry.type(description="You can see it, but your role does not allow this.")
class ForbiddenError(Error):
    pass


@strawberry.type(description="Its state, or something that exists, forbids this.")
class ConflictError(Error):
    blockers: strawberry.Private[tuple[tuple[str, str], ...]]

    @strawberry.field(description="What stands in the way; at most 100, as far as still there.")
    async def blocking(self, info: Asking) -> list[Subject]:
        loaders = info.context.loaders
        rows = [await loaders.row(SUBJECTS[noun][1], row_id) for noun, row_id in self.blockers]
        return [row for row in rows if row is not None]  # type: ignore[misc]


@strawberry.type(description="The idempotency key was used before, for something else.")
class IdempotencyConflictError(Error):
    pass


@strawberry.type(description="A limit of this server was reached.")
class LimitReachedError(Error):
    limit: float = strawberry.field(description="The limit, in the unit that `serverLimits` gives.")


@strawberry.type(description="What is wrong with one cell of the rows to predict.")
class RowError:
    row: int | None = strawberry.field(description="Which row; the first is 0, null: all.")
    column: str | None = strawberry.field(description="Which column.")
    code: str = strawberry.field(description="MISSING_COLUMN, UNKNOWN_COLUMN or WRONG_TYPE.")
    message: str = strawberry.field(description="One sentence for people.")


@strawberry.type(description="Rows do not fit the model's signature; none was predicted.")
class RowsRefusedError(Error):
    errors: list[RowError] = strawberry.field(description="What is wrong, at most 100.")


@strawberry.type(description="No replica answers for the serving now.")
class NotServableError(Error):
    blocked_by: BlockedBy | None = strawberry.field(description="What it waits for.")


@strawberry.type(description="What runs in the cluster did not answer, or not well. Try again.")
class ClusterBusyError(Error):
    retry_after_seconds: float = strawberry.field(
        description="When to try again, in seconds; 0 where it named no time."
    )


@strawberry.type(
    description="The database did not answer as it should, longer than was waited for it. Try again."
)
class DatabaseUnavailableError(Error):
    retry_after_seconds: float = strawberry.field(
        description="When to try again at the soonest, in seconds."
    )
    outcome_unknown: bool = strawberry.field(
        description="Whether this may have been carried out all the same, because the answer was lost: "
        "repeat it with the same `idempotencyKey`, or look before you repeat it."
    )


CHANGING = (
    InvalidInputError,
    NotFoundError,
    ForbiddenError,
    ConflictError,
    IdempotencyConflictError,
    LimitReachedError,
    DatabaseUnavailableError,
)
PREDICTING = (
    InvalidInputError,
    NotFoundError,
    ForbiddenError,
    LimitReachedError,
    RowsRefusedError,
    NotServableError,
    ClusterBusyError,
    DatabaseUnavailableError,
)


def _said(mistake: Mistake) -> dict[str, str]:
    return {
        "code": mistake.code,
        "message": mistake.message,
        "field": mistake.field,
        "hint": mistake.hint,
    }


def _not_found(mistake: Any) -> NotFoundError:
    typename = _TYPENAMES.get(mistake.noun)
    shown = global_id(typename, mistake.id) if typename and mistake.id else None
    return NotFoundError(**_said(mistake), id=shown)


def _conflict(mistake: Any) -> Error:
    if mistake.code == "IDEMPOTENCY_KEY_REUSED":
        return IdempotencyConflictError(**_said(mistake))
    return ConflictError(**_said(mistake), blockers=tuple(mistake.blocking))


def _cluster(error: Any) -> ClusterBusyError:
    return ClusterBusyError(
        code="CLUSTER_BUSY" if isinstance(error, ClusterBusy) else "CLUSTER_REFUSED",
        message="The model server did not answer as it should.",
        field="",
        hint="Try again in a moment.",
        retry_after_seconds=getattr(error, "retry_after", 0.0),
    )


def _database(error: Any) -> DatabaseUnavailableError:
    logger.warning("a mutation was not carried out: %s", error)
    return DatabaseUnavailableError(
        code=error.code,
        message=error.said,
        field="",
        hint=error.hint,
        retry_after_seconds=RETRY_AFTER_SECONDS,
        outcome_unknown=isinstance(error, CommitUnknown),
    )


# The most special first.
_SHOWN: tuple[tuple[type[Exception], Callable[[Any], Error]], ...] = (
    (RowsRefused, lambda mistake: RowsRefusedError(**_said(mistake), errors=mistake.errors)),
    (
        NotServable,
        lambda mistake: NotServableError(**_said(mistake), blocked_by=mistake.blocked_by),
    ),
    (NotFound, _not_found),
    (Forbidden, lambda mistake: ForbiddenError(**_said(mistake))),
    (Conflict, _conflict),
    (LimitReached, lambda mistake: LimitReachedError(**_said(mistake), limit=mistake.limit)),
    (Mistake, lambda mistake: InvalidInputError(**_said(mistake))),
    (ClusterError, _cluster),
    (DatabaseUnavailable, _database),
)

EXPECTED = (Mistake, ClusterError, DatabaseUnavailable)


def shown_error(error: Exception) -> Error:
    """The typed error that people see for an exception that is one of `EXPECTED`."""
    return next(show(error) for kind, show in _SHOWN if isinstance(error, kind))


assert set(_TYPENAMES) >= {noun.value for noun in Noun}
