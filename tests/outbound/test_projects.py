"""Projects in the cluster: set up whole, never made anew over lost data, removed children first."""

import pytest

from tablecast.domain.members import add_member
from tablecast.domain.operations import require_operation
from tablecast.domain.projects import (
    ProjectChange,
    ProjectWish,
    create_project,
    delete_project,
    update_project,
)
from tablecast.domain.states import Role
from tablecast.domain.tables import Event, Member, Operation, Project, Row, Serving, Training
from tablecast.errors import NotFound, ObjectConflict, Unreachable
from tablecast.outbound.context import Context
from tests.domain.world import (
    ANN,
    BOB,
    LIMITS,
    a_model_version,
    a_project,
    a_serving,
    a_training,
    a_version,
)
from tests.outbound.fakes import FakeCluster, ours
from tests.outbound.relaying import carry

pytestmark = pytest.mark.usefixtures("world")


async def set_up(context: Context) -> Project:
    """A project that is in the cluster, and answers."""
    project = (await create_project(ANN, ProjectWish(name="birds"), LIMITS)).row
    await carry(context)
    await Project.filter(id=project.id).update(state="READY")
    return await Project.get(id=project.id)


async def test_a_project_is_a_namespace_with_all_that_it_leans_on(
    cluster: FakeCluster, context: Context
) -> None:
    """Everything is ours by label and in its namespace; its operation waits to be observed."""
    project = await set_up(context)
    inside = [each for each in cluster.objects.values() if each["kind"] != "Namespace"]
    assert cluster.names("Namespace") == [project.namespace]
    assert {each["metadata"]["namespace"] for each in inside} == {project.namespace}
    assert all(ours(each) for each in cluster.objects.values())
    assert {"PersistentVolumeClaim", "Deployment", "ResourceQuota", "NetworkPolicy"} <= {
        each["kind"] for each in inside
    }
    assert (await Operation.get(subject_id=project.id)).state == "APPLIED"


async def test_a_set_up_that_breaks_off_goes_on(cluster: FakeCluster, context: Context) -> None:
    """At whichever object the answer is lost."""
    for kind in ("Namespace", "PersistentVolumeClaim", "Deployment"):
        cluster.lose_answer("apply", kind)
        cluster.fail("apply", kind, Unreachable("reset"))
    project = (await create_project(ANN, ProjectWish(name="birds"), LIMITS)).row
    await carry(context, rounds=7)
    assert (await Operation.get(subject_id=project.id)).state == "APPLIED"
    row = await Project.get(id=project.id)
    assert row.namespace_uid == cluster.of("Namespace")[0]["metadata"]["uid"]


async def test_a_namespace_that_somebody_else_has_is_neither_taken_nor_removed(
    cluster: FakeCluster, context: Context
) -> None:
    """Told with what to do; with the project's end it stays, and all in it."""
    project = (await create_project(ANN, ProjectWish(name="birds"), LIMITS)).row
    theirs = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": project.namespace}}
    uid = (await cluster.create(theirs))["metadata"]["uid"]
    await carry(context, rounds=3)
    assert [each["metadata"]["uid"] for each in cluster.objects.values()] == [uid]
    row = await Project.get(id=project.id)
    assert "is not this project's" in row.blocked_by["message"]
    await delete_project(ANN, project.id, "birds")
    await carry(context, rounds=3)
    assert await Project.all().count() == 0
    assert [each["metadata"]["uid"] for each in cluster.objects.values()] == [uid]


async def test_changed_limits_reach_the_quota(cluster: FakeCluster, context: Context) -> None:
    """A new generation is applied over the old one."""
    project = await set_up(context)
    await update_project(ANN, project.id, ProjectChange(cpu_limit=3))
    await carry(context)
    assert cluster.of("ResourceQuota")[0]["spec"]["hard"]["limits.cpu"] == "3"


async def test_a_namespace_that_somebody_deleted_is_not_made_anew(
    cluster: FakeCluster, context: Context
) -> None:
    """An empty one would look as if the data were still there; the person is told."""
    project = await set_up(context)
    cluster.objects.clear()
    await update_project(ANN, project.id, ProjectChange(cpu_limit=3))
    await carry(context, rounds=3)
    assert cluster.objects == {}
    assert "was deleted" in (await Project.get(id=project.id)).blocked_by["message"]


