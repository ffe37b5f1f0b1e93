"""The main job on a real Kubernetes: real pods train and serve, under whatever controllers it has."""

import asyncio

import pytest

from tablecast.cluster.kubernetes.cluster import KubernetesCluster
from tablecast.cluster.port import (
    INFERENCE_SERVICE,
    NAMESPACE,
    POD,
    TRAINED_MODEL,
    Manifest,
)
from tablecast_demo.session import Session
from tests.cluster.waiting import until_gone, until_object
from tests.end_to_end import documents, job
from tests.end_to_end.load import predicting
from tests.end_to_end.server import Server
from tests.node.place import PATIENCE, Place, delete_project, namespace_of, step_pods

pytestmark = [pytest.mark.cluster, pytest.mark.node, pytest.mark.slow]

FINALIZER = "example.org/held"
SECOND = {"name": "again", "seed": 1}
STEPS = ("preprocess", "features", "train")


@pytest.fixture(scope="module")
def models(server: Server) -> tuple[str, str, str]:
    """A project with two versions of one model: the ids of project, first and second."""
    return asyncio.run(_two_versions(server.url))


async def _two_versions(url: str) -> tuple[str, str, str]:
    async with asyncio.timeout(PATIENCE), Session(url) as session:
        project = await job.project(session, "trained")
        version = await job.ready_dataset(session, project)
        first = await job.trained_model(session, await job.training(session, version))
        lineage = await session.query(documents.LINEAGE, id=first)
        model = lineage["modelVersion"]["model"]["id"]
        second = await job.training(session, version, modelId=model, **SECOND)
        return project, first, await job.trained_model(session, second)


async def test_each_step_ran_in_a_pod_of_its_own_image(
    server: Server, place: Place, kubernetes: KubernetesCluster, models: tuple[str, str, str]
) -> None:
    async with Session(server.url) as session:
        namespace = await namespace_of(session, models[0])
    pods = await step_pods(kubernetes, namespace)
    ran = [_main(pod)["image"] for pod in pods]
    assert sorted(ran) == sorted(2 * [place.images[step] for step in STEPS])
    assert {pod["status"]["phase"] for pod in pods} == {"Succeeded"}


def _main(pod: Manifest) -> Manifest:
    found: Manifest = next(each for each in pod["spec"]["containers"] if each["name"] == "main")
    return found


@pytest.mark.parametrize("mode", ["SHARED", "DEDICATED"])
async def test_a_model_answers_and_is_switched_under_load_without_one_failed_prediction(
    server: Server, kubernetes: KubernetesCluster, models: tuple[str, str, str], mode: str
) -> None:
    project, first, second = models
    async with asyncio.timeout(PATIENCE), Session(server.url) as session:
        serving = await job.serving(session, project, first, mode=mode, name=mode)
        await job.servable(session, serving)
        assert await job.predict(session, serving) == "bee"
        async with predicting(server.url, serving) as load:
            await load.until(first)
            await session.mutate(documents.UPDATE_SERVING, servingId=serving, modelVersionId=second)
            await _moved(session, serving)
            await load.until(second)
        await _only_one_is_left(session, kubernetes, project, mode)
        done = await session.mutate(documents.DELETE_SERVING, servingId=serving)
        operation = done["operation"]["id"]
        await job.seen(session, documents.FOLLOW_OPERATION, operation, state="OBSERVED")
    assert load.failures == []
    assert set(load.answers) == {first, second}


async def _moved(session: Session, serving: str) -> None:
    """Wait until the second revision answers and the first has gone."""
    async for seen in session.follow(documents.FOLLOW_SERVING, id=serving):
        states = {one["number"]: one["state"] for one in seen["revisions"]["nodes"]}
        if seen["activeRevision"]["number"] == 2 and states[1] == "RETIRED":
            return


async def _only_one_is_left(
    session: Session, cluster: KubernetesCluster, project: str, mode: str
) -> None:
    kind = TRAINED_MODEL if mode == "SHARED" else INFERENCE_SERVICE
    namespace = await namespace_of(session, project)
    found = (await cluster.list(kind, namespace=namespace)).objects
    names = [each["metadata"]["name"] for each in found]
    assert [name for name in names if name.startswith("serving-")] == [
        name for name in names if name.endswith("-r2")
    ]


async def test_a_predictor_pod_that_is_deleted_comes_back_with_its_model(
    server: Server, kubernetes: KubernetesCluster, models: tuple[str, str, str]
) -> None:
    """A new pod of the pool has nothing loaded, whatever its conditions say; the model answers again."""
    project, version, _ = models
    async with asyncio.timeout(PATIENCE), Session(server.url) as session:
        serving = await job.serving(session, project, version, name="lasting")
        await job.servable(session, serving)
        namespace = await namespace_of(session, project)
        selector = "serving.kserve.io/inferenceservice"
        for pod in (await kubernetes.list(POD, namespace=namespace, selector=selector)).objects:
            await kubernetes.delete(POD, namespace, pod["metadata"]["name"])
        await job.seen(session, documents.FOLLOW_SERVING, serving, servable=False)
        await job.servable(session, serving)
        assert await job.predict(session, serving) == "bee"


async def test_a_deleted_project_waits_for_a_finalizer_and_is_gone_once_that_is(
    server: Server, kubernetes: KubernetesCluster
) -> None:
    async with asyncio.timeout(PATIENCE), Session(server.url) as session:
        project = (await job.whole(session, "leaving"))["Project"]
        namespace = await namespace_of(session, project)
        await kubernetes.apply(_held(namespace, FINALIZER))
        operation = await delete_project(session, project, "leaving")
        await until_object(kubernetes, NAMESPACE, "", namespace, _hangs, PATIENCE)
        async for seen in session.follow(documents.FOLLOW_OPERATION, id=operation):
            if FINALIZER in (seen["blockedBy"] or {}).get("message", ""):
                break
        assert seen["blockedBy"]["code"] == "NAMESPACE_GOING"
        await kubernetes.apply(_held(namespace))
        await until_gone(kubernetes, NAMESPACE, "", namespace, PATIENCE)
        await job.seen(session, documents.FOLLOW_OPERATION, operation, state="OBSERVED")


def _held(namespace: str, *finalizers: str) -> Manifest:
    metadata = {"name": "held", "namespace": namespace, "finalizers": list(finalizers)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}


def _hangs(namespace: Manifest) -> bool:
    conditions = namespace["status"].get("conditions", [])
    found = {each["type"]: each["status"] for each in conditions}
    return found.get("NamespaceFinalizersRemaining") == "True"
