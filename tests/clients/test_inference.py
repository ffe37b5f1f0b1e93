"""The model servers' client: what counts as loaded, and whose fault an answer is."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from tablecast.clients.inference import InferenceClient, RowsRefused
from tablecast.cluster.port import Call, Requests
from tablecast.errors import ClusterBusy, ClusterRefusal, Unreachable


@dataclass
class Answer:
    """One HTTP answer."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    async def read(self) -> bytes:
        return self.body


class Server:
    """Answers every call alike, and remembers them."""

    def __init__(self, status: int, body: Any = b"", error: Exception | None = None) -> None:
        self.answer = Answer(status, body if isinstance(body, bytes) else json.dumps(body).encode())
        self.error = error
        self.calls: list[Call] = []

    @asynccontextmanager
    async def request(self, call: Call) -> AsyncIterator[Answer]:
        self.calls.append(call)
        if self.error is not None:
            raise self.error
        yield self.answer

    @property
    def client(self) -> InferenceClient:
        return InferenceClient(cast(Requests, self))


@pytest.mark.parametrize(
    ("status", "body", "ready"),
    [
        (200, {"name": "m", "ready": True}, True),
        (200, b"", True),
        (200, {"name": "m", "ready": False}, False),
        (404, {"error": "no such model"}, False),
        (503, b"starting", False),
        (302, b"", False),
    ],
)
async def test_a_model_is_loaded_on_a_pod_when_that_pod_says_so(
    status: int, body: Any, ready: bool
) -> None:
    server = Server(status, body)
    assert await server.client.ready("n", "pod-1", "m") is ready
    target = server.calls[0].target
    assert (target.kind, target.name, target.port) == ("Pod", "pod-1", 8080)
    assert server.calls[0].path == "/v2/models/m/ready"


async def test_a_pod_that_does_not_answer_has_nothing_loaded() -> None:
    assert await Server(0, error=Unreachable("refused")).client.ready("n", "p", "m") is False


@pytest.mark.parametrize(
    ("server", "said"),
    [
        (Server(503, {"error": "Model m is not ready. its sha256 is another"}), "is another"),
        (Server(404, {"error": "no such model"}), ""),
        (Server(200, {"ready": True}), ""),
        (Server(503, b"starting"), ""),
        (Server(0, error=Unreachable("refused")), ""),
    ],
)
async def test_a_server_is_asked_why_it_refuses_a_model(server: Server, said: str) -> None:
    found = await server.client.refusal("n", "pod-1", "m")
    assert found.endswith(said)
    assert bool(found) is bool(said)


async def test_a_prediction_goes_to_the_service_and_its_answer_comes_back() -> None:
    answer = {"predictions": [{"prediction": "Adelie"}], "model_version": "v"}
    server = Server(200, answer)
    assert await server.client.predict("n", "pool-1", "m", [{"a": 1}]) == answer
    call = server.calls[0]
    assert (call.target.kind, call.target.name) == ("Service", "pool-1-predictor")
    assert (call.method, call.path) == ("POST", "/v1/models/m:predict")
    assert json.loads(cast(bytes, call.body)) == {"instances": [{"a": 1}]}


async def test_rows_that_do_not_fit_are_told_one_by_one() -> None:
    errors = [{"row": 0, "column": "x", "code": "MISSING_COLUMN", "message": "x is missing."}]
    with pytest.raises(RowsRefused) as caught:
        await Server(422, {"errors": errors}).client.predict("n", "s", "m", [{}])
    assert caught.value.errors == errors


@pytest.mark.parametrize("status", [404, 408, 429, 500, 502, 503])
async def test_a_server_that_cannot_now_is_worth_another_try(status: int) -> None:
    with pytest.raises(ClusterBusy):
        await Server(status, b"<html>").client.predict("n", "s", "m", [{}])


async def test_an_answer_that_is_not_the_protocols_is_no_answer() -> None:
    with pytest.raises(ClusterBusy):
        await Server(200, b"<html>welcome</html>").client.predict("n", "s", "m", [{}])


async def test_any_other_no_is_a_no_with_the_servers_words() -> None:
    with pytest.raises(ClusterRefusal, match="payload too odd"):
        await Server(400, {"error": "payload too odd"}).client.predict("n", "s", "m", [{}])


async def test_no_answer_at_all_is_worth_another_try() -> None:
    with pytest.raises(ClusterBusy):
        await Server(0, error=Unreachable("refused")).client.predict("n", "s", "m", [{}])
