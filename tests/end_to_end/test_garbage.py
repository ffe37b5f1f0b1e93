"""Whatever arrives is refused in words, and the server lives on: nothing of it is a fault of ours."""

import asyncio
import base64
import contextlib
import json
import socket
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from tablecast_demo.session import Session
from tests.end_to_end import job, schema_walk
from tests.end_to_end.people import Person

JSON = {"content-type": "application/json"}
TUS = {"Tus-Resumable": "1.0.0"}
TRANSPORT = "graphql-transport-ws"
VIEWER = "{ viewer { subject } }"
INIT = '{"type": "connection_init"}'


@pytest.fixture(scope="module")
def whole(shared_machine):
    """A machine with a main job in it: ids by the name of their type."""

    async def made() -> dict[str, str]:
        async with asyncio.timeout(120), Session(shared_machine.url) as session:
            return await job.whole(session, "garbage")

    return asyncio.run(made())


@pytest.fixture(scope="module")
def person(shared_machine):
    """Somebody who may do everything, so that garbage gets as far as it can."""
    anybody = Person(shared_machine.url)
    yield anybody
    anybody.close()


@pytest.fixture(autouse=True)
def lives_on(shared_machine, person):
    """After each test the same process answers, and nothing went wrong on its side."""
    before, told = shared_machine.pid, len(shared_machine.log())
    yield
    assert shared_machine.pid == before
    assert person.ask(VIEWER) == {"data": {"viewer": {"subject": "developer"}}}
    said = shared_machine.log()[told:]
    assert "Traceback" not in said, said
    assert " ERROR " not in said, said


def refused(answer: httpx.Response) -> list[str]:
    """The codes of an answer's errors, of which there must be some, and none of ours."""
    assert answer.status_code < 500, answer.text
    errors = answer.json()["errors"]
    codes = [error["extensions"]["code"] for error in errors]
    assert codes, answer.text
    assert "INTERNAL" not in codes, answer.text
    return codes


def sound(answer: httpx.Response) -> dict[str, Any]:
    """A GraphQL answer that may be data or errors, but tells of no fault of ours."""
    assert answer.status_code < 500, answer.text
    assert "INTERNAL" not in answer.text, answer.text
    told: dict[str, Any] = answer.json()
    assert "data" in told or "errors" in told
    return told


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def asked(query: str, **variables: Any) -> bytes:
    return json.dumps({"query": query, "variables": variables}).encode()


NODES = "projects { nodes { datasets { nodes { versions { nodes { trainings { nodes {"
BOMB = "query { ...f0 } " + " ".join(
    f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(60)
)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"1", id="a number"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'"x"', id="a text"),
        pytest.param(b"null", id="null"),
        pytest.param(b"NaN", id="no number"),
        pytest.param(b"{", id="half an object"),
        pytest.param(b"\x00\xff\xfe\x80", id="bytes"),
        pytest.param("{}".encode("utf-16"), id="utf-16"),
        pytest.param(b'{"query": 1}', id="a query of 1"),
        pytest.param(b'{"query": "{ viewer"}', id="half a document"),
        pytest.param(b'{"query": "\\ud800"}', id="half a character"),
        pytest.param(b'{"query": "{ viewer { subject } }", "variables": 1}', id="variables of 1"),
        pytest.param(b'[{"query": "{ viewer { subject } }"}]', id="a batch"),
        pytest.param(b"[" * 100_000, id="deep json without an end"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="deep json"),
        pytest.param(b'{"a":' * 10_000 + b"1" + b"}" * 10_000, id="deep objects"),
        pytest.param(asked("{ viewer { subject } }", x="x" * 3_000_000), id="huge variables"),
        pytest.param(asked("{" + "a{" * 2_000 + "}" * 2_001), id="a document too deep to parse"),
        pytest.param(asked("{" + NODES + "project " * 2 + "{id}" + "}" * 9), id="wrong below"),
        pytest.param(asked("{" + "viewer { subject } " * 5_000 + "}"), id="a long document"),
        pytest.param(
            asked("{" + " ".join(f"a{n}: version" for n in range(500)) + "}"), id="alias bomb"
        ),
        pytest.param(asked("{ version" + " @skip(if: false)" * 200 + "}"), id="directive bomb"),
        pytest.param(
            asked("{ ...f } fragment f on Query { ...g } fragment g on Query { ...f }"),
            id="fragments in a circle",
        ),
        pytest.param(asked("{ __schema { types { fields { type {" + "ofType {" * 20), id="cut off"),
        pytest.param(
            asked("{ __schema { types { " + "fields { type { " * 9 + "name" + "} }" * 9 + "} } }"),
            id="deep introspection",
        ),
        pytest.param(
            asked(
                "{ projects(first: 100) { nodes { trainings(first: 100) { nodes {"
                " attempts(first: 100) { nodes { trials(first: 100) { nodes { number" + " }" * 9
            ),
            id="an expensive query",
        ),
        pytest.param(asked("subscription { project(id: 1) { id } }"), id="a subscription"),
        pytest.param(asked("{ projects(first: 99999999999999999999) { nodes { id } } }"), id="int"),
        pytest.param(asked("{ node(id: " + "9" * 10_000 + ") { id } }"), id="a huge number"),
        pytest.param(asked("query ($x: Nope) { version }"), id="an unknown type"),
        pytest.param(asked("query ($x: Int!) { version }", x="x"), id="a wrong variable"),
    ],
)
def test_a_body_that_cannot_be_answered_is_refused_with_a_code(person, body):
    """JSON errors as everywhere in GraphQL, below status 500."""
    refused(person.http.post("/graphql", content=body, headers=JSON))


