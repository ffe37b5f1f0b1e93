"""The audit: one line of JSON for each mutation that was asked for, done or not: who, what, when, outcome.

    {"at": "2026-11-24T12:00:00.123Z", "subject": "ann", "admin": false, "mutation": "deleteTraining",
     "given": {"trainingId": "0zq…"}, "outcome": "DONE", "code": "", "project": "0zp…", "operation": "0zr…"}

`outcome` is DONE, REFUSED (a typed error), DENIED (not theirs, or not there: nobody is told which) or
FAILED (ours, or the asker went away; what was committed then is seen in the operations). `given` holds the
ids that were sent, and nothing else of the input: no names, no rows. Of a project nothing is written that
the asker did not send or was not answered with. Members are named by their subject.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

import orjson
from strawberry.utils.str_converters import to_camel_case

from tablecast.api.ids import row_id_of
from tablecast.domain.deeds import Asked
from tablecast.errors import Forbidden, Mistake, NotFound

log = logging.getLogger("tablecast.audit")

INVALID = "invalid"


@dataclass
class Note:
    """What a mutation answers with: its payload, or its deed's outcome."""

    answer: Any = None


@contextmanager
def noted(asked: Asked, mutation: str, given: Mapping[str, str]) -> Iterator[Note]:
    """Write a line when the block ends, by what it put into the note or raised; `given` holds ids."""
    note = Note()
    try:
        yield note
    except BaseException as error:
        _write(asked, mutation, given, *_not_done(error), {})
        raise
    _write(asked, mutation, given, "DONE", "", _answered(note.answer))


def _not_done(error: BaseException) -> tuple[str, str]:
    if isinstance(error, NotFound | Forbidden):
        return "DENIED", error.code
    if isinstance(error, Mistake):
        return "REFUSED", error.code
    return "FAILED", type(error).__name__


def ids_of(input: Any) -> dict[str, str]:
    """The ids in a mutation's input as it was sent, as rows have them; "invalid" for what is none."""
    sent = ((each, getattr(input, each.name)) for each in fields(input))
    return {
        to_camel_case(each.name): _row_id(value, each.metadata["id_of"])
        for each, value in sent
        if "id_of" in each.metadata and isinstance(value, str)
    }


def _row_id(value: str, typename: str) -> str:
    try:
        return row_id_of(value, typename, "")
    except Mistake:
        return INVALID


def _answered(answer: Any) -> dict[str, str]:
    operation, member = getattr(answer, "operation", None), getattr(answer, "member", None)
    if operation is not None:
        return {"project": operation.project_id, "operation": operation.id}
    if member is not None:
        return {"project": member.project_id, "member": member.subject, "role": member.role}
    return {}


def _write(
    asked: Asked,
    mutation: str,
    given: Mapping[str, str],
    outcome: str,
    code: str,
    answered: Mapping[str, str],
) -> None:
    line = {
        "at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "subject": asked.subject,
        "admin": asked.admin,
        "mutation": mutation,
        "given": given,
        "outcome": outcome,
        "code": code,
        **answered,
    }
    log.info("%s", orjson.dumps(line).decode())
