"""The audit: for each mutation one line of JSON, whatever came of it, and nothing more than it may hold."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from graphql import GraphQLObjectType, is_required_input_field

from tablecast.api.schema import build_schema
from tablecast.domain import members
from tablecast.domain.members import add_member
from tablecast.domain.states import Role
from tablecast.domain.tables import Operation
from tests.api.rows import gid, ready_job, whole
from tests.api.test_mutations import CASES
from tests.api.world import ANN, BOB, ROOT, Api
from tests.domain.world import ANN as ANN_ASKS
from tests.domain.world import a_project

Lines = Callable[[], list[dict[str, Any]]]
KNOWN = {"at", "subject", "admin", "mutation", "given", "outcome", "code"}


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Lines:
    """What was written since the last look."""
    caplog.set_level(logging.INFO, logger="tablecast.audit")

    def read() -> list[dict[str, Any]]:
        found = [each for each in caplog.records if each.name == "tablecast.audit"]
        caplog.clear()
        return [json.loads(each.getMessage()) for each in found]

    return read


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
async def test_a_mutation_that_was_done_is_one_line(api: Api, lines: Lines, case: Any) -> None:
    job = await ready_job()
    await api.do(ANN, case.name, case.input(job), "__typename")
    (line,) = lines()
    at = datetime.fromisoformat(line["at"])
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)
    assert (line["subject"], line["admin"], line["mutation"]) == ("ann", False, case.name)
    assert (line["outcome"], line["code"]) == ("DONE", "")
    assert line["given"] == {case.field: case.on(job).id}
    assert line["project"] == job.project.id
    if case.name != "addMember":
        assert await Operation.exists(id=line["operation"], project_id=job.project.id)


async def test_a_stranger_s_line_holds_no_more_than_the_id_that_was_sent(
    api: Api, lines: Lines
) -> None:
    job = await ready_job()
    for case in CASES:
        await api.do(BOB, case.name, case.input(job), "__typename")
    for case, line in zip(CASES, lines(), strict=True):
        assert set(line) == KNOWN
        assert (line["subject"], line["outcome"]) == ("bob", "DENIED")
        assert line["code"].endswith("_NOT_FOUND")
        assert line["given"] == {case.field: case.on(job).id}


async def test_denials_and_refusals_are_told_apart(api: Api, lines: Lines) -> None:
    job = await ready_job()
    await add_member(ANN_ASKS, job.project.id, "bob", Role.VIEWER)
    about = {"projectId": gid(job.project)}
    await api.do(BOB, "deleteProject", about | {"confirmName": "birds"}, "__typename")
    await api.do(ANN, "deleteProject", about | {"confirmName": "brids"}, "__typename")
    await api.do(ROOT, "deleteProject", about | {"confirmName": "birds"}, "__typename")
    told = [(line["subject"], line["admin"], line["outcome"], line["code"]) for line in lines()]
    assert told == [
        ("bob", False, "DENIED", "FORBIDDEN"),
        ("ann", False, "REFUSED", "CONFIRMATION_MISMATCH"),
        ("root", True, "DONE", ""),
    ]


async def test_an_id_that_is_none_is_not_written_down(api: Api, lines: Lines) -> None:
    """It may be anything, also somebody's name."""
    for sent in ("Ann Other, 12 Long Lane", "x" * 300, '"}\n{"subject": "root"'):
        await api.do(ANN, "deleteTraining", {"trainingId": sent}, "__typename")
    for line in lines():
        assert line["given"] == {"trainingId": "invalid"}
        assert (line["outcome"], line["code"]) == ("REFUSED", "INVALID_ID")


async def test_names_words_and_rows_are_in_no_line(
    api: Api, lines: Lines, caplog: pytest.LogCaptureFixture
) -> None:
    job = await ready_job()
    secret = "Mrs Private"
    await api.do(
        ANN, "updateProject", {"projectId": gid(job.project), "title": secret}, "__typename"
    )
    given = {"projectId": gid(job.project), "fileName": f"{secret}.csv", "length": 1}
    await api.do(ANN, "createUpload", given, "__typename")
    rows = [{"mass": 4000.0, "island": secret}]
    await api.do(ANN, "predict", {"servingId": gid(job.serving), "rows": rows}, "__typename")
    assert "Private" not in caplog.text
    told = lines()
    assert [line["mutation"] for line in told] == ["updateProject", "createUpload", "predict"]
    assert set(told[-1]) == KNOWN


async def test_who_was_admitted_and_who_was_sent_away_is_told(api: Api, lines: Lines) -> None:
    project = await a_project()
    given = {"projectId": gid(project), "subject": "bob"}
    await api.do(ANN, "addMember", given | {"role": "EDITOR"}, "__typename")
    await api.do(ANN, "removeMember", given, "__typename")
    await api.do(ANN, "removeMember", given, "__typename")
    admitted, sent_away, missing = lines()
    assert (admitted["member"], admitted["role"], admitted["project"]) == (
        "bob",
        "EDITOR",
        project.id,
    )
    assert (sent_away["mutation"], sent_away["member"]) == ("removeMember", "bob")
    assert (missing["outcome"], "member" in missing) == ("DENIED", False)


async def test_what_fails_on_our_side_is_told_too(
    api: Api, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the person is told as before."""
    project = await a_project()

    async def fail(*_: object) -> None:
        raise RuntimeError("of all things")

    monkeypatch.setattr(members, "add_member", fail)
    query = """mutation($input: AddMemberInput!) { addMember(input: $input) { __typename } }"""
    given = {"projectId": gid(project), "subject": "bob", "role": "VIEWER"}
    assert await api.codes(ANN, query, input=given) == ["INTERNAL"]
    (line,) = lines()
    assert (line["outcome"], line["code"]) == ("FAILED", "RuntimeError")


async def test_a_document_of_several_mutations_has_a_line_for_each(api: Api, lines: Lines) -> None:
    await api.ask(
        ANN,
        """mutation { one: createProject(input: {name: "one"}) { __typename }
        two: createProject(input: {name: "Two"}) { __typename } }""",
    )
    assert [(line["mutation"], line["outcome"]) for line in lines()] == [
        ("createProject", "DONE"),
        ("createProject", "REFUSED"),
    ]


async def test_looking_is_not_written_down(api: Api, lines: Lines) -> None:
    job = await whole()
    await api.ask(ANN, "query($id: ID!) { project(id: $id) { name } }", id=gid(job.project))
    assert lines() == []


async def test_every_mutation_of_the_schema_goes_through_the_audit(api: Api, lines: Lines) -> None:
    """Whatever is added to it, asked for with whatever it needs."""
    schema = build_schema()._schema
    mutation = schema.mutation_type
    assert isinstance(mutation, GraphQLObjectType)
    for name, field in mutation.fields.items():
        kind = field.args["input"].type.of_type
        given = {
            each: _plausible(str(one.type))
            for each, one in kind.fields.items()
            if is_required_input_field(one)
        }
        query = f"mutation($input: {kind.name}!) {{ {name}(input: $input) {{ __typename }} }}"
        await api.execute(ANN, query, input=given)
    assert {line["mutation"] for line in lines()} == set(mutation.fields)
    assert len(mutation.fields) > 20


def _plausible(type_: str) -> Any:
    known = {"ID!": "x", "Int!": 1, "Long!": 1, "Role!": "VIEWER", "[JsonRow!]!": [{}]}
    return known.get(type_, "x")
