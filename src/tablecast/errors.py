"""Errors, sorted by what the reader does next.

TablecastError
├── Mistake                 a person's: told at once, with code, field and what would be right
│   ├── NotFound            no such thing, or not theirs to know of
│   ├── Forbidden           theirs to see, not to do
│   ├── Conflict            not in this state, or not beside what exists
│   └── LimitReached        a limit that settings explain
├── DatabaseUnavailable     the database's, for now: it is undone, and whoever asked may ask again
│   └── CommitUnknown       the answer to a commit was lost: look before it is done again
└── ClusterError            the cluster's: the relay decides
    ├── ClusterBusy         for now: retry with back-off
    │   ├── Unreachable     no answer, or none that can be trusted
    │   └── ObjectConflict  somebody else wrote meanwhile (409 Conflict)
    └── ClusterRefusal      its no: parked after a few tries, shown with its own words
        ├── ObjectMissing   404
        ├── ObjectExists    409 AlreadyExists
        └── VersionGone     410: list again
"""

from dataclasses import dataclass
from typing import ClassVar


class TablecastError(Exception):
    """Whatever Tablecast itself raises on purpose."""


@dataclass(eq=False)
class Mistake(TablecastError):
    """What a person asked for cannot be done.

    `message` is one sentence for the person, `code` UPPER_SNAKE for programs, `field` the input
    field it speaks of ("" where none), `hint` what would be right.
    """

    message: str
    code: str = "INVALID_INPUT"
    field: str = ""
    hint: str = ""

    def __str__(self) -> str:
        return self.message


@dataclass(eq=False)
class NotFound(Mistake):
    """There is no such thing, or the asker may not know of it: the answer is the same."""

    code: str = "NOT_FOUND"
    noun: str = ""
    id: str = ""


@dataclass(eq=False)
class Forbidden(Mistake):
    """The asker can see it, but their role does not allow the deed."""

    code: str = "FORBIDDEN"


@dataclass(eq=False)
class Conflict(Mistake):
    """The thing's state, or something that exists, forbids the deed.

    `blocking` lists (noun, id) pairs of what stands in the way.
    """

    code: str = "CONFLICT"
    blocking: tuple[tuple[str, str], ...] = ()


@dataclass(eq=False)
class LimitReached(Mistake):
    """A limit was reached; `limit` is its size in the unit that its setting names."""

    code: str = "LIMIT_REACHED"
    limit: int = 0


@dataclass(eq=False)
class DatabaseUnavailable(TablecastError):
    """The database is away, busy or being taken over, longer than was waited for it.

    Nothing was written. `message`, in the database's own words, is for logs; `said` and `hint` are for
    people.
    """

    message: str
    code: ClassVar[str] = "DATABASE_UNAVAILABLE"
    said: ClassVar[str] = "The database does not answer right now."
    hint: ClassVar[str] = "Nothing was changed. Try again in a moment."

    def __str__(self) -> str:
        return f"the database does not answer as it should: {self.message}"


@dataclass(eq=False)
class CommitUnknown(DatabaseUnavailable):
    """The connection was lost during a commit, and nobody could tell what became of it."""

    said: ClassVar[str] = "The database's answer was lost: this was carried out, or it was not."
    hint: ClassVar[str] = "Repeat it with the same idempotencyKey, or look before you repeat it."


@dataclass(eq=False)
class ClusterError(TablecastError):
    """What a cluster, or a server in it, answered: `message` holds its own words."""

    message: str
    status: int = 0
    reason: str = ""
    field: str = ""

    def __str__(self) -> str:
        return self.message


@dataclass(eq=False)
class ClusterBusy(ClusterError):
    """Not now: 429, 5xx, time-outs. `retry_after` in seconds, 0 where the cluster named none."""

    retry_after: float = 0.0


@dataclass(eq=False)
class Unreachable(ClusterBusy):
    """No connection, no answer in time, or an answer that is not the protocol's.

    The call may have worked all the same.
    """


@dataclass(eq=False)
class ObjectConflict(ClusterBusy):
    """409 Conflict: the object changed meanwhile, or its UID is not the one that was meant."""


@dataclass(eq=False)
class ClusterRefusal(ClusterError):
    """The cluster's no: 400, 403, 404 of the kind, 422, a webhook's denial."""


@dataclass(eq=False)
class ObjectMissing(ClusterRefusal):
    """404: no object of that name."""


@dataclass(eq=False)
class ObjectExists(ClusterRefusal):
    """409 AlreadyExists: an object of that name is there."""


@dataclass(eq=False)
class VersionGone(ClusterRefusal):
    """410: the resource version asked for is too old; list again."""
