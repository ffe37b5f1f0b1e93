"""GraphQL by POST: whatever arrives gets a JSON answer, and never a 500."""

import json
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from tablecast.api.auth import issue_token
from tablecast.settings import Limits, Settings
from tests.api.endpoint import SECRET, endpoint_app

JSON = {"content-type": "application/json"}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with caller() as client:
        yield client


def caller(limits: Limits | None = None, **changes: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(endpoint_app(limits, **changes))
    return httpx.AsyncClient(transport=transport, base_url="http://tablecast")


async def ask(client: httpx.AsyncClient, query: str, **variables: Any) -> dict[str, Any]:
    answer = await client.post("/graphql", json={"query": query, "variables": variables})
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


async def test_a_query_and_a_mutation_are_answered(client: httpx.AsyncClient) -> None:
    """The plain case."""
    assert await ask(client, "{ name whoami }") == {"data": {"name": "thing", "whoami": "somebody"}}
    assert await ask(client, "mutation { write }") == {"data": {"write": "written"}}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 400, id="nothing"),
        pytest.param(b"1", 400, id="a number"),
        pytest.param(b"[]", 400, id="a list"),
        pytest.param(b'[{"query": "{name}"}]', 400, id="a batch"),
        pytest.param(b'"x"', 400, id="a text"),
        pytest.param(b"null", 400, id="null"),
        pytest.param(b"{}", 400, id="no query"),
        pytest.param(b'{"query": null}', 400, id="a query of null"),
        pytest.param(b'{"query": "  "}', 400, id="a blank query"),
        pytest.param(b'{"query": ["{name}"]}', 400, id="a query that is a list"),
        pytest.param(b'{"query": "{name}", "variables": []}', 400, id="variables in a list"),
        pytest.param(b'{"query": "{name}", "operationName": 7}', 400, id="a name of 7"),
        pytest.param(b'{"query": "{name}", "operationName": "other"}', 400, id="another name"),
        pytest.param(b'{"query": "fragment f on Query {name}"}', 400, id="no operation"),
        pytest.param(b'{"query": "subscription { count }"}', 400, id="a subscription"),
        pytest.param(b"{" * 100_000, 400, id="garbage"),
        pytest.param(b"\x00\xff\xfe", 400, id="bytes"),
        pytest.param(b'{"query": "\\ud800"}', 400, id="half a character"),
        pytest.param(b"[" * 50_000 + b"]" * 50_000, 400, id="deep beyond the decoder"),
        pytest.param(
            b'{"query": "{name}", "variables": {"x": ' + b"[" * 500 + b"]" * 500 + b"}}",
            400,
            id="deep variables",
        ),
        pytest.param(b'{"query": "' + b"x" * 3_000_000 + b'"}', 413, id="huge"),
    ],
)
async def test_a_body_that_is_no_request_is_refused_in_json(
    client: httpx.AsyncClient, body: bytes, status: int
) -> None:
    """A client learns what was wrong from `errors`, as everywhere in GraphQL."""
    answer = await client.post("/graphql", content=body, headers=JSON)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["errors"][0]["extensions"]["code"]


async def test_a_huge_body_of_undeclared_length_is_refused_while_it_arrives() -> None:
    """Nothing beyond the limit is held, whatever Content-Length says or does not."""
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100:
            sent += 1
            yield b"x" * 1_000

    async with caller(Limits(body_bytes=10_000)) as client:
        answer = await client.post("/graphql", content=endless(), headers=JSON)
    assert answer.status_code == 413
    assert answer.json()["errors"][0]["extensions"]["code"] == "REQUEST_TOO_LARGE"


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""],
)
async def test_what_a_foreign_page_may_send_unasked_is_no_request(
    client: httpx.AsyncClient, content_type: str
) -> None:
    """Only application/json, which a browser asks permission for, is taken."""
    body = json.dumps({"query": "mutation { write }"})
    answer = await client.post("/graphql", content=body, headers={"content-type": content_type})
    assert (answer.status_code, "data" in answer.json()) == (415, False)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
