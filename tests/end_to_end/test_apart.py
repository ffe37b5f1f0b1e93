"""Two people on one server: nothing of the one is in any answer to the other, not even that it exists.

Whatever an id of the other's is tried on, the answer is the one for an id that nobody has.
"""

import asyncio
import json
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tablecast_demo.session import Session
from tests.end_to_end import schema_walk
from tests.end_to_end.machine import Machine
from tests.end_to_end.neighbours import NODES, Neighbour, look, move_in, row_of
from tests.end_to_end.people import Person
from tests.end_to_end.schema_walk import nobodys_id, typename_of

TUS = {"Tus-Resumable": "1.0.0"}
PATCH = TUS | {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
RENAME = """
mutation ($input: RenameModelInput!) {
  renameModel(input: $input) {
    __typename
    ... on RenameModelPayload { model { id name } operation { id } }
    ... on Error { code message field hint }
  }
}"""
EVENTS = """
subscription ($id: ID!) {
  projectEvents(projectId: $id) { ... on EventBatch { events { type subjectId message } } }
}"""


@pytest.fixture(scope="module")
def shared_machine(tmp_path_factory):
    """Their machine; no sweep finds out that what is said to be adrift there is not."""
    machine = Machine(tmp_path_factory.mktemp("apart") / "state", TABLECAST_SWEEP_SECONDS="3600")
    machine.start()
    yield machine
    machine.kill()


@pytest.fixture(scope="module")
def both(shared_machine):
    """The two, moved in side by side."""
    pair = Neighbour(shared_machine, "zebrafish"), Neighbour(shared_machine, "quokka")

    async def moved_in() -> None:
        await asyncio.gather(*(move_in(shared_machine, person) for person in pair))

    asyncio.run(moved_in())
    yield pair
    for person in pair:
        person.close()


@pytest.fixture(params=[0, 1], ids=["the first", "the second"])
def couple(both, request):
    """Who asks, and whose things it is asked about: each in turn."""
    return both[request.param], both[1 - request.param]


def alike(one: httpx.Response, other: httpx.Response, *differ: tuple[str, str]) -> None:
    """Two answers are the same, but for what was asked about."""
    assert one.status_code == other.status_code, (one.text, other.text)
    assert _told(one, [pair[0] for pair in differ]) == _told(other, [pair[1] for pair in differ])


def _told(answer: httpx.Response, ids: list[str]) -> tuple[str, dict[str, str]]:
    text = answer.text
    for id_ in ids:
        text = text.replace(id_, "that id")
    passing = {"date", "content-length", "upload-expires"}
    return text, {k: v for k, v in answer.headers.items() if k not in passing}


def test_each_sees_all_of_their_own(couple):
    """So that the silence about the other's means something."""
    asker, _ = couple
    for typename in NODES:
        told = asker.post(look(asker.ids[typename]), id=asker.ids[typename])
        assert "errors" not in told.json(), told.text
        assert told.json()["data"]["node"]["id"] == asker.ids[typename]
    listed = asker.ask("{ projects { nodes { id name } } }")["data"]["projects"]["nodes"]
    assert [each["id"] for each in listed] == [asker.ids["Project"]]


def test_no_edge_leads_from_the_one_to_the_other(couple):
    """All that can be reached from one's own, edge by edge, and read field by field."""
    asker, other = couple
    mine, theirs = asker.own(), other.own()
    assert len(mine) >= 30
    assert mine & theirs == set()


def test_by_no_query_is_the_others_thing_there(couple):
    """Each root that takes an id, and `node` for each type, as for nobody's id."""
    asker, other = couple
    tried = [
        (root, argument, typename)
        for root, argument in schema_walk.id_roots()
        for typename in (NODES if root == "node" else [_named(root, argument)])
    ]
    assert len(tried) >= 11 + len(NODES)
    for root, argument, typename in tried:
        query = f"query ($id: ID!) {{ {root}({argument}: $id) {{ __typename }} }}"
        theirs, nobodys = other.ids[typename], nobodys_id(typename)
        answer = asker.post(query, id=theirs)
        assert answer.json() == {"data": {root: None}}
        alike(answer, asker.post(query, id=nobodys))


def _named(root: str, argument: str) -> str:
    return typename_of(root if argument == "id" else argument)


def test_no_mutation_takes_the_others_thing(couple):
    """Each id in each input, the rest of it being right and one's own."""
    asker, other = couple
    for name, field in schema_walk.id_inputs():
        typename = typename_of(field)
        theirs, nobodys = other.ids[typename], nobodys_id(typename)
        given = _right(asker, other, name, field)
        answer = schema_walk.mutate(asker, name, given | {field: theirs})
        told = answer.json()["data"][name]
        assert told["__typename"] == "NotFoundError", (name, field, told)
        alike(answer, schema_walk.mutate(asker, name, given | {field: nobodys}), (theirs, nobodys))


def _right(asker: Neighbour, other: Neighbour, name: str, field: str) -> dict[str, Any]:
    given: dict[str, Any] = {
        each: asker.ids[typename_of(each)]
        for mutation, each in schema_walk.id_inputs()
        if mutation == name and each != field
    }
    # What the owner would say, and whatever else would make it work.
    return given | {
        "deleteProject": {"confirmName": f"{other.word}-project"},
        "createTraining": {"target": f"{asker.word} kind", "algorithm": "LINEAR"},
        "predict": {"rows": [{f"{other.word} size": 1, f"{other.word} colour": "x"}]},
        "addMember": {"subject": f"{asker.word}@example.org", "role": "OWNER"},
        "removeMember": {"subject": f"{other.word}@example.org"},
    }.get(name, {})


def test_no_filter_finds_the_others_thing(couple):
    """Operations and events about it are none, in one's own project."""
    asker, other = couple
    query = """
    query ($id: ID!, $about: ID!) {
      project(id: $id) {
        operations(filter: {subjectId: $about}) { nodes { id } }
        events(filter: {subjectId: $about}) { nodes { type } }
      }
    }"""
    for typename in NODES:
        answer = asker.post(query, id=asker.ids["Project"], about=other.ids[typename])
        found = answer.json()["data"]["project"]
        assert [found[name]["nodes"] for name in ("operations", "events")] == [[], []]


def test_cursors_of_the_others_lists_lead_nowhere(couple):
    """In a list of one's own they are a place like another; in one's feed they are none."""
    asker, other = couple
    mine, theirs = asker.own(), other.ids["Project"]
    query = """
    query ($id: ID!, $after: String) {
      project(id: $id) { feedCursor operations(first: 100, after: $after) { edges { cursor node { id } } } }
    }"""
    listed = other.ask(query, id=theirs)["data"]["project"]
    for edge in listed["operations"]["edges"]:
        found = asker.ask(query, id=asker.ids["Project"], after=edge["cursor"])
        nodes = found["data"]["project"]["operations"]["edges"]
        assert {each["node"]["id"] for each in nodes} <= mine
    assert asker.post(query, id=theirs).json() == {"data": {"project": None}}


@pytest.mark.parametrize("field", sorted(schema_walk.id_subscriptions()))
async def test_no_subscription_follows_the_others_thing(shared_machine, couple, field):
    """The same end, as at once, as for nobody's id."""
    asker, other = couple
    argument, more = schema_walk.id_subscriptions()[field]
    typename = _named(field, argument)
    query = f"subscription ($id: ID!) {{ {field}({argument}: $id{more}) {{ __typename }} }}"
    told = {}
    for id_ in (other.ids[typename], nobodys_id(typename)):
        frames = await _heard(shared_machine, asker, query, id_)
        told[id_] = [frame.replace(id_, "that id") for frame in frames]
    theirs, nobodys = told.values()
    assert theirs == nobodys
    assert "NOT_FOUND" in "".join(theirs)


async def _heard(machine, asker: Neighbour, query: str, id_: str) -> list[str]:
    """Each frame of one subscription, until it has ended."""
    frames: list[str] = []
    url = f"ws://127.0.0.1:{machine.port}/graphql"
    async with (
        asyncio.timeout(20),
        connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as socket,
    ):
        payload = {"authorization": f"Bearer {asker.token}"}
        await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        request = {"query": query, "variables": {"id": id_}}
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": request}))
        while not frames or json.loads(frames[-1])["type"] == "next":
            frames.append(str(await socket.recv()))
    asker.heard += [frame.replace(id_, "…") for frame in frames]
    return frames


async def test_a_feed_tells_nothing_of_what_the_other_does(shared_machine, couple):
    """The other renames a model, and one does: only one's own is heard."""
    asker, other = couple
    async with asyncio.timeout(30), Session(shared_machine.url, asker.token) as session:
        async for batch in session.follow(EVENTS, id=asker.ids["Project"]):
            if not batch["events"]:
                for person in (other, asker):
                    given = {"modelId": person.ids["Model"], "description": person.word}
                    renamed = person.ask(RENAME, input=given)["data"]["renameModel"]
                    assert renamed["__typename"] == "RenameModelPayload"
            elif any(event["type"] == "MODEL_UPDATED" for event in batch["events"]):
                break
    subjects = {event["subjectId"] for event in batch["events"]}
    assert asker.ids["Model"] in subjects
    assert subjects <= asker.own()


@pytest.mark.parametrize("form", [row_of, str], ids=["row id", "id"])
def test_uploads_of_the_other_are_not_there_by_tus(couple, form):
    """HEAD, PATCH, DELETE and what tus does not have, of one that is done and one that is open."""
    asker, other = couple
    nobodys = form(nobodys_id("Upload"))
    for id_ in (other.ids["Upload"], other.open_upload()["id"]):
        theirs = form(id_)
        for method in ("HEAD", "PATCH", "DELETE", "GET", "PUT"):
            answers = [
                asker.http.request(method, f"/uploads/{each}", headers=PATCH, content=b"")
                for each in (theirs, nobodys)
            ]
            assert answers[0].status_code == (404 if method in ("HEAD", "PATCH", "DELETE") else 405)
            alike(*answers, (theirs, nobodys))
    assert other.open_upload()["id"], "it takes bytes still"


@pytest.mark.parametrize("form", [row_of, str], ids=["row id", "id"])
def test_nothing_is_uploaded_into_the_others_project(couple, form):
    """tus' POST, also where the rest of it is wrong."""
    asker, other = couple
    for also in ({"Upload-Length": "3"}, {"Upload-Length": "9" * 19}):
        theirs, nobodys = form(other.ids["Project"]), form(nobodys_id("Project"))
        answers = [
            asker.http.post("/uploads", headers=TUS | also | schema_walk.metadata(project=each))
            for each in (theirs, nobodys)
        ]
        assert answers[0].status_code == 404
        alike(*answers, (theirs, nobodys))


def test_a_signed_link_is_good_for_its_file_and_project_alone(couple):
    """The other's signature on one's own path, and one's own on the other's, as in nobody's project."""
    asker, other = couple
    mine, theirs = asker.download(), other.download()
    assert asker.http.get(mine).status_code == 200
    projects = [row_of(person.ids["Project"]) for person in couple]
    nobodys = row_of(nobodys_id("Project"))
    for changed in (
        mine.path.replace(projects[0], projects[1]) + "?" + mine.query.decode(),
        theirs.path + "?" + mine.query.decode(),
        mine.path + "?" + theirs.query.decode(),
        theirs.path,
    ):
        answer = asker.http.get(changed)
        assert answer.status_code == 403
        alike(answer, asker.http.get(changed.replace(projects[1], nobodys)))


def test_idempotency_keys_of_two_people_are_two_keys(couple):
    """One key, one input: the owner's first answer is not given to another who repeats it."""
    asker, other = couple
    given = {
        "modelId": other.ids["Model"],
        "description": "said under a key",
        "idempotencyKey": f"one key {asker.word}",
    }
    first = other.ask(RENAME, input=given)["data"]["renameModel"]
    assert first["__typename"] == "RenameModelPayload"
    theirs, nobodys = other.ids["Model"], nobodys_id("Model")
    answer = asker.post(RENAME, input=given)
    assert answer.json()["data"]["renameModel"]["code"] == "MODEL_NOT_FOUND"
    alike(answer, asker.post(RENAME, input=given | {"modelId": nobodys}), (theirs, nobodys))
    mine = asker.ask(RENAME, input=given | {"modelId": asker.ids["Model"]})["data"]["renameModel"]
    assert mine["__typename"] == "RenameModelPayload", "the same key, for something else"
    assert mine["operation"]["id"] != first["operation"]["id"]


def test_in_no_answer_to_the_one_is_anything_of_the_others(both, shared_machine):
    """The raw text of every answer of this module, its headers too; an admin sees both."""
    for asker, other in (both, both[::-1]):
        asker.ask("{ projects(first: 100) { nodes { id name title } } viewer { subject } }")
        heard = "\n".join(asker.heard)
        assert len(asker.heard) > 50
        assert asker.word in heard
        assert [each for each in sorted(other.own()) if each in heard] == []
    admin = Person(shared_machine.url)
    seen = admin.post("{ projects(first: 100) { nodes { name } } }").text
    admin.close()
    assert all(person.word in seen for person in both)
    assert "Traceback" not in shared_machine.log()