def test_fragments_that_double_sixty_times_cost_no_more_than_one(person):
    """Each is looked at once, however many ways lead to it."""
    bomb = BOMB + " fragment f60 on Query { version }"
    assert sound(person.http.post("/graphql", content=asked(bomb), headers=JSON)).keys() == {"data"}


def test_only_json_by_post_is_taken(person):
    """What a foreign page could make a browser send unasked does nothing."""
    body = asked("mutation { x }")
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "☃"):
        sent = {"content-type": kind.encode()}
        answer = person.http.post("/graphql", content=body, headers=sent)
        assert refused(answer) == ["UNSUPPORTED_TYPE"]
    answer = person.http.get("/graphql", params={"query": "mutation { x }"})
    assert (answer.status_code, refused(answer)) == (405, ["METHOD_NOT_ALLOWED"])


ROW_ID = schema_walk.NOBODYS_ROW
NO_IDS = [
    "",
    "x",
    "🦋",
    "\0",
    "x" * 100_000,
    "UHJvamVjdA==",
    12,
    encoded("Project:"),
    encoded("Project:../../etc"),
    encoded(f"Project:{ROW_ID.upper()}"),
    encoded(f"Project:{ROW_ID}\n"),
    encoded(f"Project:{'é' * 16}"),
    encoded("Project:' or 1=1 -- xx"),
    encoded(f"Project:{ROW_ID}") + "\n",
    encoded(f" Project:{ROW_ID}"),
]


@pytest.mark.parametrize("given", NO_IDS, ids=lambda given: repr(given)[:24])
def test_what_is_no_id_is_refused_wherever_one_is_taken(person, given):
    """By every root of the schema, and in every mutation's input."""
    for root, argument in schema_walk.id_roots():
        query = f"query ($id: ID!) {{ {root}({argument}: $id) {{ __typename }} }}"
        assert refused(person.post(query, id=given)) == ["INVALID_ID"]
    for name, field in schema_walk.id_inputs():
        answer = sound(schema_walk.mutate(person, name, {field: given}))
        assert answer["data"][name]["code"] == "INVALID_ID"
        assert answer["data"][name]["field"] == field


NO_CURSORS = [
    "",
    "x",
    "🦋",
    "x" * 5_000,
    "W10=",
    "e30=",
    encoded("[" * 600),
    *(
        encoded(json.dumps(content))
        for content in (
            ["NAME_ASC", "x" * 300, ROW_ID],
            ["NAME_ASC", 1, ROW_ID],
            ["NAME_ASC", None, ROW_ID],
            ["NAME_ASC", [], ROW_ID],
            ["NAME_ASC", "x", "nobody"],
            ["CREATED_AT_DESC", ROW_ID, ROW_ID],
            ["NUMBER_DESC", 2**70, ROW_ID],
            ["NUMBER_DESC", True, ROW_ID],
            {"NAME_ASC": 1},
        )
    ),
]


