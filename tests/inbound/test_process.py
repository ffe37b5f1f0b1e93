"""Inbound as a whole against a cluster's store: what changes there is in the rows at once."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import cast

import pytest

from tablecast import live
from tablecast.cluster.embedded.store import EmbeddedStore
from tablecast.cluster.port import NAMESPACE, WORKFLOW, Cluster, Manifest
from tablecast.domain.feed import Feed
from tablecast.domain.identity import new_id
from tablecast.domain.states import AttemptState, StepState
from tablecast.domain.tables import Attempt, Event, Operation, Project, Sighting, Step, Training
from tablecast.inbound.process import Inbound, forget_gone
from tablecast.outbound.manifests.project import namespace
from tablecast.outbound.manifests.specs import ProjectSpec
from tablecast.settings import Settings
from tests.domain.world import a_project, a_training, a_version
from tests.inbound.datastores import Datastore
from tests.inbound.servers import Servers
from tests.inbound.telling import labels_of
from tests.inbound.waiting import eventually_so


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    opened = EmbeddedStore(tmp_path / "objects.sqlite")
    yield opened
    opened.close()


@asynccontextmanager
async def inbound(store: EmbeddedStore) -> AsyncIterator[None]:
    """Inbound beside the feed, as in the server's process."""
    cluster = cast(Cluster, store)
    whole = Inbound(cluster, Datastore(), Servers().client, Settings())
    feed = Feed(live.hub, live.feed, 2.0)
    tasks = [asyncio.create_task(whole.run()), asyncio.create_task(feed.run())]
    try:
        yield
    finally:
        ended = [task.exception() for task in tasks if task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert ended == []


async def a_workflow(store: EmbeddedStore) -> tuple[Training, Attempt, Manifest]:
    """A training whose Workflow is in the store, without a status yet."""
    training = await a_training(await a_version(await a_project()))
    project = await Project.get(id=training.project_id)
    attempt = await Attempt.get(training_id=training.id)
    await store.apply(namespace(spec_of(project)))
    made = await store.create(
        {
            "apiVersion": WORKFLOW.api_version,
            "kind": WORKFLOW.kind,
            "metadata": {
                "name": attempt.workflow_name,
                "namespace": project.namespace,
                "labels": await labels_of(training),
            },
            "spec": {"entrypoint": "dag"},
        }
    )
    # The relay's part: it writes down what it made.
    await Attempt.filter(id=attempt.id).update(workflow_uid=made["metadata"]["uid"])
    return training, attempt, made


def spec_of(project: Project) -> ProjectSpec:
    return ProjectSpec(
        project_id=project.id,
        name=project.name,
        namespace=project.namespace,
        volume_bytes=1,
        storage_class="",
        cpu_limit=1,
        memory_limit_bytes=1,
        image_server="i",
        datastore_token="t",
        signing_key="k",
        operation_id="o",
        upload_bytes=20 << 30,
        upload_seconds=86_400,
    )


async def step_pod(store: EmbeddedStore, made: Manifest, step: str, phase: str) -> None:
    """A step's pod as Argo would have made it, in some phase."""
    metadata = made["metadata"]
    owner = {"apiVersion": WORKFLOW.api_version, "kind": WORKFLOW.kind, "controller": True}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"{metadata['name']}-{step}-1",
            "namespace": metadata["namespace"],
            "labels": metadata["labels"],
            "annotations": {"workflows.argoproj.io/node-name": f"{metadata['name']}.{step}(0)"},
            "ownerReferences": [owner | {"name": metadata["name"], "uid": metadata["uid"]}],
        },
        "spec": {"containers": [{"name": "main", "image": "i"}]},
    }
    state = {"running": {"startedAt": "2026-11-24T00:00:00Z"}} if phase == "Running" else {}
    await store.apply(pod)
    status = {"phase": phase, "containerStatuses": [{"name": "main", "state": state}]}
    await store.apply(pod | {"status": status}, subresource="status")


async def until_state(attempt: Attempt, step: str, state: StepState) -> None:
    await eventually_so(lambda: Step.exists(attempt_id=attempt.id, name=step, state=state))


async def until_attempt(attempt: Attempt, state: AttemptState) -> None:
    await eventually_so(lambda: Attempt.exists(id=attempt.id, state=state))