async def test_only_post_is_answered(client: httpx.AsyncClient, method: str) -> None:
    """A link or an image cannot make anybody's browser ask anything."""
    answer = await client.request(method, "/graphql?query=mutation{write}")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_a_token_says_who_asks() -> None:
    """Without one it is the anonymous subject, with a bad one nobody."""
    token = issue_token(Settings(secret=SECRET), "ada", seconds=60)
    async with caller() as client:
        client.headers["authorization"] = f"Bearer {token}"
        assert await ask(client, "{ whoami }") == {"data": {"whoami": "ada"}}
        client.headers["authorization"] = f"Bearer {token}x"
        answer = await client.post("/graphql", json={"query": "{ whoami }"})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_without_a_token_nothing_is_answered_where_nobody_is_anonymous() -> None:
    """The production default."""
    async with caller(anonymous="") as client:
        answer = await client.post("/graphql", json={"query": "{ whoami }"})
    assert answer.status_code == 401


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.INFO):
        yield caplog


async def test_an_unexpected_failure_is_masked_and_its_id_is_in_the_log(
    client: httpx.AsyncClient, log: pytest.LogCaptureFixture
) -> None:
    """The person gets an id, whoever runs the server gets the traceback under that id."""
    body = await ask(client, "{ name broken }")
    (error,) = body["errors"]
    assert body["data"] == {"name": "thing", "broken": None}
    assert (error["message"], error["path"]) == ("Something went wrong on our side.", ["broken"])
    assert "hunter2" not in json.dumps(body)
    assert error["extensions"]["errorId"] in log.text
    assert "RuntimeError: the password is hunter2" in log.text


async def test_a_persons_mistake_is_told_with_its_code_field_and_hint(
    client: httpx.AsyncClient, log: pytest.LogCaptureFixture
) -> None:
    """What the domain refuses reaches the client whole, and is nothing to log."""
    (error,) = (await ask(client, "{ refused }"))["errors"]
    assert error["message"] == "This name is taken."
    assert error["extensions"] == {"code": "NAME_TAKEN", "field": "name", "hint": "Another."}
    assert "Traceback" not in log.text


async def test_a_cluster_that_is_away_is_told_without_its_addresses(
    client: httpx.AsyncClient, log: pytest.LogCaptureFixture
) -> None:
    """Try again is all that helps the client; where it failed stands in the log."""
    (error,) = (await ask(client, "{ busy }"))["errors"]
    assert error["extensions"]["code"] == "UNAVAILABLE"
    assert "10.0.0.1" not in json.dumps(error)
    assert "10.0.0.1" in log.text


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        pytest.param("{ nam }", {}, "INVALID_DOCUMENT", id="an unknown field"),
        pytest.param("{ name", {}, "SYNTAX_ERROR", id="a missing brace"),
        pytest.param("query($x: Int!) { name }", {}, "INVALID_DOCUMENT", id="a missing variable"),
        pytest.param("{ even(value: 3) }", {}, "INVALID_DOCUMENT", id="a literal of a scalar"),
        pytest.param(
            "query($x: Even!) { even(value: $x) }", {"x": 3}, "INVALID_DOCUMENT", id="a variable"
        ),
        pytest.param("{" + "inner{" * 140 + "name" + "}" * 141, {}, "QUERY_TOO_DEEP", id="a limit"),
    ],
)
async def test_a_clients_error_keeps_its_words_and_logs_no_traceback(
    client: httpx.AsyncClient,
    log: pytest.LogCaptureFixture,
    query: str,
    variables: dict[str, Any],
    code: str,
) -> None:
    """A thousand wrong queries must not bury what matters in the log."""
    body = await ask(client, query, **variables)
    assert body["errors"][0]["message"] != "Something went wrong on our side."
    assert body["errors"][0]["extensions"]["code"] == code
    assert "Traceback" not in log.text


async def test_numbers_beyond_64_bits_in_variables_are_an_error_and_not_a_500(
    client: httpx.AsyncClient,
) -> None:
    """JSON has no bounds on numbers; the schema has."""
    body = '{"query": "query($n: Int) { things(first: $n) { edges { node { name } } } }", '
    for number in ("9" * 30, "-" + "9" * 30, "1e400", "1.5"):
        text = body + f'"variables": {{"n": {number}}}}}'
        answer = await client.post("/graphql", content=text, headers=JSON)
        assert (answer.status_code in (200, 400), "errors" in answer.json()) == (True, True)