@pytest.mark.parametrize("cursor", NO_CURSORS, ids=lambda cursor: cursor[:24])
def test_what_is_no_cursor_is_refused(person, whole, cursor):
    """In lists of both sorts of keys, from both ends."""
    query = """
    query ($id: ID!, $dataset: ID!, $cursor: String) {
      project(id: $id) { %s(%s: $cursor, orderBy: NAME_ASC) { nodes { id } } }
      dataset(id: $dataset) { versions(%s: $cursor, orderBy: NUMBER_ASC) { nodes { id } } }
    }"""
    for side in ("after", "before"):
        for connection in ("datasets", "models", "servings"):
            given = {"id": whole["Project"], "dataset": whole["Dataset"], "cursor": cursor}
            codes = refused(person.post(query % (connection, side, side), **given))
            assert set(codes) <= {"INVALID_CURSOR", "CURSOR_OF_ANOTHER_ORDERING"}


@pytest.mark.parametrize(
    "arguments",
    [
        "first: -1",
        "first: 0",
        "first: 101",
        "first: 2147483647",
        "first: 1, last: 1",
        'filter: {createdAfter: "yesterday"}',
        'filter: {createdAfter: "0001-01-01T00:00:00+14:00"}',
        'filter: {createdAfter: "9999-12-31T23:59:59-14:00"}',
        "filter: {createdAfter: 1e999}",
        'filter: {subjectId: "x"}',
        'filter: {type: ["\\u0000"]}',
        pytest.param(f'filter: {{type: ["{"x" * 5_000}"]}}', id="a long type"),
        pytest.param(f"filter: {{noun: [{'PROJECT ' * 51}]}}", id="many nouns"),
    ],
)
def test_a_page_that_cannot_be_is_refused(person, whole, arguments):
    """Sizes and filters out of bounds."""
    query = (
        f"query ($id: ID!) {{ project(id: $id) {{ events({arguments}) {{ nodes {{ type }} }} }} }}"
    )
    refused(person.post(query, id=whole["Project"]))


@pytest.mark.parametrize(
    "field",
    [
        "preview(offset: -1) { total }",
        "preview(offset: 2147483647) { total }",
        "preview(limit: 0) { total }",
        "preview(limit: 2147483647) { total }",
    ],
)
def test_a_preview_beyond_its_bounds_is_refused(person, whole, field):
    """Offsets and limits out of bounds."""
    query = f"query ($id: ID!) {{ datasetVersion(id: $id) {{ {field} }} }}"
    assert refused(person.post(query, id=whole["DatasetVersion"])) == ["OUT_OF_RANGE"]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("", id="empty"),
        pytest.param("   ", id="blank"),
        pytest.param("a\x07b", id="a bell"),
        pytest.param("a\x1b[31mb", id="an escape"),
        pytest.param("a\nb", id="a line break"),
        pytest.param("a\0b", id="NUL"),
        pytest.param("\u202egnp.exe", id="right to left"),
        pytest.param("a\u200bb", id="zero width"),
        pytest.param("x" * 300, id="300 characters"),
        pytest.param("🦋" * 300, id="300 emoji"),
    ],
)
def test_what_cannot_be_a_name_is_refused_by_whatever_takes_one(person, whole, name):
    """Typed errors that name the field."""
    refusals = {"INVALID_NAME", "OUT_OF_RANGE", "INVALID_TEXT"}
    for mutation, given, field in (
        ("createProject", {"name": name}, "name"),
        (
            "createUpload",
            {"projectId": whole["Project"], "fileName": name, "length": 1},
            "fileName",
        ),
        ("createDatasetVersion", {"uploadId": whole["Upload"], "name": name}, "name"),
        ("renameModel", {"modelId": whole["Model"], "name": name}, "name"),
        (
            "createServing",
            {
                "projectId": whole["Project"],
                "modelVersionId": whole["ModelVersion"],
                "name": name,
            },
            "name",
        ),
        (
            "createTraining",
            {
                "datasetVersionId": whole["DatasetVersion"],
                "name": name,
                "target": job.TARGET,
            },
            "name",
        ),
    ):
        told = sound(schema_walk.mutate(person, mutation, given))["data"][mutation]
        assert told["__typename"] == "InvalidInputError", (mutation, told)
        assert (told["code"] in refusals, told["field"]) == (True, field), (mutation, told)


