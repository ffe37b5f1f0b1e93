"""The backlog: what of the outbox is unsettled, in numbers, without a look at what is settled."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tortoise.connection import get_connection

# `code` is a JSON text; MySQL gives it with its quotes, SQLite without. NULL waits for nothing named.
# A claimed one is late only beyond its lease: until then somebody is at it. Settled ones, which are
# most, are passed over by the indexes on state and on due_at.
_UNSETTLED = """
SELECT state, JSON_EXTRACT(blocked_by, '$.code') AS code, COUNT(*) AS number,
  MIN(created_at) AS oldest, MIN(COALESCE(lease_until, due_at)) AS due
FROM operation WHERE state IN ('ACCEPTED', 'APPLIED') GROUP BY 1, 2"""
_PARKED = """
SELECT 'PARKED' AS state, NULL AS code, COUNT(*) AS number, MIN(created_at) AS oldest, NULL AS due
FROM operation WHERE due_at IS NOT NULL AND state = 'FAILED' HAVING COUNT(*) > 0"""

QUERIES = (_UNSETTLED, _PARKED)

STATES = ("queued", "waiting", "applied", "parked")


@dataclass
class Backlog:
    """Numbers and the oldest's age in seconds by state (of STATES), numbers waiting by code, and how
    many seconds the longest due operation waits for a relay."""

    numbers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STATES, 0))
    oldest: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STATES, 0.0))
    waiting: dict[str, int] = field(default_factory=dict)
    late: float = 0.0


async def read_backlog() -> Backlog:
    """Count the unsettled operations of all projects."""
    backlog, now = Backlog(), datetime.now(UTC)
    connection = get_connection("default")
    rows = [row for query in QUERIES for row in await connection.execute_query_dict(query)]
    for row in rows:
        code = str(row["code"]).strip('"') if row["code"] is not None else ""
        state = _state(row["state"], code)
        backlog.numbers[state] += row["number"]
        backlog.oldest[state] = max(backlog.oldest[state], _age(row["oldest"], now))
        backlog.late = max(backlog.late, _age(row["due"], now))
        if state == "waiting":
            backlog.waiting[code] = row["number"]
    return backlog


def _state(state: str, code: str) -> str:
    if state == "ACCEPTED":
        # JSON's null, too, is nothing that is waited for.
        return "waiting" if code not in ("", "null") else "queued"
    return state.lower()


def _age(moment: Any, now: datetime) -> float:
    if moment is None:
        return 0.0
    # Raw rows: SQLite has text, MySQL moments without a zone; all of them are UTC.
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (now - at).total_seconds())
