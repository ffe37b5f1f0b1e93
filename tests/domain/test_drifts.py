"""Drifts: who may wish them put right, how, and what is answered where nothing can be done."""

from typing import Any

import pytest

from tablecast.domain.deeds import Asked
from tablecast.domain.drifts import adopt_object, purge_object, recreate_object
from tablecast.domain.members import add_member
from tablecast.domain.projects import delete_project
from tablecast.domain.states import DriftKind, Noun, OperationState, Role, Verb
from tablecast.domain.tables import Drift, Event, Operation
from tablecast.errors import Conflict, Forbidden, Mistake, NotFound
from tests.api.rows import an_orphan
from tests.domain.world import ANN, BOB, a_project

pytestmark = pytest.mark.usefixtures("world")

DEEDS = {
    Verb.ADOPT: (adopt_object, "adoptable"),
    Verb.RECREATE: (recreate_object, "recreatable"),
    Verb.PURGE: (purge_object, "purgeable"),
}


async def drift(**columns: Any) -> Drift:
    """A drift in a project of Ann's."""
    return await an_orphan(await a_project(), **({"purgeable": False} | columns))


@pytest.mark.parametrize("verb", DEEDS)
async def test_a_wish_is_an_operation_that_names_the_very_object(verb: Verb) -> None:
    """It is told in the feed with the operation, and the finding stays until it is carried out."""
    act, column = DEEDS[verb]
    found = await drift(**{column: True})
    row, operation = await act(ANN, found.id)
    assert row is not None
    assert row.id == found.id
    assert (operation.verb, operation.noun, operation.state) == (verb, "DRIFT", "ACCEPTED")
    assert operation.intent["uid"] == found.uid
    assert await Event.exists(operation_id=operation.id, type="OPERATION_ACCEPTED")


@pytest.mark.parametrize("verb", DEEDS)
async def test_what_a_drift_cannot_is_a_conflict_that_says_why(verb: Verb) -> None:
    """And no operation."""
    act, _ = DEEDS[verb]
    found = await drift()
    with pytest.raises(Conflict) as refused:
        await act(ANN, found.id)
    assert refused.value.code == f"CANNOT_{verb}"
    assert found.reason in refused.value.message
    assert not await Operation.exists(noun=Noun.DRIFT)


async def test_a_lost_workflow_points_to_another_attempt() -> None:
    """What runs once is never made twice."""
    found = await drift(drift=DriftKind.LOST, noun=Noun.TRAINING, subject_id="0" * 16)
    with pytest.raises(Conflict) as refused:
        await recreate_object(ANN, found.id)
    assert (refused.value.code, refused.value.blocking) == ("RUN_ONCE", (("TRAINING", "0" * 16),))
    assert "retryTraining" in refused.value.hint


@pytest.mark.parametrize("verb", DEEDS)
@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
async def test_a_viewer_may_nothing_and_an_editor_all_but_delete(verb: Verb, role: Role) -> None:
    act, column = DEEDS[verb]
    found = await drift(**{column: True})
    await add_member(ANN, found.project_id, BOB.subject, role)
    if role == Role.EDITOR and verb != Verb.PURGE:
        assert (await act(BOB, found.id))[1].requested_by == BOB.subject
        return
    with pytest.raises(Forbidden):
        await act(BOB, found.id)


@pytest.mark.parametrize("verb", DEEDS)
async def test_a_stranger_s_answer_is_that_for_nothing(verb: Verb) -> None:
    act, column = DEEDS[verb]
    found = await drift(**{column: True})
    with pytest.raises(NotFound) as theirs:
        await act(BOB, found.id)
    with pytest.raises(NotFound) as nobodys:
        await act(BOB, "0" * 16)
    assert theirs.value.message == nobodys.value.message
    assert theirs.value.code == nobodys.value.code == "DRIFT_NOT_FOUND"


async def test_a_repeated_wish_is_answered_also_after_the_finding_is_gone() -> None:
    """The same operation; another wish under the key is refused."""
    found = await drift(purgeable=True, adoptable=True)
    asked = Asked(ANN.subject, key="once", fingerprint="a")
    _, first = await purge_object(asked, found.id)
    await found.delete()
    row, second = await purge_object(asked, found.id)
    assert (row, second.id) == (None, first.id)
    with pytest.raises(Mistake):
        await adopt_object(Asked(ANN.subject, key="once", fingerprint="b"), found.id)


async def test_a_later_wish_for_one_object_takes_the_earlier_one_s_place() -> None:
    found = await drift(purgeable=True, adoptable=True)
    _, first = await adopt_object(ANN, found.id)
    await purge_object(ANN, found.id)
    assert (await Operation.get(id=first.id)).state == OperationState.SUPERSEDED


async def test_in_a_project_that_goes_nothing_is_put_right() -> None:
    found = await drift(purgeable=True)
    await delete_project(ANN, found.project_id, "birds")
    with pytest.raises(Conflict) as refused:
        await purge_object(ANN, found.id)
    assert refused.value.code == "PROJECT_DELETING"


async def test_of_another_installation_s_namespace_an_admin_is_told_and_may_nothing() -> None:
    """Nobody else learns of it."""
    found = await an_orphan(await a_project(), project_id="", purgeable=False)
    with pytest.raises(Conflict):
        await purge_object(Asked("root", admin=True), found.id)
    with pytest.raises(NotFound):
        await purge_object(ANN, found.id)
