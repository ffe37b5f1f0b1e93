"""The ledger over HTTP: an operation that waits is given up and taken up again, by its own people alone;
each mutation is in the audit; and a project that goes shows what is left of it, also after a kill."""

import asyncio
import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from tablecast_demo.session import Answer, Session
from tests.end_to_end import cluster, documents, job
from tests.end_to_end.cluster import row_id
from tests.end_to_end.machine import Machine
from tests.end_to_end.people import Person, token
from tests.end_to_end.schema_walk import nobodys_id
from tests.end_to_end.test_kill import power_cut

ABANDON = """
mutation ($input: AbandonOperationInput!) {
  abandonOperation(input: $input) {
    ... on AbandonOperationPayload { operation { id state canRetry canAbandon } }
    ... on Error { code message field hint }
  }
}"""
RETRY = ABANDON.replace("abandonOperation", "retryOperation").replace("Abandon", "Retry")
SERVING = "query ($id: ID!) { serving(id: $id) { state blockedBy { code message } } }"
WAITING = """
query ($id: ID!, $filter: OperationFilter) {
  project(id: $id) {
    operations(filter: $filter) { nodes { id state requestedBy canAbandon blockedBy { code } } }
  }
}"""
FOLLOW_GOING = """
subscription ($id: ID!) { project(id: $id) { state blockedBy { code left } } }"""
DELETE_SERVING = documents.DELETE_SERVING


class Stuck:
    """Ann's serving in a project that has no room for a model server, and its operation."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.ann, self.bob = (Person(machine.url, token(machine, name)) for name in ("ann", "bob"))
        self.project = self.serving = self.operation = ""

    async def begin(self) -> None:
        """Train with room, serve without."""
        async with asyncio.timeout(90), Session(self.machine.url, self.ann.token) as session:
            self.project = await job.project(session, "tight")
            version = await job.ready_dataset(session, self.project)
            made = await job.trained_model(session, await job.training(session, version))
            narrowed = {"projectId": self.project, "memoryLimitBytes": 1 << 30}
            done = await session.mutate(documents.UPDATE_PROJECT, **narrowed)
            await job.seen(
                session, documents.FOLLOW_OPERATION, done["operation"]["id"], state="OBSERVED"
            )
            self.serving = await job.serving(session, self.project, made)
            self.operation = await self.waiting()

    async def waiting(self) -> str:
        """The operation, once it says what it waits for."""
        while True:
            filter = {"subjectId": self.serving, "requestedBy": ["ann"], "state": ["ACCEPTED"]}
            told = self.ann.ask(WAITING, id=self.project, filter=filter)["data"]["project"]
            (one,) = told["operations"]["nodes"]
            if one["blockedBy"]:
                return str(one["id"])
            await asyncio.sleep(0.1)


@pytest.fixture(scope="module")
def stuck(shared_machine):
    """What waits, and two people who know different things of it."""
    waiting = Stuck(shared_machine)
    asyncio.run(waiting.begin())
    yield waiting
    for person in (waiting.ann, waiting.bob):
        person.close()


def _asked(person: Person, document: str, name: str, **given: Any) -> Answer:
    answer: Answer = person.ask(document, input=given)["data"][name]
    return answer


async def _abandoned(person: Person, operation: str, **also: Any) -> Answer:
    """Give up, again where a relay was at it just then."""
    while True:
        told = _asked(person, ABANDON, "abandonOperation", operationId=operation, **also)
        if told.get("code") != "OPERATION_RUNNING":
            return told
        await asyncio.sleep(0.05)


def _audited(machine: Machine, operation: str) -> list[dict[str, Any]]:
    """The audit's lines about an operation: each a whole line of the log, and JSON."""
    lines = [line for line in machine.log().splitlines() if line.startswith("{")]
    found = [json.loads(line) for line in lines if '"mutation"' in line]
    return [one for one in found if one["given"].get("operationId") == row_id(operation)]