def test_a_name_of_emoji_is_a_name_like_another(person, whole):
    """A model is renamed and read back as it was said."""
    name = "🦋 Schmetterling “naïve” ✓"
    told = sound(
        schema_walk.mutate(person, "renameModel", {"modelId": whole["Model"], "name": name})
    )
    assert told["data"]["renameModel"]["__typename"] == "RenameModelPayload"
    query = "query ($id: ID!) { model(id: $id) { name } }"
    assert person.ask(query, id=whole["Model"])["data"]["model"]["name"] == name


ROWS = [
    pytest.param("[]", "NO_ROWS", id="no row"),
    pytest.param("[1]", "ROWS_REFUSED", id="a number"),
    pytest.param("[[[[[1]]]]]", "ROWS_REFUSED", id="lists"),
    pytest.param("[{}]", "ROWS_REFUSED", id="an empty row"),
    pytest.param('{"__proto__": {}}', "ROWS_REFUSED", id="an object"),
    pytest.param('[{"size": NaN, "weight": 1, "colour": "red"}]', "MALFORMED", id="NaN"),
    pytest.param('[{"size": 1e999, "weight": 1, "colour": "red"}]', "MALFORMED", id="1e999"),
    pytest.param('[{"size": 1e308, "weight": -1e308, "colour": 1}]', "ROWS_REFUSED", id="1e308"),
    pytest.param(
        f'[{{"size": {"9" * 400}, "weight": 1, "colour": "red"}}]', "MALFORMED", id="400 digits"
    ),
    pytest.param('[{"size": [1], "weight": {}, "colour": [[]]}]', "ROWS_REFUSED", id="nested"),
    pytest.param('[{"size": true, "weight": 1, "colour": "red"}]', "ROWS_REFUSED", id="true"),
    pytest.param(
        '[{"size": 1, "weight": 1, "colour": "\\ud800"}]', "MALFORMED", id="half a character"
    ),
    pytest.param(f"[{','.join(['{}'] * 1_001)}]", "LIMIT_REACHED", id="1,001 rows"),
    pytest.param(
        "[{" + ",".join(f'"c{n}": 1' for n in range(30_000)) + "}]", "ROWS_REFUSED", id="wide"
    ),
    pytest.param('[{"size": 1, "weight": 1, "colour": "\\u0000🦋"}]', "", id="an odd colour"),
    pytest.param(
        '[{"size": 18446744073709551616, "weight": -0.0, "colour": null}]', "", id="large numbers"
    ),
    pytest.param('[{"size": 1e-320, "weight": null, "colour": ""}]', "", id="small and missing"),
]


@pytest.mark.parametrize(("rows", "code"), ROWS)
def test_rows_that_do_not_fit_are_refused_and_odd_ones_predicted(person, whole, rows, code):
    """With a code, "" where the row is odd and still a row."""
    body = f'{{"query": {json.dumps(schema_walk.PREDICT)}, "variables": {{"input": {{'
    body += f'"servingId": "{whole["Serving"]}", "rows": {rows}}}}}}}'
    answer = person.http.post("/graphql", content=body.encode(), headers=JSON)
    told = sound(answer)
    if code == "MALFORMED":
        assert refused(answer) == [code]
    elif code:
        assert told["data"]["predict"]["code"] == code
    else:
        assert told["data"]["predict"]["predictions"][0]["prediction"] in ("ant", "bee")


FRAMES = [
    pytest.param("[]", id="a list"),
    pytest.param("1", id="a number"),
    pytest.param("null", id="null"),
    pytest.param("garbage", id="garbage"),
    pytest.param("{}", id="no type"),
    pytest.param('{"type": "dance"}', id="an unknown type"),
    pytest.param('{"type": {}}', id="a type that is an object"),
    pytest.param("[" * 30_000, id="deep"),
    pytest.param("x" * 200_000, id="too large"),
    pytest.param(b"\x00\x01\xff", id="binary"),
    pytest.param(b"[]", id="a list in bytes"),
    pytest.param('{"type": "subscribe"}', id="nothing to subscribe to"),
    pytest.param('{"type": "subscribe", "id": [], "payload": {}}', id="an id that is a list"),
    pytest.param('{"type": "subscribe", "id": "1", "payload": []}', id="a payload in a list"),
    pytest.param('{"type": "connection_init", "payload": 1}', id="a second beginning"),
]


