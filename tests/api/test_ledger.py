"""The ledger as people see it: who asked for what, how it went, and what may be done about it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.members import add_member
from tablecast.domain.operations import abandon_operation
from tablecast.domain.states import Noun, OperationState, Role, Verb
from tablecast.domain.tables import Attempt, Operation, Project
from tests.api.rows import Whole, gid, ready_job, whole
from tests.api.streams import data
from tests.api.world import ANN, BOB, ROOT, Api
from tests.domain.world import ANN as ANN_ASKS
from tests.domain.world import BOB as BOB_ASKS
from tests.domain.world import a_project, a_training, a_version

LIST = """query($id: ID!, $filter: OperationFilter) {
  project(id: $id) { operations(first: 100, filter: $filter) {
    nodes { id verb noun state requestedBy } } } }"""


async def listed(api: Api, project: Project, **filter: Any) -> list[dict[str, Any]]:
    """The operations that meet a filter."""
    answer = await api.ask(ANN, LIST, id=gid(project), filter=filter)
    found: list[dict[str, Any]] = answer["project"]["operations"]["nodes"]
    return found


async def test_operations_are_found_by_who_asked(api: Api) -> None:
    job = await whole()
    await add_member(ANN_ASKS, job.project.id, "bob", Role.EDITOR)
    await a_training(job.version, BOB_ASKS, model_name="another")
    async with deed(SYSTEM, job.project.id) as tx:
        await tx.record(Verb.RECONCILE, Noun.PROJECT, job.project.id)
    bobs = await listed(api, job.project, requestedBy=["bob"])
    assert [(each["noun"], each["requestedBy"]) for each in bobs] == [("TRAINING", "bob")]
    own = await listed(api, job.project, requestedBy=["system:tablecast"])
    assert [each["verb"] for each in own] == ["RECONCILE"]
    both = await listed(api, job.project, requestedBy=["bob", "system:tablecast"])
    assert len(both) == 2
    assert await listed(api, job.project, requestedBy=[]) == []
    assert await listed(api, job.project, requestedBy=["' OR 1=1 --"]) == []


async def test_a_subject_may_be_as_long_as_a_token_s(api: Api) -> None:
    project = await a_project()
    assert await listed(api, project, requestedBy=["x" * 128]) == []
    filter = {"requestedBy": ["x" * 129]}
    assert await api.codes(ANN, LIST, id=gid(project), filter=filter) == ["INVALID_FILTER"]


async def test_filters_hold_together(api: Api) -> None:
    job = await whole()
    about = {"subjectId": gid(job.training), "noun": ["TRAINING"], "verb": ["CREATE"]}
    assert len(await listed(api, job.project, **about, state=["OBSERVED"])) == 1
    assert await listed(api, job.project, **about, state=["ABANDONED"]) == []
    assert await listed(api, job.project, **about, requestedBy=["bob"]) == []
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert await listed(api, job.project, **about, createdAfter=later) == []
    assert len(await listed(api, job.project, **about, createdBefore=later)) == 1


SHOWN = """id state tries refusals lastError nextRetryAt requestedBy settledAt canRetry canAbandon
  blockedBy { code message left }"""


async def test_an_operation_tells_its_tries_its_last_error_and_its_next_try(api: Api) -> None:
    job = await ready_job()
    due = datetime.now(UTC) + timedelta(hours=1)
    await Operation.filter(id=job.operation.id).update(
        tries=4, refusals=3, last_error="exceeded quota", due_at=due
    )
    query = f"query($id: ID!) {{ operation(id: $id) {{ {SHOWN} }} }}"
    seen = (await api.ask(ANN, query, id=gid(job.operation)))["operation"]
    assert (seen["tries"], seen["refusals"], seen["lastError"]) == (4, 3, "exceeded quota")
    assert datetime.fromisoformat(seen["nextRetryAt"]) == due
    assert (seen["canRetry"], seen["canAbandon"], seen["requestedBy"]) == (True, True, "ann")


async def test_what_is_given_up_shows_so_on_both_sides(api: Api) -> None:
    job = await ready_job()
    given = {"operationId": gid(job.operation)}
    done = await api.do(ANN, "abandonOperation", given, f"operation {{ {SHOWN} }}")
    operation = done["operation"]
    assert (operation["state"], operation["nextRetryAt"]) == ("ABANDONED", None)
    assert (operation["canRetry"], operation["canAbandon"]) == (True, False)
    assert operation["settledAt"] is not None
    query = "query($id: ID!) { training(id: $id) { state blockedBy { code message left } } }"
    training = (await api.ask(ANN, query, id=gid(job.training)))["training"]
    assert training["state"] == "FAILED"
    assert training["blockedBy"]["code"] == "OPERATION_ABANDONED"
    again = await api.do(ANN, "abandonOperation", given, "__typename")
    assert (again["__typename"], again["code"]) == ("ConflictError", "OPERATION_SETTLED")


async def test_giving_up_is_replayed_under_its_key_and_by_nobody_else(api: Api) -> None:
    job = await ready_job()
    given = {"operationId": gid(job.operation), "idempotencyKey": "k"}
    first = await api.do(ANN, "abandonOperation", given, "operation { id state }")
    second = await api.do(ANN, "abandonOperation", given, "operation { id state }")
    assert first == second
    stranger = await api.do(BOB, "abandonOperation", given, "__typename")
    assert stranger["code"] == "OPERATION_NOT_FOUND"
    other = await api.do(ANN, "retryOperation", given, "__typename")
    assert other["__typename"] == "IdempotencyConflictError"


async def test_a_member_is_admitted_once_a_key(api: Api) -> None:
    project = await a_project()
    given = {"projectId": gid(project), "subject": "bob", "role": "VIEWER", "idempotencyKey": "k"}
    shows = "member { subject role createdAt }"
    first = await api.do(ANN, "addMember", given, shows)
    await add_member(ANN_ASKS, project.id, "bob", Role.OWNER)
    assert await api.do(ANN, "addMember", given, shows) == first
    other = await api.do(ANN, "addMember", given | {"role": "EDITOR"}, shows)
    assert other["__typename"] == "IdempotencyConflictError"
    query = "query($id: ID!) { project(id: $id) { members { nodes { subject role } } } }"
    members = (await api.ask(ANN, query, id=gid(project)))["project"]["members"]["nodes"]
    assert {"subject": "bob", "role": "OWNER"} in members


@pytest.mark.parametrize(("role", "may"), [(Role.VIEWER, []), (Role.EDITOR, ["TRAINING"])])
async def test_what_one_could_do_about_an_operation_is_by_one_s_role(
    api: Api, role: Role, may: list[str]
) -> None:
    """The project's own operations are its owner's."""
    project = await a_project()
    await a_training(await a_version(project))
    await Operation.filter(noun=Noun.PROJECT).update(
        state=OperationState.FAILED, due_at=datetime.now(UTC)
    )
    await add_member(ANN_ASKS, project.id, "bob", role)
    query = """query($id: ID!) { project(id: $id) { operations(filter: {state: [ACCEPTED, FAILED]}) {
      nodes { noun canRetry canAbandon } } } }"""
    for who, allowed in ((BOB, may), (ROOT, ["PROJECT", "TRAINING"])):
        nodes = (await api.ask(who, query, id=gid(project)))["project"]["operations"]["nodes"]
        assert len(nodes) == 2
        for what in ("canRetry", "canAbandon"):
            assert sorted(each["noun"] for each in nodes if each[what]) == allowed


async def test_who_follows_an_operation_sees_it_given_up(live_api: Api) -> None:
    job: Whole = await ready_job()
    query = "subscription($id: ID!) { operation(id: $id) { state } }"
    async with live_api.follow(ANN, query, id=gid(job.operation)) as stream:
        assert (await data(stream))["state"] == "FAILED"
        await abandon_operation(ANN_ASKS, job.operation.id)
        assert (await data(stream))["state"] == "ABANDONED"


async def test_who_follows_an_operation_that_is_removed_is_told_that_it_is_gone(
    live_api: Api,
) -> None:
    job = await whole()
    query = "subscription($id: ID!) { operation(id: $id) { state } }"
    async with live_api.follow(ANN, query, id=gid(job.operation)) as stream:
        await data(stream)
        async with deed(SYSTEM, job.project.id) as tx:
            await Operation.filter(id=job.operation.id).delete()
            tx.tell("OPERATION_DELETED", Noun.OPERATION, job.operation.id)
        assert await data(stream) is None


async def test_the_window_of_keys_is_told(api: Api) -> None:
    answer = await api.ask(ANN, "{ serverLimits { idempotencySeconds eventsKept } }")
    assert answer["serverLimits"] == {"idempotencySeconds": 86_400, "eventsKept": 10_000}
    query = '{ __type(name: "CreateProjectInput") { inputFields { name description } } }'
    fields = (await api.ask(ANN, query))["__type"]["inputFields"]
    (key,) = [each for each in fields if each["name"] == "idempotencyKey"]
    assert "serverLimits.idempotencySeconds" in key["description"]


async def test_an_attempt_tells_when_its_details_were_removed(api: Api) -> None:
    job = await whole()
    now = datetime.now(UTC)
    await Attempt.filter(id=job.attempt.id).update(details_removed_at=now)
    query = "query($id: ID!) { attempt(id: $id) { detailsRemovedAt } }"
    seen = (await api.ask(ANN, query, id=gid(job.attempt)))["attempt"]
    assert datetime.fromisoformat(seen["detailsRemovedAt"]) == now
