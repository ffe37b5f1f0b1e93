"""A project that goes shows what is left of it, and goes on wherever it was interrupted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.identity import new_id
from tablecast.domain.members import add_member
from tablecast.domain.models import delete_model
from tablecast.domain.projects import ProjectWish, create_project, delete_project
from tablecast.domain.retention import forget_keys, forget_operations
from tablecast.domain.states import Noun, Role
from tablecast.domain.tables import Event, KeptAnswer, Operation, Project, Sighting, Training, Trial
from tablecast.errors import Conflict
from tablecast.outbound import removal
from tablecast.outbound.context import Context
from tablecast.outbound.marks import mark
from tests.domain.world import (
    ANN,
    LIMITS,
    a_model_version,
    a_project,
    a_serving,
    a_training,
    a_version,
)
from tests.outbound.fakes import FakeCluster
from tests.outbound.relaying import carry, run_out_leases
from tests.outbound.test_projects import set_up

pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture
def slowly(context: Context, monkeypatch: pytest.MonkeyPatch) -> Context:
    """Each look at a project that goes removes no more than two rows of it."""
    monkeypatch.setattr(removal, "SLICE_SECONDS", 0.0)
    return replace(context, settings=context.settings.model_copy(update={"housekeeping_batch": 2}))


async def trials(project: Project, count: int) -> None:
    """Rows of a project, many of one kind."""
    for number in range(count):
        await Trial.create(
            id=new_id(),
            project_id=project.id,
            attempt_id="a" * 16,
            number=number,
            algorithm="LINEAR",
            metric_name="F1",
            seconds=1.0,
        )


async def shown(project: Project) -> tuple[str, int | None]:
    """What a project says that it waits for, and how much of that is left."""
    row = await Project.get(id=project.id)
    return row.blocked_by["code"], row.blocked_by.get("left")


async def to_the_rows(context: Context) -> tuple[Project, Operation]:
    """A project with five rows and its end wished."""
    project = await set_up(context)
    await trials(project, 5)
    return project, (await delete_project(ANN, project.id, project.name)).operation


async def test_what_goes_in_the_cluster_is_counted(cluster: FakeCluster, context: Context) -> None:
    """Its models, then their servers, then what was last seen in its namespace."""
    project = await set_up(context)
    made = await a_model_version(await a_training(await a_version(project)))
    for _ in range(2):
        await a_serving(made)
    await carry(context, rounds=2)
    cluster.make_ready("InferenceService")
    await carry(context)
    for gone in (False, False, True):
        await a_sighting(project, gone)
    cluster.slow |= {"TrainedModel", "InferenceService", "Namespace"}
    await delete_project(ANN, project.id, project.name)
    seen = []
    for _ in range(3):
        await carry(context)
        seen.append(await shown(project))
        cluster.finish_deletions()
    assert seen == [("CHILDREN_GOING", 2), ("CHILDREN_GOING", 1), ("NAMESPACE_GOING", 2)]


async def a_sighting(project: Project, gone: bool) -> None:
    """Something in a project's namespace, as an informer wrote it down."""
    await Sighting.create(
        id=new_id(),
        project_id=project.id,
        uid=new_id(),
        kind="Pod",
        namespace=project.namespace,
        name=new_id(),
        resource_version="1",
        gone=gone,
    )


async def test_its_rows_go_in_slices_and_each_is_told(slowly: Context) -> None:
    """Fewer each time; whoever follows the project or its operation hears of each."""
    project, operation = await to_the_rows(slowly)
    left = []
    for _ in range(30):
        await carry(slowly)
        if not await Project.exists(id=project.id):
            break
        code, count = await shown(project)
        told = await Operation.get(id=operation.id)
        assert (told.blocked_by["code"], told.blocked_by.get("left")) == (code, count)
        if code == "ROWS_GOING":
            left.append(count)
    # Five trials, then the operation that set it up.
    assert left == [4, 2, 1]
    assert not await Project.exists(id=project.id)


async def test_each_slice_is_in_the_feed_and_the_end_is_told_after_all_of_them(
    slowly: Context,
) -> None:
    """Rows go before the end is told: what is told last is that nothing else is left."""
    project, _ = await to_the_rows(slowly)
    while not await Event.exists(project_id=project.id, type="PROJECT_DELETED"):
        await carry(slowly)
    types = [
        str(found)
        for found in await Event.filter(project_id=project.id)
        .order_by("sequence")
        .values_list("type", flat=True)
    ]
    end = types.index("PROJECT_DELETED")
    assert types[:end].count("OPERATION_WAITING") >= 3
    assert await Trial.filter(project_id=project.id).count() == 0


