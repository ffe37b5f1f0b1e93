"""Queries: everything can be read by whoever is a member, nothing by anybody else."""

from typing import Any

import pytest

from tablecast.api.graphql.errors import presented
from tablecast.domain.datasets import delete_dataset
from tablecast.domain.members import add_member
from tablecast.domain.projects import delete_project
from tablecast.domain.states import Role
from tablecast.domain.tables import Member, Operation, Project
from tests.api.rows import Whole, gid, whole
from tests.api.selections import everything
from tests.api.world import ANN, BOB, ROOT, Api, counted
from tests.domain.world import ANN as ANN_ASKS
from tests.domain.world import BOB as BOB_ASKS
from tests.domain.world import a_project, a_training, a_version

NODE = "query($id: ID!) { node(id: $id) { id __typename } }"
KINDS = [
    "project",
    "upload",
    "dataset",
    "datasetVersion",
    "training",
    "attempt",
    "model",
    "modelVersion",
    "serving",
    "operation",
    "drift",
]


def by_id(kind: str, selection: str) -> str:
    return f"query($id: ID!) {{ {kind}(id: $id) {{ {selection} }} }}"


def rows_by_kind(job: Whole) -> dict[str, Any]:
    return dict(zip(KINDS, job.nodes, strict=True))


@pytest.mark.parametrize("kind", KINDS)
async def test_every_field_of_every_noun_can_be_read(api: Api, kind: str) -> None:
    row = rows_by_kind(await whole())[kind]
    typename = kind[0].upper() + kind[1:]
    selection = everything(api.schema._schema, typename, 2)
    answer = await api.ask(ANN, by_id(kind, selection), id=gid(row))
    assert answer[kind]["id"] == gid(row)


@pytest.mark.parametrize("kind", KINDS)
async def test_node_finds_every_noun_by_its_id(api: Api, kind: str) -> None:
    row = rows_by_kind(await whole())[kind]
    answer = await api.ask(ANN, NODE, id=gid(row))
    assert answer["node"] == {"id": gid(row), "__typename": kind[0].upper() + kind[1:]}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_stranger_finds_nothing(api: Api, kind: str) -> None:
    row = rows_by_kind(await whole())[kind]
    assert await api.ask(BOB, NODE, id=gid(row)) == {"node": None}
    assert await api.ask(BOB, by_id(kind, "id"), id=gid(row)) == {kind: None}
    assert (await api.ask(ROOT, by_id(kind, "id"), id=gid(row)))[kind] is not None


@pytest.mark.parametrize(
    ("id", "code"),
    [
        ("", "INVALID_ID"),
        ("1", "INVALID_ID"),
        ("é", "INVALID_ID"),
        ("A" * 10_000, "INVALID_ID"),
        ("UHJvamVjdA==", "INVALID_ID"),
        ("UHJvamVjdDo=", "INVALID_ID"),
        ("UHJvamVjdDonIE9SIDE9MQ==", "INVALID_ID"),
        ("VHJpYWw6MDAwMDAwMDAwMDAwMDAwMA==", "WRONG_TYPE_OF_ID"),
    ],
)
async def test_what_is_no_id_of_it_is_a_typed_error(api: Api, id: str, code: str) -> None:
    for kind in KINDS:
        assert await api.codes(ANN, by_id(kind, "id"), id=id) == [code], kind


async def test_the_edges_of_one_s_own_things_lead_to_nothing_of_another_s(api: Api) -> None:
    mine, theirs = await whole(ANN_ASKS), await whole(BOB_ASKS, "whales")
    # As no deed could have left it: the edges must hold by themselves.
    await Operation.filter(id=mine.operation.id).update(subject_id=theirs.training.id)
    query = "query($id: ID!) { operation(id: $id) { subject { __typename } project { name } } }"
    answer = await api.ask(ANN, query, id=gid(mine.operation))
    assert answer["operation"] == {"subject": None, "project": {"name": "birds"}}


async def test_projects_are_those_that_one_is_a_member_of(api: Api) -> None:
    mine = await a_project(ANN_ASKS, "mine")
    shared = await a_project(BOB_ASKS, "shared")
    await a_project(BOB_ASKS, "theirs")
    await add_member(BOB_ASKS, shared.id, "ann", Role.VIEWER)
    query = """query($filter: ProjectFilter) {
      projects(orderBy: NAME_ASC, filter: $filter) { nodes { name role canDelete canEdit } } }"""
    answer = await api.ask(ANN, query)
    assert answer["projects"]["nodes"] == [
        {"name": "mine", "role": "OWNER", "canDelete": True, "canEdit": True},
        {"name": "shared", "role": "VIEWER", "canDelete": False, "canEdit": False},
    ]
    assert len((await api.ask(ROOT, query))["projects"]["nodes"]) == 3
    narrowed = await api.ask(ANN, query, filter={"nameContains": "MIN", "state": ["READY"]})
    assert [node["name"] for node in narrowed["projects"]["nodes"]] == [mine.name]
    nothing = await api.ask(ANN, query, filter={"state": []})
    assert nothing["projects"]["nodes"] == []


