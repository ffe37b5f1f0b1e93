"""Mutations: done for whoever may, once under one key, and answered with a typed error otherwise."""

import base64
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from tablecast.domain.members import add_member
from tablecast.domain.states import Role
from tablecast.domain.tables import (
    Member,
    Operation,
    Project,
    Upload,
)
from tablecast.settings import GIB, Limits
from tests.api.rows import Whole, gid, ready_job
from tests.api.world import ANN, BOB, Api
from tests.domain.world import ANN as ANN_ASKS
from tests.domain.world import a_project

NOWHERE = "0000000000000000"


class Case(NamedTuple):
    """A mutation on something that exists: its name, the field for that thing, and the rest."""

    name: str
    field: str
    on: Callable[[Whole], Any]
    rest: Mapping[str, Any] = MappingProxyType({})

    def input(self, job: Whole) -> dict[str, Any]:
        return {self.field: gid(self.on(job)), **self.rest}


CASES = [
    Case("updateProject", "projectId", lambda job: job.project, {"title": "Birds"}),
    Case("deleteProject", "projectId", lambda job: job.project, {"confirmName": "birds"}),
    Case("addMember", "projectId", lambda job: job.project, {"subject": "eve", "role": "VIEWER"}),
    Case("createUpload", "projectId", lambda job: job.project, {"fileName": "a.csv", "length": 9}),
    Case("finishUpload", "uploadId", lambda job: job.upload),
    Case("deleteDataset", "datasetId", lambda job: job.dataset, {"cascade": True}),
    Case(
        "createTraining",
        "datasetVersionId",
        lambda job: job.version,
        {"name": "again", "target": "species"},
    ),
    Case("retryTraining", "trainingId", lambda job: job.training, {"from": "START"}),
    Case("deleteTraining", "trainingId", lambda job: job.training),
    Case("renameModel", "modelId", lambda job: job.model, {"name": "other"}),
    Case("deleteModel", "modelId", lambda job: job.model, {"cascade": True}),
    Case("updateServing", "servingId", lambda job: job.serving, {"replicas": 2}),
    Case("deleteServing", "servingId", lambda job: job.serving),
    Case("retryOperation", "operationId", lambda job: job.operation),
    Case("abandonOperation", "operationId", lambda job: job.operation),
]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
async def test_an_owner_s_mutation_is_done(api: Api, case: Case) -> None:
    job = await ready_job()
    shows = "__typename" if case.name == "addMember" else "operation { id verb state }"
    result = await api.do(ANN, case.name, case.input(job), shows)
    assert result["__typename"].endswith("Payload"), result
    if "operation" in result:
        assert result["operation"]["state"] in {"ACCEPTED", "OBSERVED", "ABANDONED"}


async def test_a_stranger_s_mutation_finds_nothing_to_change(api: Api) -> None:
    job = await ready_job()
    before = await Operation.all().count(), await Member.all().count()
    for case in CASES:
        result = await api.do(BOB, case.name, case.input(job), "__typename")
        assert result["__typename"] == "NotFoundError", case.name
    assert (await Operation.all().count(), await Member.all().count()) == before


async def test_what_a_stranger_gets_is_what_one_gets_for_what_is_not_there(api: Api) -> None:
    job = await ready_job()
    for case in CASES:
        typename = base64.b64decode(gid(case.on(job))).decode().split(":")[0]
        nowhere = base64.b64encode(f"{typename}:{NOWHERE}".encode()).decode()
        hidden = await api.do(BOB, case.name, case.input(job), "__typename")
        given = {**case.input(job), case.field: nowhere}
        assert hidden == await api.do(BOB, case.name, given, "__typename")


async def test_a_viewer_s_mutation_is_forbidden(api: Api) -> None:
    job = await ready_job()
    await add_member(ANN_ASKS, job.project.id, "bob", Role.VIEWER)
    for case in CASES:
        result = await api.do(BOB, case.name, case.input(job), "__typename")
        assert (result["__typename"], result["code"]) == ("ForbiddenError", "FORBIDDEN")


@pytest.mark.parametrize("id", ["", "nonsense", "VHJpYWw6MDAwMDAwMDAwMDAwMDAwMA=="])
async def test_what_is_no_id_is_told_with_its_field(api: Api, id: str) -> None:
    job = await ready_job()
    for case in CASES:
        result = await api.do(ANN, case.name, {**case.input(job), case.field: id}, "__typename")
        assert result["__typename"] == "InvalidInputError"
        assert result["field"] == case.field
        assert result["code"] in {"INVALID_ID", "WRONG_TYPE_OF_ID"}