@pytest.mark.parametrize("begun", [True, False], ids=["let in", "at once"])
@pytest.mark.parametrize("frame", FRAMES)
async def test_a_frame_that_is_not_the_protocol_ends_its_connection_alone(
    shared_machine, frame, begun
):
    """Another connection, opened before, goes on."""
    async with asyncio.timeout(20), Talking(shared_machine) as bystander:
        async with _connected(shared_machine) as socket:
            if begun:
                await socket.send(INIT)
            await socket.send(frame)
            await _until_closed(socket)
            # A lone beginning with a payload of 1 is refused too, by whatever code of the protocol.
            assert socket.close_code in {1009, 4400, 4403, 4429, 4401}
        await bystander.send(_subscribe("1", VIEWER))
        told = json.loads(await bystander.recv())
        assert told["payload"]["data"] == {"viewer": {"subject": "developer"}}


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("subscription {", id="half a document"),
        pytest.param("subscription { nope }", id="an unknown field"),
        pytest.param('subscription { training(id: "x") { id } }', id="no id"),
        pytest.param(
            f'subscription {{ training(id: "{encoded("Training:" + ROW_ID)}") {{ id }} }}',
            id="nobody's id",
        ),
        pytest.param(
            f'subscription {{ projectEvents(projectId: "{encoded("Project:" + ROW_ID)}") '
            "{ __typename } }",
            id="nobody's feed",
        ),
        pytest.param('subscription { projectEvents(projectId: "x") { __typename } }', id="no feed"),
        pytest.param(
            f'subscription {{ stepLog(trainingId: "{encoded("Training:" + ROW_ID)}", '
            "attempt: -1, step: TRAIN, offset: -1) { text } }",
            id="nobody's log",
        ),
        pytest.param("subscription { a: nope b: nope }", id="two at once"),
    ],
)
async def test_a_subscription_that_cannot_be_ends_alone(shared_machine, query):
    """It gets its errors, and the connection serves the next one."""
    async with asyncio.timeout(20), Talking(shared_machine) as socket:
        await socket.send(_subscribe("bad", query))
        told = [json.loads(await socket.recv())]
        while told[-1]["type"] == "next":
            told.append(json.loads(await socket.recv()))
        assert any("errors" in str(each) or each["type"] == "error" for each in told)
        assert "INTERNAL" not in str(told)
        await socket.send(_subscribe("good", VIEWER))
        assert json.loads(await socket.recv())["id"] == "good"


async def test_feed_cursors_and_log_places_that_cannot_be_are_refused(shared_machine, whole):
    """Over the websocket, for somebody who may see the feed and the log."""
    feed = "subscription {{ projectEvents(projectId: {0}, after: {1}) {{ __typename }} }}"
    row_id = base64.b64decode(whole["Project"]).decode().partition(":")[2]
    cursors = [
        "",
        "x",
        "🦋",
        "x" * 5_000,
        encoded(f"feed:{ROW_ID}:1"),
        encoded(f"feed:{row_id}:٣x"),
    ]
    cursors += [encoded(f"feed:{row_id}:-1"), encoded(f"feed:{row_id}:{'9' * 50}")]
    queries = [feed.format(json.dumps(whole["Project"]), json.dumps(each)) for each in cursors]
    log = "subscription {{ stepLog(trainingId: {0}, {1}) {{ text }} }}"
    places = (
        "attempt: -1, step: TRAIN",
        "attempt: 2147483647, step: TRAIN",
        "attempt: 1, step: TRAIN, offset: -1",
    )
    queries += [log.format(json.dumps(whole["Training"]), place) for place in places]
    async with asyncio.timeout(20), Talking(shared_machine) as socket:
        for number, query in enumerate(queries):
            await socket.send(_subscribe(str(number), query))
            told = json.loads(await socket.recv())
            assert told["id"] == str(number)
            assert "errors" in str(told) or told["type"] == "error", (query, told)
            assert "INTERNAL" not in str(told), (query, told)
            if told["type"] == "next":
                assert json.loads(await socket.recv())["type"] == "complete"