async def test_an_operation_outlives_its_project_for_who_asked_for_it(api: Api) -> None:
    project = await a_project()
    outcome = await delete_project(ANN_ASKS, project.id, project.name)
    await Member.filter(project_id=project.id).delete()
    await Project.filter(id=project.id).delete()
    query = by_id("operation", "verb requestedBy project { id } subject { __typename }")
    assert (await api.ask(ANN, query, id=gid(outcome.operation)))["operation"] == {
        "verb": "DELETE",
        "requestedBy": "ann",
        "project": None,
        "subject": None,
    }
    assert await api.ask(BOB, query, id=gid(outcome.operation)) == {"operation": None}


async def test_lineage_can_be_walked_down_and_up(api: Api) -> None:
    job = await whole()
    down = """query($id: ID!) { datasetVersion(id: $id) { trainings { nodes { modelVersion {
      servings { nodes { id } } } } } modelVersions { nodes { id } } } }"""
    found = (await api.ask(ANN, down, id=gid(job.version)))["datasetVersion"]
    [training] = found["trainings"]["nodes"]
    assert training["modelVersion"]["servings"]["nodes"] == [{"id": gid(job.serving)}]
    assert found["modelVersions"]["nodes"] == [{"id": gid(job.model_version)}]
    up = """query($id: ID!) { serving(id: $id) { activeModelVersion { training { datasetVersion {
      dataset { id } upload { id } } } attempt { number } } } }"""
    version = (await api.ask(ANN, up, id=gid(job.serving)))["serving"]["activeModelVersion"]
    assert version["training"]["datasetVersion"] == {
        "dataset": {"id": gid(job.dataset)},
        "upload": {"id": gid(job.upload)},
    }
    assert version["attempt"]["number"] == 1


async def test_the_impact_of_a_dataset_version_is_everything_made_of_it(api: Api) -> None:
    job = await whole()
    query = """query($id: ID!) { impactOf(datasetVersionId: $id) {
      trainings { id } modelVersions { id } servings { id } } }"""
    assert (await api.ask(ANN, query, id=gid(job.version)))["impactOf"] == {
        "trainings": [{"id": gid(job.training)}],
        "modelVersions": [{"id": gid(job.model_version)}],
        "servings": [{"id": gid(job.serving)}],
    }
    assert await api.ask(BOB, query, id=gid(job.version)) == {"impactOf": None}


async def test_a_serving_shows_which_pods_have_its_model_loaded(api: Api) -> None:
    job, other = await whole(), await whole(BOB_ASKS, "whales")
    query = by_id("serving", "servable loadedReplicas desiredReplicas pods { podName loaded }")
    expected = {"podName": "pool-1-predictor-0", "loaded": True}
    for who, each in ((ANN, job), (BOB, other), (ROOT, job)):
        serving = (await api.ask(who, query, id=gid(each.serving)))["serving"]
        assert serving["pods"] == [expected]
        assert (serving["servable"], serving["loadedReplicas"]) == (True, 1)


async def test_a_step_s_log_is_read_part_by_part(api: Api) -> None:
    job = await whole()
    api.datastore.logs[job.training.id, 1, "train"] = "größer\nals".encode()
    query = """query($id: ID!, $offset: Long!, $limit: Int!) { attempt(id: $id) { steps {
      name log(offset: $offset, limit: $limit) { text nextOffset ended } } } }"""
    text, offset = "", 0
    for _ in range(20):
        answer = await api.ask(ANN, query, id=gid(job.attempt), offset=offset, limit=3)
        part = answer["attempt"]["steps"][2]["log"]
        text, offset = text + part["text"], part["nextOffset"]
        if part["ended"]:
            break
    assert text == "größer\nals"
    assert part["ended"]


@pytest.mark.parametrize("asked", [{"offset": -1, "limit": 1}, {"offset": 0, "limit": 0}])
async def test_a_log_s_range_is_checked(api: Api, asked: dict[str, int]) -> None:
    job = await whole()
    query = """query($id: ID!, $offset: Long!, $limit: Int!) { attempt(id: $id) { steps {
      log(offset: $offset, limit: $limit) { text } } } }"""
    assert set(await api.codes(ANN, query, id=gid(job.attempt), **asked)) == {"OUT_OF_RANGE"}


async def test_a_preview_shows_cells(api: Api) -> None:
    job = await whole()
    query = by_id("datasetVersion", "preview(offset: 1, limit: 1) { columns rows total }")
    assert (await api.ask(ANN, query, id=gid(job.version)))["datasetVersion"]["preview"] == {
        "columns": ["species", "length", "fed"],
        "rows": [["Gentoo", 46.1, True]],
        "total": 2,
    }


