"""GraphQL that cannot be answered is refused in words, and the server lives on."""

import json

import pytest

from tests.end_to_end import schema_walk
from tests.end_to_end.garbage import JSON, ROW_ID, asked, encoded, refused, sound

pytestmark = pytest.mark.usefixtures("unharmed")

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
def test_what_is_no_cursor_is_refused(person, begun, cursor):
    """In lists of both sorts of keys, from both ends."""
    query = """
    query ($id: ID!, $dataset: ID!, $cursor: String) {
      project(id: $id) { %s(%s: $cursor, orderBy: NAME_ASC) { nodes { id } } }
      dataset(id: $dataset) { versions(%s: $cursor, orderBy: NUMBER_ASC) { nodes { id } } }
    }"""
    for side in ("after", "before"):
        for connection in ("datasets", "models", "servings"):
            given = {"id": begun["Project"], "dataset": begun["Dataset"], "cursor": cursor}
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
def test_a_page_that_cannot_be_is_refused(person, begun, arguments):
    """Sizes and filters out of bounds."""
    query = (
        f"query ($id: ID!) {{ project(id: $id) {{ events({arguments}) {{ nodes {{ type }} }} }} }}"
    )
    refused(person.post(query, id=begun["Project"]))


@pytest.mark.parametrize(
    "field",
    [
        "preview(offset: -1) { total }",
        "preview(offset: 2147483647) { total }",
        "preview(limit: 0) { total }",
        "preview(limit: 2147483647) { total }",
    ],
)
def test_a_preview_beyond_its_bounds_is_refused(person, begun, field):
    """Offsets and limits out of bounds."""
    query = f"query ($id: ID!) {{ datasetVersion(id: $id) {{ {field} }} }}"
    assert refused(person.post(query, id=begun["DatasetVersion"])) == ["OUT_OF_RANGE"]