async def test_what_waits_is_given_up_and_taken_up_again(stuck):
    """Its serving says so and stays as it was wished; a key makes a repetition harmless; then it goes."""
    key = {"idempotencyKey": "enough of it"}
    async with asyncio.timeout(60):
        given_up = (await _abandoned(stuck.ann, stuck.operation, **key))["operation"]
        serving = stuck.ann.ask(SERVING, id=stuck.serving)["data"]["serving"]
        again = await _abandoned(stuck.ann, stuck.operation, **key)
        refused = await _abandoned(stuck.ann, stuck.operation)
        retried = _asked(stuck.ann, RETRY, "retryOperation", operationId=stuck.operation)
        assert await stuck.waiting() == stuck.operation
        gone = _asked(stuck.ann, DELETE_SERVING, "deleteServing", servingId=stuck.serving)
        async with Session(stuck.machine.url, stuck.ann.token) as session:
            done = gone["operation"]["id"]
            await job.seen(session, documents.FOLLOW_OPERATION, done, state="OBSERVED")
    assert given_up["state"] == "ABANDONED"
    assert (given_up["canRetry"], given_up["canAbandon"]) == (True, False)
    assert serving["blockedBy"]["code"] == "OPERATION_ABANDONED"
    assert "ann" in serving["blockedBy"]["message"]
    assert again["operation"] == given_up
    assert refused["code"] == "OPERATION_SETTLED"
    assert retried["operation"]["state"] == "ACCEPTED"


async def test_a_stranger_can_neither_see_nor_give_up_nor_retry_it(stuck):
    """As for an operation that nobody has; an owner of another project is a stranger."""
    async with asyncio.timeout(30), Session(stuck.machine.url, stuck.bob.token) as session:
        await job.project(session, "bobs-own")
    told = {}
    nobodys = nobodys_id("Operation")
    for name, document in (("abandonOperation", ABANDON), ("retryOperation", RETRY)):
        for one in (stuck.operation, nobodys):
            told[name, one] = _asked(stuck.bob, document, name, operationId=one)
        assert told[name, stuck.operation] == told[name, nobodys]
        assert told[name, nobodys]["code"] == "OPERATION_NOT_FOUND"
    query = "query ($id: ID!) { operation(id: $id) { state } }"
    assert stuck.bob.ask(query, id=stuck.operation) == {"data": {"operation": None}}
    assert stuck.bob.ask(WAITING, id=stuck.project)["data"]["project"] is None


def test_the_audit_tells_who_did_what_and_who_was_denied(stuck):
    """Lines of their own on the log; of a stranger's there is only what was sent."""
    lines = _audited(stuck.machine, stuck.operation)
    told = {(one["subject"], one["mutation"], one["outcome"], one["code"]) for one in lines}
    assert told >= {
        ("ann", "abandonOperation", "DONE", ""),
        ("ann", "abandonOperation", "REFUSED", "OPERATION_SETTLED"),
        ("ann", "retryOperation", "DONE", ""),
        ("bob", "abandonOperation", "DENIED", "OPERATION_NOT_FOUND"),
        ("bob", "retryOperation", "DENIED", "OPERATION_NOT_FOUND"),
    }
    project = row_id(stuck.project)
    for one in lines:
        known = one["subject"] == "ann" and one["outcome"] == "DONE"
        assert (one.get("project") == project) == known
    assert not [one for one in lines if "birds" in json.dumps(one) or "tight" in json.dumps(one)]


@pytest.fixture
def tidy_machine(tmp_path):
    """A machine that keeps house all the time, and what is over for no time at all."""
    kept = {f"TABLECAST_KEEP_{what}_SECONDS": "0" for what in ("UPLOADS", "OPERATIONS", "EVENTS")}
    machine = Machine(tmp_path / "state", TABLECAST_HOUSEKEEPING_SECONDS="0.2", **kept)
    machine.start()
    yield machine
    machine.kill()


KEPT = """
query ($id: ID!) {
  project(id: $id) {
    uploads { nodes { state } }
    operations { nodes { noun verb state } }
    events(first: 100) { nodes { type } }
  }
}"""