async def test_an_unknown_subprotocol_is_not_talked_to(shared_machine):
    """Neither the old graphql-ws, nor none, nor garbage."""
    for names in (["graphql-ws"], ["☃".encode().hex()], None):
        offered = names and [Subprotocol(names[0])]
        async with asyncio.timeout(10):
            with pytest.raises((InvalidHandshake, ConnectionClosed)):
                await _greeted(shared_machine, offered)


PATHS = [
    "/uploads/x",
    "/uploads/%00",
    "/uploads/..%2f..%2fetc%2fpasswd",
    f"/uploads/{'x' * 5_000}",
    "/downloads/x/files/x",
    f"/downloads/{ROW_ID}/files/models/x?expires=0&sig=x",
    "/downloads/%ff/files/%00",
    "/graphiql/../../etc/passwd",
    "/graphiql/%2e%2e/%2e%2e/pyproject.toml",
    "/nothing/here",
    "/%00",
    "/%ff%fe",
]


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "POST", "PATCH", "DELETE", "PUT", "OPTIONS", "X"]
)
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:24])
def test_no_path_and_no_method_is_a_fault(person, method, path):
    """Other routes refuse too: below status 500, without a file of ours."""
    answer = person.http.request(method, path, headers=TUS)
    assert answer.status_code < 500, answer.text
    assert "root:" not in answer.text
    assert "requires-python" not in answer.text


def test_paths_of_a_real_download_lead_nowhere_else(person, whole):
    """Its signature is for one file of one project: no other path, time or signature will do."""
    query = "query ($id: ID!) { modelVersion(id: $id) { download { url } } }"
    asked_for = person.ask(query, id=whole["ModelVersion"])["data"]["modelVersion"]
    url = httpx.URL(asked_for["download"]["url"])
    assert person.http.get(url).status_code == 200
    for changed in (
        url.copy_merge_params({"sig": "0" * 64}),
        url.copy_merge_params({"sig": "🦋"}),
        url.copy_merge_params({"sig": ""}),
        url.copy_merge_params({"expires": "0"}),
        url.copy_merge_params({"expires": "-1"}),
        url.copy_merge_params({"expires": "٣"}),
        url.copy_merge_params({"expires": "9" * 400}),
        url.copy_with(query=None),
        url.copy_with(raw_path=url.raw_path.replace(b"?", b"/%2e%2e?")),
        url.copy_with(raw_path=url.raw_path.replace(b"?", b"%00?")),
        url.copy_with(path=url.path.replace("models", "uploads")),
        url.copy_with(raw_path=url.raw_path.replace(b"models/", b"models/%2e%2e/models/")),
    ):
        answer = person.http.get(changed)
        assert answer.status_code in {400, 403, 404}, (changed, answer.status_code)
    for spans in ("bytes=9999999999-", "bytes=-0", "bytes=x", "lines=1-2", "bytes=5-1"):
        assert person.http.get(url, headers={"Range": spans}).status_code in {200, 206, 416}