async def test_deleting_goes_from_the_models_up_and_leaves_no_row(
    cluster: FakeCluster, context: Context
) -> None:
    """Models, then their servers, then the namespace, each seen gone before the next; then rows."""
    project = await set_up(context)
    model = await a_model_version(await a_training(await a_version(project)))
    await a_serving(model)
    await carry(context)
    cluster.make_ready("InferenceService")
    await carry(context)
    cluster.slow |= {"TrainedModel", "InferenceService", "Namespace"}
    operation = (await delete_project(ANN, project.id, project.name)).operation
    for left in (
        {"TrainedModel", "InferenceService", "Namespace"},
        {"InferenceService", "Namespace"},
        {"Namespace"},
    ):
        await carry(context, rounds=2)
        assert left <= {each["kind"] for each in cluster.objects.values()}
        assert await Project.exists(id=project.id)
        cluster.finish_deletions()
    await carry(context, rounds=3)
    assert cluster.objects == {}
    assert await _tables_with_rows() == {"operation"}
    assert await Operation.all().values_list("id", "state") == [(operation.id, "OBSERVED")]


async def test_who_asked_learns_that_a_project_is_gone_and_nobody_else(
    cluster: FakeCluster, context: Context
) -> None:
    """By the operation's id, which outlives the project."""
    project = await set_up(context)
    await add_member(ANN, project.id, "bob", Role.VIEWER)
    operation = (await delete_project(ANN, project.id, project.name)).operation
    await carry(context, rounds=5)
    assert not await Project.exists(id=project.id)
    assert (await require_operation(ANN, operation.id)).state == "OBSERVED"
    with pytest.raises(NotFound):
        await require_operation(BOB, operation.id)


async def test_the_feed_ends_with_the_projects_end(cluster: FakeCluster, context: Context) -> None:
    """It is told once, and before the rows go."""
    project = await set_up(context)
    await delete_project(ANN, project.id, project.name)
    await carry(context)
    lines = await Event.filter(project_id=project.id).order_by("sequence").values_list("type")
    assert "PROJECT_DELETED" in [type_ for (type_,) in lines]
    assert await Member.exists(project_id=project.id)
    await carry(context, rounds=2)
    assert not await Project.exists(id=project.id)


async def test_a_deletion_goes_on_after_every_fault(cluster: FakeCluster, context: Context) -> None:
    """Lost answers, conflicts, silence: in the end all is gone."""
    project = await set_up(context)
    cluster.lose_answer("delete", "Namespace")
    cluster.fail("list", "TrainedModel", Unreachable("silence"))
    cluster.fail("get", "Namespace", ObjectConflict("conflict"))
    await delete_project(ANN, project.id, project.name)
    await carry(context, rounds=8)
    assert cluster.objects == {}
    assert not await Project.exists(id=project.id)


async def test_what_was_wished_in_a_project_before_its_end_is_not_begun(
    cluster: FakeCluster, context: Context
) -> None:
    """Its operations are superseded with it."""
    project = await set_up(context)
    training = await a_training(await a_version(project))
    await delete_project(ANN, project.id, project.name)
    assert (await Operation.get(subject_id=training.id)).state == "SUPERSEDED"
    await carry(context, rounds=5)
    assert cluster.created == []
    assert await Training.all().count() == await Serving.all().count() == 0


async def test_another_projects_rows_and_objects_stay(
    cluster: FakeCluster, context: Context
) -> None:
    """One tenant's end is nobody else's."""
    mine = await set_up(context)
    other = await a_project(BOB, name="bees")
    table = await a_version(other, BOB)
    await delete_project(ANN, mine.id, mine.name)
    await carry(context, rounds=5)
    assert await Project.all().values_list("id", flat=True) == [other.id]
    assert (await Project.get(id=other.id)).name == "bees"
    assert await type(table).exists(id=table.id)


async def _tables_with_rows() -> set[str]:
    tables = [table for table in _leaves(Row) if not table._meta.abstract]
    return {table._meta.db_table for table in tables if await table.exists()}


def _leaves(table: type[Row]) -> list[type[Row]]:
    below = table.__subclasses__()
    return [table] if not below else [leaf for each in below for leaf in _leaves(each)]