async def test_a_datastore_that_does_not_answer_is_told_without_its_address(api: Api) -> None:
    job = await whole()
    api.datastore.busy = True
    query = by_id("datasetVersion", "preview { total }")
    result = await api.execute(ANN, query, id=gid(job.version))
    [error] = [presented(error) for error in result.errors]
    assert error["extensions"]["code"] == "DATASTORE_BUSY"
    assert "10.0.0.7" not in str(error)


async def test_a_download_is_a_signed_address_that_ends(api: Api) -> None:
    job = await whole()
    query = by_id("modelVersion", "download { url expiresAt }")
    download = (await api.ask(ANN, query, id=gid(job.model_version)))["modelVersion"]["download"]
    start = f"https://tablecast.example/downloads/{job.project.id}/files/models/"
    assert download["url"].startswith(start)
    assert "expires=" in download["url"]


async def test_a_dataset_that_goes_cannot_be_deleted_again(api: Api) -> None:
    version = await a_version(await a_project())
    query = by_id("datasetVersion", "dataset { state canDelete canAddVersion }")
    before = (await api.ask(ANN, query, id=gid(version)))["datasetVersion"]["dataset"]
    assert before == {"state": "READY", "canDelete": True, "canAddVersion": True}
    await delete_dataset(ANN_ASKS, version.dataset_id, cascade=False)
    after = (await api.ask(ANN, query, id=gid(version)))["datasetVersion"]["dataset"]
    assert after == {"state": "DELETING", "canDelete": False, "canAddVersion": False}


async def test_the_server_tells_its_limits_its_version_and_who_asks(api: Api) -> None:
    answer = await api.ask(
        BOB, "{ viewer { subject admin } serverLimits { pageSize uploadBytes } version }"
    )
    assert answer["viewer"] == {"subject": "bob", "admin": False}
    assert answer["serverLimits"] == {"pageSize": 100, "uploadBytes": 20 * 2**30}
    assert answer["version"]


DEEP = """query($id: ID!, $first: Int!) { project(id: $id) { trainings(first: $first) { nodes {
  id canCancel canDelete spec { target } project { name role }
  datasetVersion { dataset { name versions(first: 2) { nodes { number } } latestVersion { number } } }
  model { versions { nodes { number } } latestVersion { number } trainings(first: 1) { nodes { id } } }
  latestAttempt { steps { name progress { done } } trials(first: 3) { nodes { number } } split { test } }
  attempts { nodes { number training { name } } }
  modelVersion { servings { nodes { activeRevision { number } pods { loaded } } } }
} } } }"""


async def test_no_query_count_grows_with_the_page(api: Api) -> None:
    version = await a_version(await a_project())
    for number in range(20):
        training = await a_training(version, name=f"t{number}", model_name=f"m{number}")
    project = await Project.get(id=training.project_id)
    counts = []
    for first in (5, 20):
        async with counted() as made:
            answer = await api.ask(ANN, DEEP, id=gid(project), first=first)
        assert len(answer["project"]["trainings"]["nodes"]) == first
        counts.append(len(made))
    assert counts[0] == counts[1]
    assert 10 < counts[0] < 40


async def test_lists_below_a_list_are_each_its_own(api: Api) -> None:
    job = await whole()
    second = await a_training(job.version, name="second", model_id=job.model.id)
    other = await whole(BOB_ASKS, "whales")
    await add_member(BOB_ASKS, other.project.id, "ann", Role.VIEWER)
    query = """{ projects(orderBy: NAME_ASC) { nodes { name trainings(first: 1) {
      nodes { id } pageInfo { hasNextPage } } members { nodes { subject } } } } }"""
    birds, whales = (await api.ask(ANN, query))["projects"]["nodes"]
    assert birds["trainings"]["nodes"] == [{"id": gid(second)}]
    assert birds["trainings"]["pageInfo"]["hasNextPage"]
    assert whales["trainings"]["nodes"] == [{"id": gid(other.training)}]
    assert not whales["trainings"]["pageInfo"]["hasNextPage"]
    assert [node["subject"] for node in whales["members"]["nodes"]] == ["bob", "ann"]


async def test_events_and_operations_are_narrowed_by_what_they_are_about(api: Api) -> None:
    job = await whole()
    query = """query($id: ID!, $subject: ID!) { project(id: $id) {
      events(orderBy: SEQUENCE_ASC, filter: {subjectId: $subject, noun: [TRAINING]}) {
        nodes { sequence type subjectId subject { __typename } } }
      operations(filter: {subjectId: $subject, state: [OBSERVED]}) {
        nodes { verb subject { ... on Training { name } } } } } }"""
    found = (await api.ask(ANN, query, id=gid(job.project), subject=gid(job.training)))["project"]
    assert [event["type"] for event in found["events"]["nodes"]] == ["TRAINING_CREATED"]
    assert found["events"]["nodes"][0]["subjectId"] == gid(job.training)
    assert found["operations"]["nodes"] == [
        {"verb": "CREATE", "subject": {"name": job.training.name}}
    ]