def test_tus_headers_that_make_no_sense_are_refused(person, whole):
    """POST and PATCH with each header missing, wrong or huge."""
    project = f"project {encoded(whole['Project'])},filename {encoded('t.csv')}"
    for headers in (
        {},
        {"Upload-Length": "-1", "Upload-Metadata": project},
        {"Upload-Length": "x", "Upload-Metadata": project},
        {"Upload-Length": "9" * 400, "Upload-Metadata": project},
        {"Upload-Length": "9" * 19, "Upload-Metadata": project},
        {"Upload-Length": "1", "Upload-Metadata": "project !!!,filename x"},
        {"Upload-Length": "1", "Upload-Metadata": f"project {encoded('x')},filename eA=="},
        {"Upload-Length": "1", "Upload-Metadata": f"{project},sha256 {encoded('no')}"},
        {"Upload-Length": "1", "Upload-Metadata": project.replace(encoded("t.csv"), encoded("\0"))},
    ):
        answer = person.http.post("/uploads", headers=TUS | headers)
        assert answer.status_code in {400, 413}, (headers, answer.text)
        assert answer.json()["error"]["code"]
    made = person.http.post(
        "/uploads", headers=TUS | {"Upload-Length": "9", "Upload-Metadata": project}
    )
    assert made.status_code == 201
    url, kind = made.headers["location"], {"Content-Type": "application/offset+octet-stream"}
    for headers in (
        {},
        kind,
        kind | {"Upload-Offset": "-1"},
        kind | {"Upload-Offset": "5"},
        kind | {"Upload-Offset": "9" * 400},
        kind | {"Upload-Offset": "0", "Upload-Checksum": "md5 x"},
        kind | {"Upload-Offset": "0", "Upload-Checksum": "sha1"},
        kind | {"Upload-Offset": "0", "Upload-Checksum": f"sha256 {encoded('x' * 32)}"},
        {"Upload-Offset": "0", "Content-Type": "text/plain"},
    ):
        answer = person.http.patch(url, content=b"abc", headers=TUS | headers)
        assert answer.status_code in {400, 409, 415, 460}, (headers, answer.text)
    assert person.http.head(url, headers=TUS).headers["upload-offset"] == "0"
    assert (
        person.http.patch(
            url, content=b"x" * 10, headers=TUS | kind | {"Upload-Offset": "0"}
        ).status_code
        == 413
    )
    assert person.http.delete(url, headers=TUS).status_code == 204


@pytest.mark.parametrize(
    "header",
    [
        "x",
        "Bearer",
        "Bearer x",
        "Bearer a.b.c",
        "Basic eDp4",
        f"Bearer {encoded('{}')}.{encoded('{}')}.{encoded('{}')}",
        # {"alg":"none"}: a token that nobody signed.
        "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4IiwiYXVkIjoidGFibGVjYXN0IiwiZXhwIjo5OTk5OTk5OTk5fQ.",
        f"Bearer {'x' * 20_000}",
    ],
    ids=lambda header: header[:24],
)
def test_a_token_that_is_none_is_refused_and_nobody_becomes_anonymous(person, header):
    """By GraphQL and by uploads alike."""
    sent = {"Authorization": header}
    answer = person.http.post("/graphql", content=asked(VIEWER), headers=JSON | sent)
    assert (answer.status_code, refused(answer)) == (401, ["UNAUTHENTICATED"])
    assert person.http.post("/uploads", headers=TUS | sent).status_code == 401


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz",
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        b"GET /graphql HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 300_000 + b"\r\n\r\n",
        b"GET /graphql HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: 1000\r\n\r\n{",
        bytes(10_000),
    ],
    ids=[
        "tls",
        "no path",
        "http 9.9",
        "length",
        "smuggled",
        "chunk",
        "header",
        "upgrade",
        "cut",
        "0",
    ],
)
def test_what_is_no_http_ends_its_connection_alone(shared_machine, sent):
    """A 4xx answer or a closed connection."""
    host, port = "127.0.0.1", shared_machine.port
    with socket.create_connection((host, port), timeout=10) as raw:
        raw.sendall(sent)
        raw.shutdown(socket.SHUT_WR)
        try:
            answer = raw.recv(4_096)
        except ConnectionResetError:
            answer = b""
    assert not answer or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 200"))


async def _until_closed(socket) -> None:
    """Read on until the server ends the connection."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            await socket.recv()


async def _greeted(machine, offered) -> str:
    """What the server says first to a client that offers these protocols."""
    async with connect(_websocket(machine), subprotocols=offered) as socket:
        await socket.send(INIT)
        return str(await socket.recv())


def _websocket(machine) -> str:
    return f"ws://127.0.0.1:{machine.port}/graphql"


def _connected(machine) -> connect:
    return connect(_websocket(machine), subprotocols=[Subprotocol(TRANSPORT)], proxy=None)


class Talking:
    """A connection that was let in."""

    def __init__(self, machine) -> None:
        self._connecting = _connected(machine)

    async def __aenter__(self):
        socket = await self._connecting.__aenter__()
        await socket.send(INIT)
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        return socket

    async def __aexit__(self, *exc: object) -> None:
        await self._connecting.__aexit__(*exc)


def _subscribe(id_: str, query: str) -> str:
    return json.dumps({"id": id_, "type": "subscribe", "payload": {"query": query}})
