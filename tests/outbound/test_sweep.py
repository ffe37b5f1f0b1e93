"""The sweep: what is lost, orphaned, missing or somebody else's."""

import asyncio

import pytest

from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.states import AttemptState, Noun, TrainingState
from tablecast.domain.tables import Attempt, Operation, Project, Revision, Serving, Training
from tablecast.errors import Unreachable
from tablecast.outbound.context import Context
from tablecast.outbound.sweep import Report, Sweep
from tests.domain.world import a_model_version, a_project, a_serving, a_training, a_version
from tests.outbound.fakes import FakeCluster
from tests.outbound.relaying import carry

pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture
async def training(context: Context) -> Training:
    """A training whose Workflow is in the cluster."""
    training = await a_training(await a_version(await a_project()))
    await carry(context)
    return training


@pytest.fixture
async def serving(context: Context, cluster: FakeCluster) -> Serving:
    """A serving whose model is in the pool."""
    model = await a_model_version(await a_training(await a_version(await a_project())))
    serving = await a_serving(model)
    await carry(context)
    cluster.make_ready("InferenceService")
    await carry(context)
    return serving


async def test_where_all_is_as_it_should_be_nothing_is_done(
    serving: Serving, cluster: FakeCluster, context: Context
) -> None:
    """No row, no object and no operation changes."""
    await a_training(
        await a_version(await Project.get(id=serving.project_id), name="more"), name="B"
    )
    await carry(context)
    operations, objects = await Operation.all().count(), dict(cluster.objects)
    assert await Sweep(context).sweep() == Report()
    assert await Operation.all().count() == operations
    assert cluster.objects == objects


async def test_a_vanished_workflow_is_lost(
    training: Training, cluster: FakeCluster, context: Context
) -> None:
    """No event will ever tell, if the watch was down when it went."""
    cluster.vanish("Workflow")
    report = await Sweep(context).sweep()
    assert len(report.lost) == 1
    assert (await Training.get(id=training.id)).state == TrainingState.LOST
    assert cluster.of("Workflow") == []


async def test_a_list_that_misses_a_workflow_loses_nothing(
    training: Training, cluster: FakeCluster, context: Context
) -> None:
    """A stale list is checked by asking for the very object."""
    workflow = cluster.of("Workflow")[0]
    del workflow["metadata"]["labels"]["tablecast.dev/managed"]
    assert (await Sweep(context).sweep()).lost == []
    assert (await Training.get(id=training.id)).state == TrainingState.PENDING


async def test_a_workflow_that_nobody_waits_for_is_removed(
    training: Training, cluster: FakeCluster, context: Context
) -> None:
    """A create that came through after its cancel."""
    await Attempt.filter(training_id=training.id).update(state=AttemptState.CANCELLED)
    report = await Sweep(context).sweep()
    assert len(report.orphaned) == 1
    assert cluster.of("Workflow") == []


async def test_a_finished_workflow_of_a_cancelled_attempt_stays(
    training: Training, cluster: FakeCluster, context: Context
) -> None:
    """Argo removes it in its time, its pods' logs with it."""
    await Attempt.filter(training_id=training.id).update(state=AttemptState.CANCELLED)
    cluster.of("Workflow")[0]["status"] = {"finishedAt": "2026-01-01T00:00:00Z"}
    assert (await Sweep(context).sweep()).orphaned == []
    assert len(cluster.of("Workflow")) == 1


async def test_models_of_a_serving_that_is_gone_are_removed_before_their_server(
    serving: Serving, cluster: FakeCluster, context: Context
) -> None:
    """The rows went, the objects were left."""
    await Revision.filter(serving_id=serving.id).delete()
    await Serving.filter(id=serving.id).delete()
    report = await Sweep(context).sweep()
    assert [name.split()[0] for name in report.orphaned] == ["TrainedModel", "InferenceService"]
    assert cluster.of("TrainedModel") == cluster.of("InferenceService") == []


async def test_a_model_that_somebody_deleted_is_made_under_the_next_name(
    serving: Serving, cluster: FakeCluster, context: Context
) -> None:
    """Once, however many sweep."""
    cluster.vanish("TrainedModel")
    await asyncio.gather(Sweep(context).sweep(), Sweep(context).sweep())
    await carry(context)
    assert cluster.names("TrainedModel") == [f"serving-{serving.id}-r2"]


async def test_a_datastore_and_a_pool_that_somebody_deleted_are_applied_again(
    serving: Serving, cluster: FakeCluster, context: Context
) -> None:
    """The one at once, the other by an operation, once; what is under way is left to it."""
    project = await Project.get(id=serving.project_id)
    async with deed(SYSTEM, project.id) as tx:
        await tx.record("CREATE", Noun.PROJECT, project.id)
    await carry(context)
    for kind in ("Deployment", "InferenceService"):
        cluster.vanish(kind)
    report = await Sweep(context).sweep()
    assert report.diverged == [f"SERVING {serving.id}"]
    assert (await Sweep(context).sweep()).diverged == []
    await carry(context)
    assert cluster.names("Deployment") == ["datastore"]
    assert cluster.names("InferenceService") == ["pool-1"]


async def test_a_namespace_of_another_installation_is_reported_and_left(
    cluster: FakeCluster, context: Context
) -> None:
    """With everything in it."""
    labels = {
        "tablecast.dev/managed": "true",
        "tablecast.dev/project": "another",
        "tablecast.dev/id": "another",
    }
    await cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": "tc-x-000000", "labels": labels},
        }
    )
    await cluster.apply(
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Workflow",
            "metadata": {"name": "theirs", "namespace": "tc-x-000000", "labels": labels},
        }
    )
    report = await Sweep(context).sweep()
    assert report.foreign == ["Namespace /tc-x-000000"]
    assert len(cluster.objects) == 2


async def test_a_cluster_that_is_down_does_not_end_the_sweep(
    training: Training, cluster: FakeCluster, context: Context
) -> None:
    """The next one finds what this one could not."""
    cluster.fail("list", "Workflow", Unreachable("down"))
    cluster.vanish("Workflow")
    loop = asyncio.create_task(Sweep(context).run())
    async with asyncio.timeout(10):
        while not await Training.exists(id=training.id, state="LOST"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop
    assert (await Training.get(id=training.id)).state == TrainingState.LOST