async def test_whoever_is_killed_between_two_slices_leaves_the_rest_to_the_next(
    slowly: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At whichever row: its lease runs out, and another relay goes on."""
    await to_the_rows(slowly)
    killed = 0
    for dies_after in range(12):
        with monkeypatch.context() as patch:
            fuse = Fuse(dies_after)
            patch.setattr(removal, "_remove_batch", fuse.burning(removal._remove_batch))
            patch.setattr("tablecast.outbound.relay.mark", fuse.blown_or(mark))
            try:
                await carry(slowly)
            except Killed:
                killed += 1
        await run_out_leases()
    await carry(slowly, rounds=12)
    assert killed > 3
    assert await Project.all().count() == await Trial.all().count() == 0
    assert await Operation.all().values_list("verb", "state") == [("DELETE", "OBSERVED")]
    assert await Event.all().count() == 0


async def test_a_kill_before_the_last_rows_go_does_not_tell_the_end_twice(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end's line goes with the project's row, all or nothing."""
    project, _ = await to_the_rows(context)
    await carry(context)
    assert await Event.filter(type="PROJECT_DELETED").count() == 1
    with monkeypatch.context() as patch:
        patch.setattr(Project, "filter", classmethod(lambda *_, **__: _die()))
        with pytest.raises(Killed):
            await removal.remove_project(project)
    assert await Event.filter(type="PROJECT_DELETED").count() == 1
    assert await removal.tell_the_end(project) is False
    await carry(context)
    assert not await Project.exists(id=project.id)
    assert await Event.all().count() == 0


async def test_answers_that_were_kept_go_too(context: Context) -> None:
    """With them the key can be used anew."""
    project = await set_up(context)
    await add_member(replace(ANN, key="k", fingerprint="f"), project.id, "bob", Role.VIEWER)
    await delete_project(ANN, project.id, project.name)
    await carry(context, rounds=4)
    assert not await Project.exists(id=project.id)
    assert await KeptAnswer.all().count() == 0


async def test_a_repeated_creation_makes_no_project_anew_after_its_end(
    context: Context,
) -> None:
    """Its key is good for its window; when that is over nothing is left of it."""
    asked, wish = replace(ANN, key="k", fingerprint="f"), ProjectWish(name="birds")
    project = (await create_project(asked, wish, LIMITS)).row
    await carry(context)
    await delete_project(ANN, project.id, project.name)
    await carry(context, rounds=4)
    assert not await Project.exists(id=project.id)
    with pytest.raises(Conflict) as refusal:
        await create_project(asked, wish, LIMITS)
    assert refusal.value.code == "SUBJECT_GONE"
    later = datetime.now(UTC) + timedelta(days=100)
    await forget_keys(later, LIMITS.idempotency_seconds, 10)
    await forget_operations(later, 90 * 86_400, 10)
    assert await Operation.all().count() == 0
    assert (await create_project(asked, wish, LIMITS)).row.id != project.id


async def test_a_long_feed_goes_with_its_project(context: Context) -> None:
    """Its lines go in batches, the last of them with the project."""
    project, _ = await to_the_rows(context)
    async with deed(SYSTEM, project.id) as tx:
        for _ in range(3 * removal.BATCH):
            tx.tell("TOLD", Noun.PROJECT, project.id)
    await carry(context, rounds=4)
    assert await Event.all().count() == 0
    assert not await Project.exists(id=project.id)


async def test_another_deletion_tells_what_it_waits_for_too(context: Context) -> None:
    """How many servings and trainings go before a model."""
    project = await a_project()
    made = await a_model_version(await a_training(await a_version(project)))
    for _ in range(2):
        await a_serving(made)
    operation = (await delete_model(ANN, made.model_id, cascade=True)).operation
    await carry(context)
    told = await Operation.get(id=operation.id)
    assert (told.blocked_by["code"], told.blocked_by["left"]) == ("CHILDREN_GOING", 2)
    assert await Training.all().count() == 1


class Killed(BaseException):
    """The process is gone, as after a kill -9: nothing catches this."""


class Fuse:
    """Kills at the n-th call; what is called after that is done by nobody."""

    def __init__(self, calls: int) -> None:
        self._calls = calls
        self.blown = False

    def burning(self, real: Any) -> Any:
        async def call(*arguments: Any) -> Any:
            if self._calls == 0:
                self.blown = True
                raise Killed
            self._calls -= 1
            return await real(*arguments)

        return call

    def blown_or(self, real: Any) -> Any:
        async def call(*arguments: Any) -> Any:
            if self.blown:
                raise Killed
            return await real(*arguments)

        return call


def _die() -> Any:
    raise Killed


async def test_what_holds_a_namespace_up_is_told_in_the_clusters_words(
    cluster: FakeCluster, context: Context
) -> None:
    """A finalizer that nobody takes off is named, so that somebody can."""
    project = await set_up(context)
    await delete_project(ANN, project.id, project.name)
    cluster.slow.add("Namespace")
    await carry(context)
    words = "Some content in the namespace has finalizers remaining: example.org/held in 1 resource"
    (namespace,) = cluster.of("Namespace")
    namespace["status"] = {
        "conditions": [
            {"type": "NamespaceFinalizersRemaining", "status": "True", "message": words},
            {"type": "NamespaceDeletionContentFailure", "status": "False", "message": "all well"},
        ]
    }
    await Operation.filter(subject_id=project.id).update(due_at=datetime.now(UTC))
    await carry(context)
    told = (await Project.get(id=project.id)).blocked_by
    assert told["code"] == "NAMESPACE_GOING"
    assert told["message"].endswith(words)


async def test_a_deletion_asked_for_once_more_meanwhile_is_carried_out(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes the first one's place while that removes the project's rows, and must not go with them."""
    project, first = await to_the_rows(context)
    remove_batch = removal._remove_batch

    async def asked_once_more(rows: Any, batch: int) -> int:
        monkeypatch.setattr(removal, "_remove_batch", remove_batch)
        await delete_project(ANN, project.id, project.name)
        return await remove_batch(rows, batch)

    monkeypatch.setattr(removal, "_remove_batch", asked_once_more)
    await carry(context, rounds=5)
    assert not await Project.exists(id=project.id)
    second = await Operation.exclude(id=first.id).get(verb="DELETE")
    assert second.state == "OBSERVED"
