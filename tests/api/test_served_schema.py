"""The schema behind the real endpoint: over HTTP and websockets, with limits and masking around it."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tablecast.api.auth import issue_token
from tablecast.api.context import Services
from tablecast.api.limits import extensions_for
from tablecast.api.schema import build_schema
from tablecast.app import build_app
from tablecast.domain.members import remove_member
from tablecast.domain.projects import ProjectChange, update_project
from tablecast.domain.states import Role
from tablecast.domain.tables import Member
from tablecast.settings import Limits, Settings
from tests.api.rows import gid, whole
from tests.api.serving import served
from tests.api.world import Api, mutation_text
from tests.domain.world import ANN as ANN_ASKS
from tests.domain.world import a_project

SETTINGS = Settings(secret="s" * 32, cluster="embedded")
TITLE = "query($id: ID!) { project(id: $id) { title role } }"


def bearer(subject: str) -> str:
    return f"Bearer {issue_token(SETTINGS, subject, 600)}"


@pytest.fixture
async def address(live_api: Api) -> AsyncIterator[str]:
    datastore: Any = live_api.datastore
    inference: Any = live_api.inference
    services = Services(datastore, inference, SETTINGS, Limits())
    schema = build_schema(extensions_for(SETTINGS, services.limits))
    async with served(build_app(services, schema)) as found:
        yield found


async def post(address: str, subject: str, query: str, **variables: Any) -> Any:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(
            f"http://{address}/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": bearer(subject)},
        )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def opened(socket: ClientConnection, subject: str) -> None:
    await say(socket, type="connection_init", payload={"authorization": bearer(subject)})
    assert (await hear(socket))["type"] == "connection_ack"


async def say(socket: ClientConnection, **message: Any) -> None:
    await socket.send(json.dumps(message))


async def ask(socket: ClientConnection, id_: str, query: str, **variables: Any) -> None:
    payload = {"query": query, "variables": variables}
    await say(socket, id=id_, type="subscribe", payload=payload)


async def hear(socket: ClientConnection) -> Any:
    async with asyncio.timeout(5):
        return json.loads(await socket.recv())


def socket_to(address: str) -> connect:
    protocol = Subprotocol("graphql-transport-ws")
    return connect(f"ws://{address}/graphql", subprotocols=[protocol], proxy=None)


async def test_a_project_is_made_and_read_over_http(address: str) -> None:
    text = mutation_text("createProject", "project { id name }")
    made = await post(address, "ann", text, input={"name": "birds"})
    project = made["data"]["createProject"]["project"]
    read = await post(address, "ann", TITLE, id=project["id"])
    assert read["data"]["project"] == {"title": "birds", "role": "OWNER"}
    hidden = await post(address, "bob", TITLE, id=project["id"])
    assert hidden == {"data": {"project": None}}


async def test_a_typed_error_of_a_query_reaches_the_client(address: str) -> None:
    answer = await post(address, "ann", TITLE, id="nonsense")
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "INVALID_ID"
    assert error["extensions"]["field"] == "id"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("[" * 10 + "]" * 10, "ROWS_REFUSED"),
        ('"\\u0000"', "ROWS_REFUSED"),
        ("{}", "ROWS_REFUSED"),
        ("1" * 5_000, "ROWS_REFUSED"),
        ("1e300", "ANSWERED"),
    ],
)
async def test_an_odd_cell_is_refused_and_not_a_failure(
    address: str, value: str, code: str
) -> None:
    job = await whole()
    text = f"""mutation {{ predict(input: {{servingId: "{gid(job.serving)}",
      rows: [{{mass: {value}, island: "Dream"}}]}}) {{ __typename ... on Error {{ code }} }} }}"""
    answer = await post(address, "ann", text)
    assert answer["data"]["predict"].get("code", "ANSWERED") == code


async def test_each_operation_of_one_websocket_sees_what_is_true_then(address: str) -> None:
    project = await a_project()
    async with socket_to(address) as socket:
        await opened(socket, "ann")
        for title in ("one", "two"):
            await update_project(ANN_ASKS, project.id, ProjectChange(title=title))
            await ask(socket, title, TITLE, id=gid(project))
            message = await hear(socket)
            assert message["payload"]["data"]["project"] == {"title": title, "role": "OWNER"}
            assert (await hear(socket))["type"] == "complete"
        await Member.filter(project_id=project.id).update(role=Role.VIEWER)
        await ask(socket, "3", TITLE, id=gid(project))
        assert (await hear(socket))["payload"]["data"]["project"]["role"] == "VIEWER"


async def test_subscriptions_of_one_websocket_are_delivered_side_by_side(address: str) -> None:
    job, other = await whole(), await a_project(name="fish")
    text = "subscription($id: ID!) { project(id: $id) { title role trainings { nodes { id } } } }"
    async with socket_to(address) as socket:
        await opened(socket, "ann")
        await ask(socket, "birds", text, id=gid(job.project))
        assert (await hear(socket))["id"] == "birds"
        await ask(socket, "fish", text, id=gid(other))
        assert (await hear(socket))["id"] == "fish"
        await update_project(ANN_ASKS, other.id, ProjectChange(title="Fish"))
        message = await hear(socket)
        assert message["id"] == "fish"
        assert message["payload"]["data"]["project"]["title"] == "Fish"


async def test_a_subscription_ends_with_an_error_where_the_membership_ended(address: str) -> None:
    project = await a_project()
    await Member.create(id="0" * 16, project_id=project.id, subject="bob", role=Role.VIEWER)
    text = "subscription($id: ID!) { project(id: $id) { title } }"
    async with socket_to(address) as socket:
        await opened(socket, "bob")
        await ask(socket, "1", text, id=gid(project))
        assert (await hear(socket))["type"] == "next"
        await remove_member(ANN_ASKS, project.id, "bob")
        messages = [await hear(socket)]
        if messages[0]["type"] == "next":
            messages.append(await hear(socket))
    shown = json.dumps(messages)
    assert "PROJECT_NOT_FOUND" in shown
    assert messages[-1]["type"] in {"complete", "error"}
