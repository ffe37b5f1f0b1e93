"""Access: a stranger learns nothing of a project, a viewer changes nothing."""

from collections.abc import Awaitable, Callable

import pytest

from tablecast.domain.datasets import (
    DatasetVersionWish,
    create_dataset_version,
    delete_dataset,
)
from tablecast.domain.deeds import Asked
from tablecast.domain.members import add_member, remove_member
from tablecast.domain.models import (
    delete_model,
    rename_model,
    require_model_version,
)
from tablecast.domain.operations import abandon_operation, require_operation, retry_operation
from tablecast.domain.projects import (
    ProjectChange,
    delete_project,
    require,
    update_project,
    visible_ids,
)
from tablecast.domain.servings import (
    ServingChange,
    ServingWish,
    create_serving,
    delete_serving,
    require_serving,
    update_serving,
)
from tablecast.domain.states import Role
from tablecast.domain.tables import Event, Member, Operation, Project
from tablecast.domain.trainings import (
    START,
    cancel_training,
    create_training,
    delete_training,
    retry_training,
)
from tablecast.domain.uploads import (
    abort_upload,
    create_upload,
    finish_upload,
    require_upload,
)
from tablecast.errors import Conflict, Forbidden, Mistake, NotFound
from tests.domain.world import (
    ANN,
    BOB,
    LIMITS,
    a_model_version,
    a_project,
    a_serving,
    a_training,
    a_version,
    training_wish,
)

pytestmark = pytest.mark.usefixtures("world")

Ask = Callable[[Asked], Awaitable[object]]


async def _refusal(ask: Ask, asked: Asked) -> type[Mistake] | None:
    try:
        await ask(asked)
    except Mistake as exc:
        return type(exc)
    return None


async def _reads_and_writes() -> tuple[Project, dict[str, Ask], dict[str, Ask]]:
    project = await a_project()
    table = await a_version(project)
    training = await a_training(table)
    operation = await Operation.get(subject_id=training.id)
    model = await a_model_version(training)
    serving = await a_serving(model)
    version_wish = DatasetVersionWish(upload_id=table.upload_id, name="more")
    serving_wish = ServingWish(project.id, "another", model.id)
    reads: dict[str, Ask] = {
        "project": lambda asked: require(asked, project.id),
        "upload": lambda asked: require_upload(asked, table.upload_id),
        "model version": lambda asked: require_model_version(asked, model.id),
        "serving": lambda asked: require_serving(asked, serving.id),
        "operation": lambda asked: require_operation(asked, operation.id),
    }
    writes: dict[str, Ask] = {
        "update project": lambda asked: update_project(asked, project.id, ProjectChange("t")),
        "delete project": lambda asked: delete_project(asked, project.id, project.name),
        "add member": lambda asked: add_member(asked, project.id, "eve", Role.VIEWER),
        "remove member": lambda asked: remove_member(asked, project.id, "ann"),
        "create upload": lambda asked: create_upload(asked, project.id, "a", 1, None, LIMITS),
        "finish upload": lambda asked: finish_upload(asked, table.upload_id, None),
        "abort upload": lambda asked: abort_upload(asked, table.upload_id),
        "create version": lambda asked: create_dataset_version(asked, version_wish),
        "delete dataset": lambda asked: delete_dataset(asked, table.dataset_id, True),
        "train": lambda asked: create_training(asked, training_wish(table), LIMITS),
        "cancel": lambda asked: cancel_training(asked, training.id),
        "retry": lambda asked: retry_training(asked, training.id, START, LIMITS),
        "delete training": lambda asked: delete_training(asked, training.id),
        "rename model": lambda asked: rename_model(asked, model.model_id, "m", None),
        "delete model": lambda asked: delete_model(asked, model.model_id, True),
        "serve": lambda asked: create_serving(asked, serving_wish, LIMITS),
        "update serving": lambda asked: update_serving(
            asked, serving.id, ServingChange(replicas=2), LIMITS
        ),
        "delete serving": lambda asked: delete_serving(asked, serving.id),
        "retry operation": lambda asked: retry_operation(asked, operation.id),
        "abandon operation": lambda asked: abandon_operation(asked, operation.id),
    }
    return project, reads, writes


async def test_a_stranger_sees_nothing_of_a_project() -> None:
    """Every look and every deed is answered as if the thing did not exist, and changes nothing."""
    _, reads, writes = await _reads_and_writes()
    events = await Event.all().count()
    for name, ask in (reads | writes).items():
        assert await _refusal(ask, BOB) is NotFound, f"a stranger may {name}"
    assert await visible_ids(BOB) == []
    assert await Event.all().count() == events


async def test_the_answer_to_a_stranger_is_that_for_what_is_not_there() -> None:
    """Not a word tells the two apart."""
    project = await a_project()
    with pytest.raises(NotFound) as strange:
        await require(BOB, project.id)
    with pytest.raises(NotFound) as missing:
        await require(BOB, "0" * 16)
    assert str(strange.value) == str(missing.value)
    assert strange.value.code == missing.value.code


async def test_a_viewer_sees_everything_and_changes_nothing() -> None:
    """Looks are answered, deeds are FORBIDDEN."""
    project, reads, writes = await _reads_and_writes()
    await add_member(ANN, project.id, "bob", Role.VIEWER)
    events = await Event.all().count()
    for ask in reads.values():
        assert await ask(BOB) is not None
    for name, ask in writes.items():
        assert await _refusal(ask, BOB) is Forbidden, f"a viewer may {name}"
    assert await Event.all().count() == events


async def test_nothing_is_begun_in_a_project_that_is_being_deleted() -> None:
    """Deeds are refused, though its owner still sees it."""
    project, reads, writes = await _reads_and_writes()
    await delete_project(ANN, project.id, project.name)
    events = await Event.all().count()
    for name, ask in writes.items():
        if name != "delete project":
            assert await _refusal(ask, ANN) is Conflict, f"in a project that goes one may {name}"
    assert await reads["project"](ANN) is not None
    assert await Event.all().count() == events


async def test_the_last_owner_stays() -> None:
    """Neither removed nor demoted, until there is another."""
    project = await a_project()
    with pytest.raises(Conflict, match="at least one owner"):
        await remove_member(ANN, project.id, "ann")
    with pytest.raises(Conflict, match="at least one owner"):
        await add_member(ANN, project.id, "ann", Role.VIEWER)
    await add_member(ANN, project.id, "bob", Role.OWNER)
    await remove_member(BOB, project.id, "ann")
    assert await Member.filter(project_id=project.id).values_list("subject", flat=True) == ["bob"]
    assert await visible_ids(ANN) == []


async def test_adding_a_member_again_changes_the_role() -> None:
    """There is one membership a person."""
    project = await a_project()
    await add_member(ANN, project.id, "bob", Role.VIEWER)
    await add_member(ANN, project.id, "bob", Role.EDITOR)
    members = await Member.filter(project_id=project.id)
    assert {member.subject: member.role for member in members} == {"ann": "OWNER", "bob": "EDITOR"}


@pytest.mark.parametrize("subject", ["", " bob", "b\nb", "b" * 129])
async def test_what_is_no_subject_is_refused(subject: str) -> None:
    """A typed mistake, not a database error."""
    project = await a_project()
    with pytest.raises(Mistake) as refusal:
        await add_member(ANN, project.id, subject, Role.VIEWER)
    assert refusal.value.code == "INVALID_SUBJECT"