async def test_a_project_is_made_and_its_maker_owns_it(api: Api) -> None:
    shows = "project { name role state volumeBytes canDelete } operation { verb noun state }"
    result = await api.do(ANN, "createProject", {"name": "birds"}, shows)
    assert result == {
        "__typename": "CreateProjectPayload",
        "project": {
            "name": "birds",
            "role": "OWNER",
            "state": "PENDING",
            "volumeBytes": 10 * GIB,
            "canDelete": True,
        },
        "operation": {"verb": "CREATE", "noun": "PROJECT", "state": "ACCEPTED"},
    }


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"name": ""}, "INVALID_NAME", "name"),
        ({"name": "Birds"}, "INVALID_NAME", "name"),
        ({"name": "x" * 41}, "OUT_OF_RANGE", "name"),
        ({"title": "x" * 201}, "OUT_OF_RANGE", "title"),
        ({"description": "a\u0000b"}, "INVALID_TEXT", "description"),
        ({"description": "x" * 10_001}, "OUT_OF_RANGE", "description"),
        ({"volumeBytes": 0}, "OUT_OF_RANGE", "volumeBytes"),
        ({"volumeBytes": -(2**53) + 1}, "OUT_OF_RANGE", "volumeBytes"),
        ({"cpuLimit": 0}, "OUT_OF_RANGE", "cpuLimit"),
        ({"idempotencyKey": ""}, "OUT_OF_RANGE", "idempotencyKey"),
        ({"idempotencyKey": "x" * 129}, "OUT_OF_RANGE", "idempotencyKey"),
    ],
)
async def test_a_project_s_input_is_checked(
    api: Api, changes: dict[str, Any], code: str, field: str
) -> None:
    given = {"name": "birds", **changes}
    result = await api.do(ANN, "createProject", given, "__typename")
    assert (result["__typename"], result["code"], result["field"]) == (
        "InvalidInputError",
        code,
        field,
    )
    assert not await Project.exists()


@pytest.mark.parametrize(
    "length", [2**53, 2**63, -(2**70), 1.5, "9", True, None, [], {}, float("nan"), float("inf")]
)
async def test_what_is_no_long_is_a_graphql_error(api: Api, length: Any) -> None:
    project = await a_project()
    given = {"projectId": gid(project), "fileName": "a.csv", "length": length}
    text = "mutation($input: CreateUploadInput!) { createUpload(input: $input) { __typename } }"
    result = await api.execute(ANN, text, input=given)
    assert result.data is None
    assert result.errors
    assert not await Upload.exists()


async def test_a_name_that_is_taken_is_a_conflict(api: Api) -> None:
    await a_project()
    result = await api.do(ANN, "createProject", {"name": "birds"}, "__typename")
    assert (result["__typename"], result["code"], result["field"]) == (
        "ConflictError",
        "NAME_TAKEN",
        "name",
    )


async def test_a_limit_is_told_with_its_size(api: Api) -> None:
    api.limits = Limits(projects_per_person=1)
    await a_project()
    text = """mutation { createProject(input: {name: "fish"}) {
      ... on LimitReachedError { code limit } } }"""
    answer = await api.ask(ANN, text)
    assert answer["createProject"] == {"code": "LIMIT_REACHED", "limit": 1}


async def test_the_same_key_and_input_return_the_first_answer(api: Api) -> None:
    given = {"name": "birds", "idempotencyKey": "k1"}
    shows = "project { id } operation { id }"
    first = await api.do(ANN, "createProject", given, shows)
    second = await api.do(ANN, "createProject", given, shows)
    assert first == second
    assert await Project.all().count() == 1


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("createProject", {"title": "Other"}),
        ("createProject", {"name": "fish"}),
    ],
)
async def test_the_same_key_for_something_else_is_a_typed_conflict(
    api: Api, name: str, changes: dict[str, Any]
) -> None:
    given = {"name": "birds", "idempotencyKey": "k1"}
    await api.do(ANN, "createProject", given, "__typename")
    result = await api.do(ANN, name, {**given, **changes}, "__typename")
    assert result["__typename"] == "IdempotencyConflictError"
    assert await Project.all().count() == 1


async def test_the_same_key_for_another_mutation_is_a_typed_conflict(api: Api) -> None:
    job = await ready_job()
    given = {"trainingId": gid(job.training), "idempotencyKey": "k1"}
    await api.do(ANN, "retryTraining", given, "__typename")
    result = await api.do(ANN, "cancelTraining", given, "__typename")
    assert result["__typename"] == "IdempotencyConflictError"


async def test_a_key_is_its_user_s_own(api: Api) -> None:
    given = {"name": "birds", "idempotencyKey": "k1"}
    for who in (ANN, BOB):
        result = await api.do(who, "createProject", given, "__typename")
        assert result["__typename"] == "CreateProjectPayload"
    assert await Project.all().count() == 2


async def test_members_come_and_go_but_for_the_last_owner(api: Api) -> None:
    project = await a_project()
    given = {"projectId": gid(project), "subject": "bob"}
    shows = "member { subject role } project { members { nodes { subject } } }"
    added = await api.do(ANN, "addMember", {**given, "role": "EDITOR"}, shows)
    assert added["member"] == {"subject": "bob", "role": "EDITOR"}
    assert len(added["project"]["members"]["nodes"]) == 2
    removed = await api.do(ANN, "removeMember", given, shows)
    assert removed["project"]["members"]["nodes"] == [{"subject": "ann"}]
    again = await api.do(ANN, "removeMember", given, shows)
    assert again["__typename"] == "NotFoundError"
    last = await api.do(ANN, "removeMember", {**given, "subject": "ann"}, shows)
    assert (last["__typename"], last["code"]) == ("ConflictError", "LAST_OWNER")


async def test_who_leaves_a_project_is_told_so(api: Api) -> None:
    project = await a_project()
    await add_member(ANN_ASKS, project.id, "bob", Role.OWNER)
    given = {"projectId": gid(project), "subject": "bob"}
    result = await api.do(BOB, "removeMember", given, "member { subject }")
    assert result["member"] == {"subject": "bob"}
