"""Trainings in the cluster: one Workflow an attempt, whatever gets lost on the way."""

import json
from typing import Any

import pytest

from tablecast.domain.states import AttemptState, OperationState, TrainingState
from tablecast.domain.tables import (
    Attempt,
    DatasetVersion,
    Operation,
    Project,
    Training,
)
from tablecast.domain.trainings import (
    FAILED_STEP,
    cancel_training,
    retry_training,
)
from tablecast.errors import ClusterBusy, ClusterRefusal, Unreachable
from tablecast.outbound.context import Context
from tablecast.settings import Limits, Settings
from tests.domain.world import ANN, a_project, a_training, a_version, end
from tests.outbound.fakes import FakeCluster
from tests.outbound.relaying import carry, run_out_leases

pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture
async def training() -> Training:
    """A training whose operation is due."""
    return await a_training(await a_version(await a_project()))


async def newest(training: Training) -> Attempt:
    """The training's newest attempt."""
    return (
        await Attempt.filter(training_id=training.id)
        .order_by("-number")
        .get_or_none(number=(await Training.get(id=training.id)).attempts)
    )


async def states(training: Training) -> dict[str, str]:
    """States of the training's operations by verb."""
    return dict(await Operation.filter(subject_id=training.id).values_list("verb", "state"))


def spec_of(workflow: dict[str, Any]) -> dict[str, Any]:
    """TABLECAST_SPEC as the first step gets it."""
    template = next(each for each in workflow["spec"]["templates"] if "container" in each)
    environment = {each["name"]: each["value"] for each in template["container"]["env"]}
    return dict(json.loads(environment["TABLECAST_SPEC"]))


async def test_an_attempt_becomes_one_workflow(
    training: Training, cluster: FakeCluster, context: Context
) -> None:
    """Named by its identity, with its table's path and hash; its UID is recorded."""
    await carry(context)
    (workflow,) = cluster.of("Workflow")
    version = await DatasetVersion.get(id=training.dataset_version_id)
    attempt = await newest(training)
    spec = spec_of(workflow)
    assert workflow["metadata"]["name"] == attempt.workflow_name
    assert workflow["metadata"]["uid"] == attempt.workflow_uid
    assert spec["dataset"]["path"] == f"datasets/{version.dataset_id}/{version.id}/table.parquet"
    assert (spec["dataset"]["sha256"], spec["target"]) == ("a" * 64, "species")
    assert spec["model_version"] == attempt.model_version_id
    assert await states(training) == {"CREATE": "APPLIED"}


async def test_steps_stay_within_the_projects_limits(
    training: Training, cluster: FakeCluster, context: Context
) -> None:
    """However big the table, a step leaves room for what else runs."""
    await DatasetVersion.all().update(bytes=50 << 30)
    await carry(context)
    project = await Project.get(id=training.project_id)
    (workflow,) = cluster.of("Workflow")
    for template in workflow["spec"]["templates"]:
        if "container" in template:
            memory = int(template["container"]["resources"]["limits"]["memory"])
            assert memory <= project.memory_limit_bytes // 2


async def test_a_lost_answer_makes_no_second_workflow(
    training: Training, cluster: FakeCluster, context: Context
) -> None:
    """It is found by its name, and is the same one."""
    cluster.lose_answer("create", "Workflow")
    await carry(context, rounds=3)
    assert len(cluster.created) == 1
    assert (await newest(training)).workflow_uid == cluster.of("Workflow")[0]["metadata"]["uid"]
    assert await states(training) == {"CREATE": "APPLIED"}


