"""The backlog counts what is unsettled, by what it waits for, and nothing else; on both databases."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tortoise.connection import get_connection

from tablecast import tracing
from tablecast.domain import backlog
from tablecast.domain.backlog import read_backlog
from tablecast.domain.database import connections
from tablecast.domain.deeds import SYSTEM, again, deed
from tablecast.domain.identity import new_id
from tablecast.domain.operations import blocked
from tablecast.domain.states import Noun, OperationState, Verb
from tablecast.domain.tables import Operation, Project
from tablecast.domain.traces import traceparent_of
from tablecast.domain.transactions import transaction
from tablecast.errors import DatabaseUnavailable
from tests.domain.world import a_project

pytestmark = pytest.mark.usefixtures("world")

TRACE = "0af7651916cd43dd8448eb211c80319c"


async def an_operation(project: Project, **columns: Any) -> Operation:
    """An operation of its own subject, with these columns."""
    async with deed(SYSTEM, project.id) as tx:
        operation = await tx.record(Verb.UPDATE, Noun.MODEL, new_id())
    if columns:
        await Operation.filter(id=operation.id).update(**columns)
    return operation


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


async def test_of_nothing_unsettled_there_is_nothing() -> None:
    await a_project()
    found = await read_backlog()
    assert (set(found.numbers.values()), set(found.oldest.values())) == ({0}, {0.0})
    assert (found.waiting, found.late) == ({}, 0.0)


async def test_each_state_is_counted_with_the_age_of_its_oldest() -> None:
    project = await a_project()
    applied, failed = OperationState.APPLIED, OperationState.FAILED
    await an_operation(project, created_at=ago(50))
    await an_operation(project, blocked_by=blocked("QUOTA", "full"), created_at=ago(200))
    await an_operation(project, blocked_by=blocked("QUOTA", "full"), created_at=ago(100))
    await an_operation(project, blocked_by=blocked("DATASTORE_NOT_READY", "it starts"))
    await an_operation(project, state=applied, due_at=None, created_at=ago(300))
    await an_operation(project, state=failed, due_at=ago(-3000), created_at=ago(400))
    await an_operation(project, state=failed, due_at=None, created_at=ago(500))
    for settled in (OperationState.OBSERVED, OperationState.SUPERSEDED):
        await an_operation(project, state=settled, due_at=None)
    found = await read_backlog()
    assert found.numbers == {"queued": 1, "waiting": 3, "applied": 1, "parked": 1}
    assert found.waiting == {"QUOTA": 2, "DATASTORE_NOT_READY": 1}
    ages = {state: round(age, -1) for state, age in found.oldest.items()}
    assert ages == {"queued": 50, "waiting": 200, "applied": 300, "parked": 400}


async def test_late_is_what_is_due_and_nobody_has() -> None:
    project = await a_project()
    await an_operation(project, due_at=ago(-100))
    await an_operation(project, due_at=ago(700), lease_token="held", lease_until=ago(-5))
    assert (await read_backlog()).late == 0
    await an_operation(project, due_at=ago(50))
    assert round((await read_backlog()).late, -1) == 50
    # whoever held this one has gone
    await an_operation(project, due_at=ago(700), lease_token="lost", lease_until=ago(90))
    assert round((await read_backlog()).late, -1) == 90


async def test_what_is_settled_is_not_looked_at(mysql_url: str) -> None:
    """Both queries are served by an index: the table grows for ever, what is unsettled does not."""
    for query in backlog.QUERIES:
        plan = "EXPLAIN " if mysql_url else "EXPLAIN QUERY PLAN "
        rows = await get_connection("default").execute_query_dict(plan + query)
        if mysql_url:
            assert [row["key"] for row in rows] != [None], rows
        else:
            assert all(row["detail"].startswith(("SEARCH", "USE TEMP")) for row in rows), rows


async def test_a_connection_in_use_is_counted_until_it_is_free() -> None:
    in_use, most = connections()
    assert (in_use, most >= 1) == (0, True)
    held, done = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with transaction():
            await Project.exists()
            held.set()
            await done.wait()

    holding = asyncio.create_task(hold())
    await held.wait()
    during = connections()
    done.set()
    await holding
    assert (during, connections()) == ((1, most), (0, most))


async def test_an_operation_remembers_the_work_that_wrote_it() -> None:
    """A trace goes on from there, in whichever process."""
    project = await a_project()
    with tracing.span("request", parent=f"00-{TRACE}-b7ad6b7169203331-01") as request:
        operation = await an_operation(project)
    assert await traceparent_of(operation.id) == request.trace.traceparent
    assert (await Operation.get(id=operation.id)).traceparent == request.trace.traceparent
    assert request.operation_id == operation.id
    assert await traceparent_of("unknown") == ""


async def test_what_nobody_asked_for_begins_a_trace_of_its_own() -> None:
    project = await a_project()
    first, second = await asyncio.gather(an_operation(project), an_operation(project))
    traces = {first.traceparent[3:35], second.traceparent[3:35]}
    assert len(traces) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in traces)


async def test_a_try_that_was_undone_leaves_no_operation_to_its_work() -> None:
    """A deadlock's victim is written again, under another id: that is what lines are told of."""
    project, tries = await a_project(), []

    async def act() -> Operation:
        async with deed(SYSTEM, project.id) as tx:
            operation = await tx.record(Verb.UPDATE, Noun.MODEL, new_id())
            tries.append(operation.id)
            if len(tries) == 1:
                raise DatabaseUnavailable("Deadlock found")
        return operation

    with tracing.span("request") as request:
        operation = await again(act)
    assert tries == [tries[0], operation.id]
    assert request.operation_id == operation.id != tries[0]
