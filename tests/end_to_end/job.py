"""The main job in pieces, as a client does it, on a table small enough for a few seconds."""

import asyncio
import random
from typing import Any

from tablecast_demo import documents
from tablecast_demo.session import Answer, Session
from tests.end_to_end.documents import LINEAGE

TARGET = "kind"


def table(rows: int = 240) -> bytes:
    """A CSV with a text column, missing values and two kinds that can be told apart."""
    source = random.Random(7)
    lines = ["size,weight,colour,kind"]
    for _ in range(rows):
        kind = source.choice(["ant", "bee"])
        size = source.gauss(3 if kind == "ant" else 6, 1)
        weight = "" if source.random() < 0.1 else f"{source.gauss(size * 2, 1):.2f}"
        lines.append(f"{size:.2f},{weight},{source.choice(['red', 'blue'])},{kind}")
    return ("\n".join(lines) + "\n").encode()


ROW = {"size": 6.2, "weight": 12.0, "colour": "red"}


async def seen(session: Session, document: str, subject: str, **wanted: Any) -> Answer:
    """Follow a subject until it shows what is wanted; return that."""
    async for answer in session.follow(document, id=subject):
        if all(answer[name] == value for name, value in wanted.items()):
            return answer
        if answer["state"] == "FAILED" and wanted.get("state") != "FAILED":
            raise AssertionError(f"it failed: {answer}")
    raise AssertionError("the subscription ended")


async def project(session: Session, name: str) -> str:
    """A project whose datastore was seen."""
    created = await session.mutate(documents.CREATE_PROJECT, name=name)
    await seen(session, documents.FOLLOW_PROJECT, created["project"]["id"], state="READY")
    return str(created["project"]["id"])


async def upload(session: Session, project_id: str, content: bytes) -> str:
    """A finished upload."""
    made = await session.mutate(
        documents.CREATE_UPLOAD, projectId=project_id, fileName="t.csv", length=len(content)
    )
    await session.upload(made["upload"]["url"], content)
    await session.mutate(documents.FINISH_UPLOAD, uploadId=made["upload"]["id"])
    return str(made["upload"]["id"])


async def dataset(session: Session, upload_id: str, name: str = "insects") -> str:
    """A dataset version wished for, not yet seen."""
    made = await session.mutate(documents.CREATE_VERSION, uploadId=upload_id, name=name)
    return str(made["datasetVersion"]["id"])


async def ready_dataset(session: Session, project_id: str, content: bytes | None = None) -> str:
    """A dataset version that is READY."""
    version = await dataset(session, await upload(session, project_id, content or table()))
    await seen(session, documents.FOLLOW_VERSION, version, state="READY")
    return version


async def training(session: Session, version: str, **also: Any) -> str:
    """A training wished for: a linear model unless told otherwise, as that takes least."""
    given = {"name": "kinds", "target": TARGET, "algorithm": "LINEAR", "timeBudgetSeconds": 5}
    made = await session.mutate(
        documents.CREATE_TRAINING, datasetVersionId=version, **(given | also)
    )
    return str(made["training"]["id"])


async def trained_model(session: Session, training_id: str) -> str:
    """The model version that a training makes."""
    done = await seen(session, documents.FOLLOW_TRAINING, training_id, state="SUCCEEDED")
    return str(done["modelVersion"]["id"])


async def serving(session: Session, project_id: str, model_version: str, **also: Any) -> str:
    """A serving wished for."""
    made = await session.mutate(
        documents.CREATE_SERVING,
        **({"projectId": project_id, "name": "kinds", "modelVersionId": model_version} | also),
    )
    return str(made["serving"]["id"])


async def servable(session: Session, serving_id: str) -> None:
    """Wait until every replica answers."""
    await seen(session, documents.FOLLOW_SERVING, serving_id, state="SERVABLE")


async def predict(session: Session, serving_id: str, row: dict[str, Any] = ROW) -> str:
    """The prediction for one row."""
    answer = await session.mutate(documents.PREDICT, servingId=serving_id, rows=[row])
    return str(answer["predictions"][0]["prediction"])


OF_TRAINING = """
query ($id: ID!) {
  training(id: $id) {
    model { id }
    latestAttempt { id }
    datasetVersion { dataset { id } upload { id } }
    project { operations(last: 1) { nodes { id } } }
  }
}"""


async def begun(session: Session, name: str) -> dict[str, str]:
    """A project with a dataset and a training on its way: the ids by the name of their type."""
    project_id = await project(session, name)
    version = await ready_dataset(session, project_id)
    training_id = await training(session, version)
    return {"Project": project_id, "DatasetVersion": version} | await around(session, training_id)


async def whole(session: Session, name: str) -> dict[str, str]:
    """A project with a whole main job in it: the ids of everything, by the name of their type."""
    ids = await begun(session, name)
    model_version = await trained_model(session, ids["Training"])
    serving_id = await serving(session, ids["Project"], model_version)
    await servable(session, serving_id)
    return ids | {"ModelVersion": model_version, "Serving": serving_id}


async def around(session: Session, training_id: str) -> dict[str, str]:
    """The ids of a training and of what it stands on, by the name of their type."""
    told = (await session.query(OF_TRAINING, id=training_id))["training"]
    return {
        "Training": training_id,
        "Upload": told["datasetVersion"]["upload"]["id"],
        "Dataset": told["datasetVersion"]["dataset"]["id"],
        "Attempt": told["latestAttempt"]["id"],
        "Model": told["model"]["id"],
        "Operation": told["project"]["operations"]["nodes"][0]["id"],
    }


async def two_versions(url: str, name: str) -> tuple[str, str, str]:
    """Make a project with two versions of one model; return the ids of all three."""
    async with asyncio.timeout(60), Session(url) as session:
        made = await project(session, name)
        version = await ready_dataset(session, made)
        first = await trained_model(session, await training(session, version))
        lineage = await session.query(LINEAGE, id=first)
        model = lineage["modelVersion"]["model"]["id"]
        second = await training(session, version, name="again", modelId=model, seed=1)
        return made, first, await trained_model(session, second)