async def test_a_kill_after_the_call_and_before_its_record_makes_no_second_workflow(
    training: Training, cluster: FakeCluster, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever line the process dies at after the Workflow was made."""

    class Killed(BaseException):
        pass

    async def die(*_: object) -> None:
        raise Killed

    for line in ("tablecast.outbound.trainings._record", "tablecast.outbound.relay.mark"):
        with monkeypatch.context() as patch:
            patch.setattr(line, die)
            with pytest.raises(Killed):
                await carry(context)
        await run_out_leases()
    await carry(context, rounds=2)
    assert len(cluster.created) == 1
    assert await states(training) == {"CREATE": "APPLIED"}


async def test_the_manifest_is_the_same_however_often_it_is_sent(
    training: Training, cluster: FakeCluster, context: Context
) -> None:
    """It was written down before the first call; what settings say later does not reach it."""
    cluster.fail("create", "Workflow", Unreachable("no answer"))
    await carry(context)
    # Made anew: a copy would bring what was derived from the old ones along.
    settings = Settings(**context.settings.model_dump() | {"image_train": "another"})
    await carry(Context(context.cluster, context.datastore, settings))
    (workflow,) = cluster.of("Workflow")
    assert "another" not in json.dumps(workflow)
    operation = await Operation.get(subject_id=training.id)
    assert operation.intent["spec"] == workflow["spec"]


async def test_a_workflow_that_vanished_is_lost_and_never_made_again(
    training: Training, cluster: FakeCluster, context: Context
) -> None:
    """Also when the operation is carried out again: its mark was never written."""
    await carry(context)
    await Operation.filter(subject_id=training.id).update(
        state=OperationState.ACCEPTED, due_at=training.created_at
    )
    cluster.vanish("Workflow")
    await carry(context, rounds=2)
    assert cluster.of("Workflow") == []
    assert (await newest(training)).state == AttemptState.LOST
    assert (await Training.get(id=training.id)).state == TrainingState.LOST


async def test_a_workflow_of_somebody_else_under_its_name_is_not_taken_for_ours(
    training: Training, cluster: FakeCluster, context: Context
) -> None:
    """The operation fails with a reason, and the stranger's object stays."""
    attempt, project = await newest(training), await Project.get(id=training.project_id)
    await cluster.create(
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Workflow",
            "metadata": {"name": attempt.workflow_name, "namespace": project.namespace},
        }
    )
    await carry(context)
    operation = await Operation.get(subject_id=training.id)
    assert (operation.state, operation.due_at) == ("FAILED", None)
    assert len(cluster.of("Workflow")) == 1


async def test_a_retry_is_another_workflow_on_the_same_work(
    training: Training, cluster: FakeCluster, context: Context
) -> None:
    """Attempt 2 goes on with what attempt 1 finished."""
    await carry(context)
    await end(training, AttemptState.FAILED)
    await retry_training(ANN, training.id, FAILED_STEP, Limits())
    await carry(context)
    first, second = cluster.of("Workflow")
    assert [spec_of(each)["attempt"] for each in (first, second)] == [1, 2]
    assert [spec_of(each)["work"] for each in (first, second)] == [1, 1]
    assert spec_of(first)["model_version"] != spec_of(second)["model_version"]


async def test_a_refused_workflow_is_shown_and_parked(
    training: Training, cluster: FakeCluster, context: Context
) -> None:
    """The person sees the cluster's own words on the training itself."""
    cluster.fail("create", "Workflow", *[ClusterRefusal("quota exceeded", status=403)] * 3)
    await carry(context, rounds=3)
    row = await Training.get(id=training.id)
    assert (await states(training)) == {"CREATE": "FAILED"}
    assert row.blocked_by["message"] == "quota exceeded"
    await cancel_training(ANN, training.id)
    await carry(context, rounds=2)
    assert cluster.created == []
    assert (await Training.get(id=training.id)).state == TrainingState.CANCELLED


async def test_a_throttling_cluster_gets_the_workflow_in_the_end(
    training: Training, cluster: FakeCluster, context: Context
) -> None:
    """429 and 5xx are no refusals."""
    errors = [ClusterBusy("slow down", status=429)] * 3 + [ClusterBusy("etcd", status=500)] * 3
    cluster.fail("create", "Workflow", *errors)
    await carry(context, rounds=7)
    assert len(cluster.created) == 1
    assert await states(training) == {"CREATE": "APPLIED"}


async def test_nothing_is_asked_of_a_project_whose_datastore_is_not_there_yet(
    training: Training, cluster: FakeCluster, context: Context
) -> None:
    """The training waits, and says for what."""
    await Project.filter(id=training.project_id).update(state="PENDING")
    await carry(context, rounds=2)
    assert cluster.objects == {}
    assert (await Training.get(id=training.id)).blocked_by["code"] == "DATASTORE_NOT_READY"


@pytest.mark.parametrize(
    "meanwhile",
    [
        pytest.param({"state": AttemptState.LOST, "workflow_uid": "another"}, id="made and lost"),
        pytest.param({"state": AttemptState.CANCELLED}, id="cancelled"),
        pytest.param({"workflow_uid": "another"}, id="made"),
    ],
)
async def test_what_a_relay_makes_too_late_is_removed_at_once_and_never_counts(
    meanwhile: dict[str, str], cluster: FakeCluster, context: Context
) -> None:
    """It was frozen between reading its row and the call, for longer than its lease."""
    training = await a_training(await a_version(await a_project()))

    async def frozen(method: str, key: Any) -> None:
        if method == "create":
            await Attempt.filter(training_id=training.id).update(**meanwhile)

    cluster.hook = frozen
    await carry(context)
    assert len(cluster.created) == 1
    assert cluster.of("Workflow") == []
    attempt = await Attempt.get(training_id=training.id)
    assert {key: getattr(attempt, key) for key in meanwhile} == meanwhile
