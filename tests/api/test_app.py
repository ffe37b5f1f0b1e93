"""The application as a whole: health, errors in JSON, who may call from a browser, and the explorer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tortoise import Tortoise

from tests.api.datastores import application, bearer
from tests.domain.world import a_project, open_world


@asynccontextmanager
async def caller(folder: Path, **changes: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who calls the application directly; a 500 is an answer, not an exception."""
    async with open_world(folder), application(0, **changes) as (app, _):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://tablecast") as client:
            yield client


async def test_a_query_reaches_the_schema_as_who_asks(tmp_path: Path) -> None:
    """Token, limits, context and schema are wired together."""
    async with caller(tmp_path) as client:
        await a_project()
        query = {"query": "{ viewer { subject admin } projects { nodes { name } } }"}
        answers = [
            (await client.post("/graphql", json=query, headers=bearer(who))).json()
            for who in ("ann", "bob")
        ]
    assert answers[0]["data"]["viewer"] == {"subject": "ann", "admin": False}
    assert answers[0]["data"]["projects"]["nodes"] == [{"name": "birds"}]
    assert answers[1]["data"]["projects"]["nodes"] == []


async def test_it_is_alive_always_and_ready_while_the_database_answers(tmp_path: Path) -> None:
    """A probe learns the difference, and whoever looks after it the reason."""
    async with caller(tmp_path) as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        before = await client.get("/readyz")
        assert (before.status_code, before.json()["ready"]) == (200, True)
        await Tortoise.get_connection("default").execute_query("DROP TABLE project")
        answer = await client.get("/readyz")
        assert (answer.status_code, (await client.get("/healthz")).status_code) == (503, 200)
    told = {part.pop("name"): part for part in answer.json()["parts"]}
    assert set(told) == {"process", "database", "cluster", "relay"}
    assert answer.json()["ready"] is False
    reason = "The database does not answer."
    assert told["database"] == {"ok": False, "reason": reason, "required": True}
    assert "project" not in answer.text, "no word of the database's own"


async def test_numbers_of_everybody_are_not_where_everybody_can_ask(tmp_path: Path) -> None:
    """Metrics have a port of their own, unless the settings name the API's."""
    async with caller(tmp_path / "apart", metrics_port=9000) as client:
        assert (await client.get("/metrics")).status_code == 404
    async with caller(tmp_path / "none") as client:
        assert (await client.get("/metrics")).status_code == 404
    async with caller(tmp_path / "beside", metrics_port=8000) as client:
        answer = await client.get("/metrics")
        wanted = {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4"}
        newer = await client.get("/metrics", headers=wanted)
    assert "tablecast_database_up 1.0" in answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert newer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert newer.text.endswith("# EOF\n")


async def test_what_is_not_there_is_told_in_json(tmp_path: Path) -> None:
    """404 and 405 like every other error."""
    async with caller(tmp_path) as client:
        missing, wrong = await client.get("/nowhere"), await client.post("/healthz")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "NOT_FOUND")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (405, "METHOD_NOT_ALLOWED")


async def test_a_failure_is_masked_and_its_id_is_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Also outside of GraphQL nothing of ours is given away."""
    async with caller(tmp_path) as client:
        await Tortoise.get_connection("default").execute_query("DROP TABLE upload")
        headers = {"Tus-Resumable": "1.0.0"} | bearer("ann")
        answer = await client.delete("/uploads/0000000000000000", headers=headers)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (500, "INTERNAL")
    assert error["errorId"] in caplog.text
    assert "no such table" in caplog.text
    assert "table" not in answer.text


async def test_a_clients_error_is_answered_and_not_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The whole schema, too, keeps the log for what is ours."""
    async with caller(tmp_path) as client:
        for query in ("{ nam }", "{ viewer", '{ project(id: "x") { name } }'):
            answer = await client.post("/graphql", json={"query": query}, headers=bearer("ann"))
            assert answer.json()["errors"][0]["extensions"]["code"] != "INTERNAL"
    assert "Traceback" not in caplog.text


async def test_the_start_page_is_the_explorer_while_it_is_on(tmp_path: Path) -> None:
    """One setting takes the page, its files and introspection away."""
    introspection = {"query": "{ __schema { queryType { name } } }"}
    async with caller(tmp_path / "on", explorer=True) as client:
        start = await client.get("/")
        page = await client.get(start.headers["location"])
        known = await client.post("/graphql", json=introspection, headers=bearer("ann"))
    async with caller(tmp_path / "off", explorer=False) as client:
        gone = [(await client.get(path)).status_code for path in ("/", "/graphiql")]
        hidden = await client.post("/graphql", json=introspection, headers=bearer("ann"))
    assert (start.status_code, page.status_code, "GraphiQL" in page.text) == (307, 200, True)
    assert known.json()["data"]["__schema"]["queryType"] == {"name": "Query"}
    assert (gone, "errors" in hidden.json()) == ([404, 404], True)


@pytest.mark.parametrize(
    ("origin", "allowed"), [("https://friend.example", True), ("https://evil.example", False)]
)
async def test_a_page_of_an_allowed_origin_may_ask_and_upload(
    tmp_path: Path, origin: str, allowed: bool
) -> None:
    """Its browser asks first, with what tus and GraphQL need; a stranger's page gets no yes."""
    wanted = "authorization,content-type,tus-resumable,upload-length,upload-metadata,upload-offset"
    asking = {
        "Origin": origin,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": wanted,
    }
    async with caller(tmp_path, allowed_origins=("https://friend.example",)) as client:
        before = await client.options("/uploads/x", headers=asking)
        after = await client.get("/healthz", headers={"Origin": origin})
    assert (before.status_code == 200) is allowed
    for answer in (before, after):
        assert (answer.headers.get("access-control-allow-origin") == origin) is allowed
    exposed = after.headers.get("access-control-expose-headers", "").lower()
    assert not allowed or {"upload-offset", "location"} <= set(exposed.split(", "))


async def test_no_page_of_another_origin_may_ask_by_default(tmp_path: Path) -> None:
    """Nobody is allowed whom the settings do not name."""
    async with caller(tmp_path) as client:
        answer = await client.get("/healthz", headers={"Origin": "https://friend.example"})
    assert "access-control-allow-origin" not in answer.headers