async def heard(subscription: live.Subscription) -> None:
    """Wait until something is told to a subscriber."""
    async with asyncio.timeout(5):
        while not await subscription.take(5):
            pass


async def test_a_steps_change_is_heard_by_a_subscriber_at_once(
    world: None, store: EmbeddedStore
) -> None:
    training, _, made = await a_workflow(store)
    followed = frozenset({("TRAINING", training.id)})
    took: list[float] = []
    async with inbound(store):
        with live.hub.subscribe(training.project_id, followed) as subscription:
            await asyncio.sleep(0.3)
            await subscription.take(0)
            for step in ("preprocess", "features", "train"):
                for phase in ("Pending", "Running", "Succeeded"):
                    begun = time.monotonic()
                    await step_pod(store, made, step, phase)
                    await heard(subscription)
                    took.append(time.monotonic() - begun)
    # An order of magnitude below what a person notices, so that a loaded machine passes too.
    assert median(took) < 0.25


async def test_what_happened_while_the_server_was_down_is_caught_up_with(
    world: None, store: EmbeddedStore
) -> None:
    _, attempt, made = await a_workflow(store)
    await step_pod(store, made, "preprocess", "Running")
    async with inbound(store):
        await until_state(attempt, "preprocess", StepState.RUNNING)
    await step_pod(store, made, "preprocess", "Succeeded")
    await step_pod(store, made, "features", "Running")
    async with inbound(store):
        await until_state(attempt, "preprocess", StepState.SUCCEEDED)
        await until_state(attempt, "features", StepState.RUNNING)


async def test_two_servers_that_watch_the_same_write_it_down_once(
    world: None, store: EmbeddedStore
) -> None:
    training, attempt, made = await a_workflow(store)
    async with inbound(store), inbound(store):
        for step in ("preprocess", "features", "train"):
            await step_pod(store, made, step, "Pending")
            await until_state(attempt, step, StepState.PENDING)
            await step_pod(store, made, step, "Succeeded")
            await until_state(attempt, step, StepState.SUCCEEDED)
    told = await Event.filter(project_id=training.project_id, type="TRAINING_STEP")
    assert [event.message for event in sorted(told, key=lambda event: event.sequence)] == [
        f"{step} {state}"
        for step in ("preprocess", "features", "train")
        for state in ("PENDING", "SUCCEEDED")
    ]
    assert await Sighting.filter(kind="Pod").count() == 3


async def test_a_workflow_deleted_while_the_server_was_down_loses_its_attempt(
    world: None, store: EmbeddedStore
) -> None:
    training, attempt, made = await a_workflow(store)
    async with inbound(store):
        await step_pod(store, made, "preprocess", "Running")
        await until_state(attempt, "preprocess", StepState.RUNNING)
    metadata = made["metadata"]
    await store.delete(WORKFLOW, metadata["namespace"], metadata["name"], uid=metadata["uid"])
    async with inbound(store):
        await until_attempt(attempt, AttemptState.LOST)
    assert (await Training.get(id=training.id)).state == "LOST"


async def test_a_namespace_that_goes_wakes_what_waits_for_it(
    world: None, store: EmbeddedStore
) -> None:
    training, _, made = await a_workflow(store)
    waiting = {"code": "NAMESPACE_GOING", "message": "", "since": ""}
    later = datetime.now(UTC) + timedelta(hours=1)
    async with inbound(store):
        await eventually_so(lambda: Sighting.exists(kind="Namespace"))
        operation = await Operation.get(subject_id=training.id)
        await Operation.filter(id=operation.id).update(blocked_by=waiting, due_at=later)
        await store.delete(NAMESPACE, "", made["metadata"]["namespace"])
        await eventually_so(lambda: Operation.exists(id=operation.id, due_at__lt=later))


async def test_what_has_long_been_gone_is_forgotten_and_nothing_else(world: None) -> None:
    for name, gone in (("old", True), ("new", True), ("there", False)):
        await Sighting.create(
            id=new_id(),
            project_id="p",
            uid=name,
            kind="Pod",
            namespace="n",
            name=name,
            resource_version="1",
            gone=gone,
        )
    old = datetime.now(UTC) - timedelta(days=3)
    await Sighting.filter(name__in=("old", "there")).update(updated_at=old)
    await forget_gone(datetime.now(UTC) - timedelta(days=2))
    left = await Sighting.all().order_by("name").values_list("name", flat=True)
    assert list(left) == ["new", "there"]