async def test_a_server_keeps_house_by_itself(tidy_machine):
    """An upload that was thrown away, what was asked for it and what was told of it are gone."""
    async with asyncio.timeout(60), Session(tidy_machine.url) as session:
        project = await job.project(session, "tidy")
        abort = documents.mutation("abortUpload", "upload")
        upload = await job.upload(session, project, b"a,b\n1,2\n")
        await job.seen(session, FOLLOW_UPLOAD, upload, state="COMPLETE")
        await session.mutate(abort, uploadId=upload)
        kept = (await session.query(KEPT, id=project))["project"]
        while _counts(kept) != (0, 1) or "UPLOAD_CREATED" in _types(kept):
            await asyncio.sleep(0.1)
            kept = (await session.query(KEPT, id=project))["project"]
    assert [one["verb"] for one in kept["operations"]["nodes"]] == ["CREATE"]
    assert _types(kept), "the newest event stays"
    assert cluster.folders(tidy_machine, upload) == []
    assert "Traceback" not in tidy_machine.log()


def _counts(kept: Answer) -> tuple[int, int]:
    return len(kept["uploads"]["nodes"]), len(kept["operations"]["nodes"])


def _types(kept: Answer) -> list[str]:
    return [one["type"] for one in kept["events"]["nodes"]]


FOLLOW_UPLOAD = "subscription ($id: ID!) { upload(id: $id) { state } }"

ROWS = 20_000


def _many_rows(machine: Machine, project: str) -> None:
    """As many trials as years of trainings leave, in a project of a moment ago."""
    path = machine.state / "tablecast.db"
    with closing(sqlite3.connect(path, timeout=30)) as rows, rows:
        rows.executemany(
            "INSERT INTO trial (id, created_at, updated_at, project_id, attempt_id, number, algorithm,"
            " hyperparameters, metric_name, seconds, best)"
            " VALUES (?, '2026-01-01', '2026-01-01', ?, 'none', ?, 'LINEAR', '{}', 'F1', 1, 0)",
            ((f"0{number:015d}", row_id(project), number) for number in range(ROWS)),
        )


@pytest.fixture
def slow_machine(tmp_path):
    """A machine that removes few rows at a time."""
    machine = Machine(tmp_path / "state", TABLECAST_HOUSEKEEPING_BATCH="4")
    machine.start()
    yield machine
    machine.kill()


@pytest.mark.slow
async def test_a_project_that_goes_shows_what_is_left_and_goes_on_after_a_kill(slow_machine):
    """Its rows are counted down before and after the power cut; in the end nothing of it is there."""
    async with asyncio.timeout(120):
        async with Session(slow_machine.url) as session:
            project = await job.project(session, "doomed")
            _many_rows(slow_machine, project)
            given = {"projectId": project, "confirmName": "doomed"}
            done = await session.mutate(documents.DELETE_PROJECT, **given)
            before = await _rows_left(session, project)
        power_cut(slow_machine)
        async with Session(slow_machine.url) as session:
            after = await _counted_down(session, project)
            operation = done["operation"]["id"]
            await job.seen(session, documents.FOLLOW_OPERATION, operation, state="OBSERVED")
        with closing(sqlite3.connect(slow_machine.state / "tablecast.db", timeout=10)) as rows:
            tables = [name for (name,) in rows.execute(TABLES)]
            left = {
                name: rows.execute(_count(name), [row_id(project)]).fetchone()[0] for name in tables
            }
    assert 0 < before < ROWS + 100
    assert after == sorted(after, reverse=True)
    assert all(count <= before for count in after)
    assert {name for name, count in left.items() if count} == {"operation"}
    assert cluster.names(slow_machine, about=project) == []
    assert cluster.folders(slow_machine, project) == []


TABLES = """
SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
WHERE m.type = 'table' AND c.name = 'project_id'"""


def _count(table: str) -> str:
    return f"SELECT COUNT(*) FROM {table} WHERE project_id = ?"


async def _rows_left(session: Session, project: str) -> int:
    """How many rows are left when that is told first."""
    async for seen in session.follow(FOLLOW_GOING, id=project):
        if seen["blockedBy"] and seen["blockedBy"]["code"] == "ROWS_GOING":
            return int(seen["blockedBy"]["left"])
    raise AssertionError("it was gone before it was told how far it is")


async def _counted_down(session: Session, project: str) -> list[int]:
    """What is told to be left, until the project is gone."""
    left = []
    async for seen in session.follow(FOLLOW_GOING, id=project):
        if seen is None:
            return left
        if seen["blockedBy"] and seen["blockedBy"]["code"] == "ROWS_GOING":
            left.append(int(seen["blockedBy"]["left"]))
    return left
