"""Two people on one server, each with a whole main job whose every name has a word of their own."""

import asyncio
import base64
import json
import random
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import httpx
from graphql import GraphQLObjectType

from tablecast.domain.identity import new_id
from tablecast_demo import documents
from tablecast_demo.session import Session
from tests.api.selections import everything
from tests.end_to_end import job
from tests.end_to_end.machine import Machine
from tests.end_to_end.people import Person, token
from tests.end_to_end.schema_walk import SCHEMA

NODES = sorted(
    name
    for name, type_ in SCHEMA.type_map.items()
    if isinstance(type_, GraphQLObjectType) and "Node" in {each.name for each in type_.interfaces}
)

DOWNLOAD = "query ($id: ID!) { modelVersion(id: $id) { download { url } } }"
OPEN = """
query ($id: ID!) {
  project(id: $id) { uploads(filter: {state: [PENDING, OPEN]}) { nodes { id url } } }
}"""


class Neighbour(Person):
    """One of the two: `word` is in every name of theirs, `ids` has an object of each type.

    `heard` holds every answer, with what was asked in it taken out: ids that one sends come back.
    """

    def __init__(self, machine: Machine, word: str) -> None:
        super().__init__(machine.url, token(machine, f"{word}@example.org"))
        self.word = word
        self.ids: dict[str, str] = {}
        self.heard: list[str] = []
        self.http.event_hooks["response"].append(self._hear)

    def own(self) -> set[str]:
        """All that may never be in the other's answers: the word, and every id in either form."""
        seen: set[str] = set()
        left = set(self.ids.values())
        while left:
            seen |= left
            left = {found for id_ in left for found in _ids(self.ask(look(id_), id=id_))} - seen
        return {self.word} | seen | {row_of(id_) for id_ in seen}

    def download(self) -> httpx.URL:
        """A signed address of their model's file."""
        told = self.ask(DOWNLOAD, id=self.ids["ModelVersion"])
        return httpx.URL(told["data"]["modelVersion"]["download"]["url"])

    def open_upload(self) -> dict[str, str]:
        """An upload of theirs that takes bytes: its id and url."""
        told = self.ask(OPEN, id=self.ids["Project"])["data"]["project"]["uploads"]["nodes"]
        return dict(told[0])

    def _hear(self, answer: httpx.Response) -> None:
        answer.read()
        self.heard.append(without(answer.text + repr(answer.headers.raw), answer.request))


def without(text: str, request: httpx.Request) -> str:
    """An answer's text without the ids and words that its request had."""
    sent = request.url.path.split("/") + _variables(request.content)
    for part in sorted({each for each in sent if len(each) >= 16}, key=len, reverse=True):
        text = text.replace(part, "…")
    return text


def look(id_: str) -> str:
    """A query for all that can be seen of the object of an id."""
    typename = base64.b64decode(id_).decode().partition(":")[0]
    # Of a list all that is wanted is what it leads to, which is looked at in its turn.
    return f"query ($id: ID!) {{ node(id: $id) {{ ... on {typename} {{ {_all_of(typename)} }} }} }}"


def row_of(id_: str) -> str:
    """The row's id in an object's id."""
    return base64.b64decode(id_).decode().partition(":")[2]


async def move_in(machine: Machine, person: Neighbour) -> None:
    """Do the main job as that person, with their word in every name."""
    word = person.word
    async with asyncio.timeout(150), Session(machine.url, person.token) as session:
        project = await job.project(session, f"{word}-project")
        upload = await _uploaded(session, project, word)
        version = await job.dataset(session, upload, f"{word} dataset")
        await job.seen(session, documents.FOLLOW_VERSION, version, state="READY")
        training = await job.training(
            session,
            version,
            name=f"{word} training",
            modelName=f"{word} model",
            target=f"{word} kind",
        )
        model_version = await job.trained_model(session, training)
        serving = await job.serving(session, project, model_version, name=f"{word} serving")
        await job.servable(session, serving)
        around = await job.around(session, training)
        # One more, to which bytes could still be sent.
        await session.mutate(
            documents.CREATE_UPLOAD, projectId=project, fileName=f"{word} open.csv", length=9
        )
    named = {"Project": project, "DatasetVersion": version, "ModelVersion": model_version}
    drift = _adrift(machine, project, word)
    person.ids = around | named | {"Serving": serving, "Drift": drift}


def _adrift(machine: Machine, project: str, word: str) -> str:
    """What a sweep would have written of a Workflow that a hand made; the drift's id."""
    now, row_id = datetime.now(UTC).isoformat(), new_id()
    written = {
        "id": row_id,
        "created_at": now,
        "updated_at": now,
        "project_id": row_of(project),
        "kind": "Workflow",
        "namespace": f"tc-{word}",
        "name": f"{word}-by-hand",
        "uid": f"{word}-uid",
        "drift": "ORPHANED",
        "reason": f"No attempt has {word}.",
        "noun": "PROJECT",
        "subject_id": row_of(project),
        "adoptable": True,
        "recreatable": True,
        "purgeable": True,
    }
    places = ", ".join("?" * len(written))
    insert = f"INSERT INTO drift ({', '.join(written)}) VALUES ({places})"
    with closing(sqlite3.connect(machine.state / "tablecast.db", timeout=30)) as file, file:
        file.execute(insert, list(written.values()))
    return base64.b64encode(f"Drift:{row_id}".encode()).decode()


async def _uploaded(session: Session, project: str, word: str) -> str:
    content = _table(word)
    made = await session.mutate(
        documents.CREATE_UPLOAD,
        projectId=project,
        fileName=f"{word} table.csv",
        length=len(content),
    )
    await session.upload(made["upload"]["url"], content)
    await session.mutate(documents.FINISH_UPLOAD, uploadId=made["upload"]["id"])
    return str(made["upload"]["id"])


def _table(word: str) -> bytes:
    chance = random.Random(word)
    lines = [f"{word} size,{word} colour,{word} kind"]
    for _ in range(120):
        kind = chance.choice(["a", "b"])
        size = chance.gauss(3 if kind == "a" else 6, 1)
        lines.append(f"{size:.2f},{word} {chance.choice(['red', 'blue'])},{word} {kind}")
    return ("\n".join(lines) + "\n").encode()


def _all_of(typename: str) -> str:
    return everything(SCHEMA, typename, 1).replace("subject { __typename }", _SUBJECT)


_SUBJECT = "subject { __typename ... on Node { id } }"


def _ids(found: Any) -> set[str]:
    if isinstance(found, dict):
        own = {found["id"]} if isinstance(found.get("id"), str) else set()
        return own.union(*(_ids(each) for each in found.values()))
    return set().union(*(_ids(each) for each in found)) if isinstance(found, list) else set()


def _variables(body: bytes) -> list[str]:
    return _texts(json.loads(body)["variables"]) if body.startswith(b'{"query"') else []


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [value] if isinstance(value, str) else []
