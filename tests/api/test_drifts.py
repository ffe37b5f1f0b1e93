"""Drift as people see it: what disagrees, what they may do about it, and nothing of others' projects."""

from typing import Any

import pytest

from tablecast.domain.members import add_member
from tablecast.domain.states import DriftKind, Role
from tablecast.domain.tables import Drift, Operation, Project
from tests.api.rows import an_orphan, gid, whole
from tests.api.world import ANN, BOB, ROOT, Api
from tests.domain.world import ANN as ANN_ASKS
from tests.domain.world import BOB as BOB_ASKS
from tests.domain.world import a_project

SHOWN = """kind namespace name uid drift reason since noun subjectId subject { __typename }
  canAdopt canRecreate canPurge project { name }"""
BELOW = f"""query($id: ID!, $filter: DriftFilter) {{ project(id: $id) {{
  clusterDrift(filter: $filter) {{ nodes {{ {SHOWN} }} }} }} }}"""
ALL = "{ clusterDrift { nodes { id name } } }"


async def below(api: Api, project: Project, **filter_: Any) -> list[dict[str, Any]]:
    """What a project's owner sees adrift in it."""
    answer = await api.ask(ANN, BELOW, id=gid(project), filter=filter_)
    nodes: list[dict[str, Any]] = answer["project"]["clusterDrift"]["nodes"]
    return nodes


async def test_an_object_is_shown_with_whose_it_is_and_what_can_be_done(api: Api) -> None:
    job = await whole()
    (shown,) = await below(api, job.project)
    since = shown.pop("since")
    assert since == (await Drift.get(id=job.drift.id)).created_at.isoformat()
    assert shown == {
        "kind": "Workflow",
        "namespace": job.project.namespace,
        "name": "by-hand-0",
        "uid": job.drift.uid,
        "drift": "ORPHANED",
        "reason": "No attempt of a training has this Workflow.",
        "noun": "TRAINING",
        "subjectId": gid(job.training),
        "subject": {"__typename": "Training"},
        "canAdopt": False,
        "canRecreate": False,
        "canPurge": True,
        "project": {"name": "birds"},
    }


async def test_what_belongs_to_nobody_says_so(api: Api) -> None:
    project = await a_project()
    await an_orphan(project)
    (shown,) = await below(api, project)
    assert (shown["noun"], shown["subjectId"], shown["subject"]) == (None, None, None)


async def test_a_list_is_narrowed_by_way_and_kind(api: Api) -> None:
    project = await a_project()
    await an_orphan(project, kind="TrainedModel")
    await an_orphan(project, drift=DriftKind.LOST)
    assert len(await below(api, project)) == 2
    for narrowed in ({"drift": ["LOST"]}, {"kind": ["Workflow"]}):
        assert [each["name"] for each in await below(api, project, **narrowed)] == ["by-hand-1"]


async def test_all_is_what_one_may_see_and_another_installations_is_an_admins(api: Api) -> None:
    mine, theirs = await a_project(), await a_project(BOB_ASKS, "whales")
    await an_orphan(mine, name="mine")
    await an_orphan(theirs, name="theirs")
    await an_orphan(mine, project_id="", kind="Namespace", namespace="", name="foreign")
    for who, names in (
        (ANN, {"mine"}),
        (BOB, {"theirs"}),
        (ROOT, {"mine", "theirs", "foreign"}),
    ):
        nodes = (await api.ask(who, ALL))["clusterDrift"]["nodes"]
        assert {each["name"] for each in nodes} == names


@pytest.mark.parametrize(
    ("role", "can"), [(Role.VIEWER, ()), (Role.EDITOR, ("canAdopt", "canRecreate"))]
)
async def test_buttons_are_those_of_ones_role(api: Api, role: Role, can: tuple[str, ...]) -> None:
    project = await a_project()
    await an_orphan(project, adoptable=True, recreatable=True)
    await add_member(ANN_ASKS, project.id, "bob", role)
    answer = await api.ask(BOB, BELOW, id=gid(project))
    (shown,) = answer["project"]["clusterDrift"]["nodes"]
    buttons = {"canAdopt", "canRecreate", "canPurge"}
    assert {name for name in buttons if shown[name]} == set(can)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("adoptObject", "adoptable"),
        ("recreateObject", "recreatable"),
        ("purgeObject", "purgeable"),
    ],
)
async def test_a_deed_is_an_operation_that_can_be_followed(
    api: Api, name: str, column: str
) -> None:
    """Asked again under its key, the answer is the first, also when the object is mended since."""
    drift = await an_orphan(await a_project(), **({"purgeable": False} | {column: True}))
    given = {"driftId": gid(drift), "idempotencyKey": "k"}
    shows = "drift { id } operation { id verb noun subject { __typename } subjectId }"
    first = await api.do(ANN, name, given, shows)
    assert first["operation"]["noun"] == "DRIFT"
    assert first["operation"]["subjectId"] == first["drift"]["id"] == gid(drift)
    assert first["operation"]["subject"] == {"__typename": "Drift"}
    await drift.delete()
    again = await api.do(ANN, name, given, shows)
    assert again["drift"] is None
    assert again["operation"]["id"] == first["operation"]["id"]
    assert await Operation.filter(noun="DRIFT").count() == 1


@pytest.mark.parametrize("name", ["adoptObject", "recreateObject", "purgeObject"])
async def test_what_is_mended_and_what_is_another_s_is_not_there(api: Api, name: str) -> None:
    theirs = await an_orphan(await a_project(BOB_ASKS, "whales"), adoptable=True, recreatable=True)
    mended = await an_orphan(await a_project())
    await mended.delete()
    for drift in (theirs, mended):
        answer = await api.do(ANN, name, {"driftId": gid(drift)}, "operation { id }")
        assert (answer["__typename"], answer["code"]) == ("NotFoundError", "DRIFT_NOT_FOUND")
    assert not await Operation.exists(noun="DRIFT")


async def test_a_lost_workflow_is_a_conflict_that_leads_to_its_training(api: Api) -> None:
    job = await whole()
    lost = {"drift": DriftKind.LOST, "noun": "TRAINING", "subject_id": job.training.id}
    drift = await an_orphan(job.project, purgeable=False, **lost)
    text = """mutation($input: RecreateObjectInput!) { recreateObject(input: $input) {
      ... on ConflictError { code hint blocking { ... on Training { id } } } } }"""
    answer = await api.ask(ANN, text, input={"driftId": gid(drift)})
    assert answer["recreateObject"]["code"] == "RUN_ONCE"
    assert answer["recreateObject"]["blocking"] == [{"id": gid(job.training)}]
