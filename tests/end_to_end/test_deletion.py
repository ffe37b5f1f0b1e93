"""What is deleted is gone: from the API, from the cluster, from the volume, and the feed tells it."""

import asyncio
from dataclasses import dataclass

import pytest

from tablecast_demo import documents as demo
from tablecast_demo.session import Answer, Session
from tests.end_to_end import cluster, documents, job
from tests.end_to_end.machine import Machine


@dataclass(frozen=True)
class Whole:
    """Global ids of one of each noun, and the project's namespace."""

    project: str
    namespace: str
    dataset: str
    version: str
    training: str
    model: str
    model_version: str
    serving: str


PROJECT = "query ($id: ID!) { project(id: $id) { namespace } }"
THERE = "query ($id: ID!) { node(id: $id) { __typename } }"


async def _whole(session: Session, name: str) -> Whole:
    project = await job.project(session, name)
    version = await job.ready_dataset(session, project)
    training = await job.training(session, version)
    model_version = await job.trained_model(session, training)
    serving = await job.serving(session, project, model_version)
    await job.servable(session, serving)
    lineage = (await session.query(documents.LINEAGE, id=model_version))["modelVersion"]
    return Whole(
        project,
        (await session.query(PROJECT, id=project))["project"]["namespace"],
        lineage["datasetVersion"]["dataset"]["id"],
        version,
        training,
        lineage["model"]["id"],
        model_version,
        serving,
    )


async def _carried_out(session: Session, payload: Answer) -> None:
    operation = payload["operation"]["id"]
    await job.seen(session, documents.FOLLOW_OPERATION, operation, state="OBSERVED")


async def _is_there(session: Session, global_id: str) -> bool:
    return (await session.query(THERE, id=global_id))["node"] is not None


async def _told(session: Session, project: str, subject: str) -> list[str]:
    """What the feed told of a subject, oldest first."""
    found = await session.query(documents.EVENTS_OF, id=project, subject=subject)
    return [event["type"] for event in found["project"]["events"]["nodes"]]


async def _nothing_of(machine: Machine, *about: str) -> None:
    """Wait until neither the cluster nor a volume has anything of these."""
    for each in about:
        await cluster.soon(
            15, lambda each=each: not cluster.names(machine, about=each), f"objects of {each}"
        )
        assert cluster.folders(machine, each) == []


async def test_one_after_the_other_each_noun_goes_with_all_that_is_its_own(shared_machine):
    """Serving, model, training, dataset; what others still need stays until it is their turn."""
    async with asyncio.timeout(90), Session(shared_machine.url) as session:
        whole = await _whole(session, "one-by-one")
        deeds = (
            (documents.DELETE_SERVING, {"servingId": whole.serving}, "SERVING"),
            (documents.DELETE_MODEL, {"modelId": whole.model}, "MODEL"),
            (documents.DELETE_TRAINING, {"trainingId": whole.training}, "TRAINING"),
            (documents.DELETE_DATASET, {"datasetId": whole.dataset}, "DATASET"),
        )
        for document, given, noun in deeds:
            (subject,) = given.values()
            assert await _is_there(session, subject)
            await _carried_out(session, await session.mutate(document, **given))
            assert not await _is_there(session, subject)
            told = await _told(session, whole.project, subject)
            assert told[-1] == f"{noun}_DELETED"
            assert f"{noun}_DELETING" in told
        await _nothing_of(
            shared_machine, whole.serving, whole.training, whole.model_version, whole.version
        )
        await cluster.soon(
            15,
            lambda: not cluster.names(shared_machine, kind="InferenceService"),
            "the pool that nobody uses to go",
        )
        volumes = cluster.folders(shared_machine, whole.namespace)
        left = [path for volume in volumes for path in volume.glob("*/*")]
    assert len(volumes) == 1
    assert left == [], "the volume of a project without nouns is empty"


async def _refusal(session: Session, document: str, **given: object) -> Answer:
    (answer,) = (await session.query(document, input=given)).values()
    return answer


async def test_what_is_used_names_its_users_and_goes_with_them_when_told_to_cascade(
    shared_machine,
):
    """A model is used by its serving, a dataset by its training and its model."""
    async with asyncio.timeout(90), Session(shared_machine.url) as session:
        whole = await _whole(session, "cascade")
        model = await _refusal(session, documents.DELETE_MODEL, modelId=whole.model)
        dataset = await _refusal(session, documents.DELETE_DATASET, datasetId=whole.dataset)
        assert await job.predict(session, whole.serving) == "bee"
        cascade = {"datasetId": whole.dataset, "cascade": True}
        done = await session.mutate(documents.DELETE_DATASET, **cascade)
        await _carried_out(session, done)
        for each in (whole.dataset, whole.training, whole.model, whole.serving):
            assert not await _is_there(session, each)
        await _nothing_of(
            shared_machine, whole.serving, whole.training, whole.model_version, whole.version
        )
    assert (model["code"], _blocking(model)) == ("MODEL_IN_USE", {("Serving", whole.serving)})
    assert dataset["code"] == "DATASET_IN_USE"
    assert _blocking(dataset) == {("Training", whole.training), ("Model", whole.model)}


def _blocking(refusal: Answer) -> set[tuple[str, str]]:
    return {(each["__typename"], each["id"]) for each in refusal["blocking"]}


async def test_a_training_is_deleted_while_it_runs(shared_machine):
    """Its Workflow, its process and its files go; the model that it was to make stays, empty."""
    async with asyncio.timeout(60), Session(shared_machine.url) as session:
        version = await job.ready_dataset(session, await job.project(session, "run-over"))
        long = {"algorithm": "AUTO", "timeBudgetSeconds": 60}
        training = await job.training(session, version, **long)
        find = shared_machine.processes
        await cluster.soon(30, lambda: find("tablecast_steps.train"), "train to start")
        done = await session.mutate(documents.DELETE_TRAINING, trainingId=training)
        await _carried_out(session, done)
        assert not await _is_there(session, training)
        await cluster.soon(10, lambda: not find("tablecast_steps"), "its process to end")
        await _nothing_of(shared_machine, training)


@pytest.mark.slow
async def test_a_project_goes_with_all_that_runs_in_it_within_30_seconds(machine):
    """One training searches, one serving answers; no object, folder or process is left."""
    async with asyncio.timeout(120), Session(machine.url) as session:
        whole = await _whole(session, "doomed")
        long = {"name": "long", "algorithm": "AUTO", "timeBudgetSeconds": 60}
        await job.training(session, whole.version, **long)
        await cluster.soon(30, lambda: machine.processes("tablecast_steps.train"), "train")
        before = machine.processes()
        feed = session.follow(documents.FOLLOW_EVENTS, id=whole.project)
        await anext(feed)
        async with asyncio.timeout(30):
            done = await session.mutate(
                documents.DELETE_PROJECT, projectId=whole.project, confirmName="doomed"
            )
            last = await _last_word(feed)
            await _carried_out(session, done)
            await _nothing_of(machine, whole.namespace, whole.project)
            await cluster.soon(30, lambda: not machine.processes(), "its processes to end")
        assert not await _is_there(session, whole.project)
        names = (await session.query(demo.PROJECT_NAMES))["projects"]["nodes"]
    assert len(before) >= 3
    assert last == "PROJECT_DELETED"
    assert names == []


async def _last_word(feed) -> str:
    async for message in feed:
        for event in message.get("events", ()):
            if event["type"] == "PROJECT_DELETED":
                await feed.aclose()
                return event["type"]
    raise AssertionError("the feed ended without its last word")
