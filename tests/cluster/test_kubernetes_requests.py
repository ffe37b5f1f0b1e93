"""HTTP to pods and Services: by the API server's proxy outside a cluster, straight to them inside."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tablecast.cluster.kubernetes.cluster import KubernetesCluster
from tablecast.cluster.kubernetes.requests import Direct
from tablecast.cluster.kubernetes.server import new_session
from tablecast.cluster.port import Call, Kind, Manifest, Target
from tablecast.errors import ClusterBusy, ClusterRefusal, ObjectMissing, Unreachable

from .fake_api import Handler, kubeconfig_for, serving, status

DATASTORE = Target("ns", "datastore", 80)
PREFIX = "/api/v1/namespaces/ns/services/datastore:80/proxy"
USER = {"token": "ours"}


@asynccontextmanager
async def through(handler: Handler, folder: Path) -> AsyncIterator[KubernetesCluster]:
    async with (
        serving(handler) as url,
        KubernetesCluster(kubeconfig_for(folder, url, USER)) as cluster,
    ):
        yield cluster


async def test_a_call_goes_through_the_proxy_with_both_authorizations(tmp_path: Path) -> None:
    seen: list[web.Request] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        seen.append(request)
        return web.Response(status=201, headers={"Location": f"{PREFIX}/uploads/x", "Own": "kept"})

    call = Call(DATASTORE, "POST", "/a%20b?x=1&y=%2F", {"authorization": "Bearer theirs"})
    async with through(handle, tmp_path) as cluster, cluster.request(call) as response:
        assert response.status == 201
        assert response.headers["location"] == "/uploads/x"
        assert response.headers["own"] == "kept"
    [request] = seen
    assert request.path_qs == f"{PREFIX}/a%20b?x=1&y=%2F"
    assert request.headers["Authorization"] == "Bearer ours"
    assert request.headers["Tablecast-Authorization"] == "Bearer theirs"
    assert "Accept-Encoding" not in request.headers


async def test_a_pod_is_asked_by_its_port(tmp_path: Path) -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        return web.Response(text=request.path)

    call = Call(Target("ns", "p-1", 8080, "Pod"), path="/v2/models/m/ready")
    async with through(handle, tmp_path) as cluster, cluster.request(call) as response:
        told = await response.read()
    assert told == b"/api/v1/namespaces/ns/pods/p-1:8080/proxy/v2/models/m/ready"


async def test_a_long_upload_streams_and_its_length_stays_as_told(tmp_path: Path) -> None:
    piece, pieces = b"x" * (1 << 16), 256
    seen: dict[str, Any] = {}

    async def handle(request: web.Request) -> web.StreamResponse:
        digest = hashlib.sha256()
        async for chunk in request.content.iter_any():
            digest.update(chunk)
        seen["length"] = request.headers.get("Content-Length")
        return web.Response(text=digest.hexdigest())

    async def body() -> AsyncIterator[bytes]:
        for _ in range(pieces):
            yield piece

    headers = {"Content-Length": str(len(piece) * pieces)}
    call = Call(DATASTORE, "PATCH", "/uploads/x", headers, body())
    async with through(handle, tmp_path) as cluster, cluster.request(call) as response:
        told = (await response.read()).decode()
    assert told == hashlib.sha256(piece * pieces).hexdigest()
    assert seen["length"] == str(len(piece) * pieces)


@pytest.mark.parametrize("code", [200, 400, 401, 404, 409, 422, 500, 503])
async def test_whatever_the_service_answers_is_an_answer(tmp_path: Path, code: int) -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        return web.json_response({"error": {"code": "THEIRS"}}, status=code)

    async with through(handle, tmp_path) as cluster, cluster.request(Call(DATASTORE)) as response:
        assert response.status == code
        assert b"THEIRS" in await response.read()


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param(status(503, "no endpoints available"), Unreachable, id="nobody there"),
        pytest.param(status(502, "error trying to reach service"), Unreachable, id="no way"),
        pytest.param(status(404, "not found", name="x"), Unreachable, id="no such service"),
        pytest.param(status(403, "is forbidden"), ClusterRefusal, id="not allowed"),
        pytest.param(status(401, "Unauthorized"), ClusterBusy, id="not known"),
        pytest.param(status(429, "slow down"), ClusterBusy, id="too many"),
    ],
)
async def test_what_the_api_server_answers_in_its_place_is_none(
    tmp_path: Path, told: dict[str, Any], expected: type[Exception]
) -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        return web.json_response(told, status=told["code"])

    async with through(handle, tmp_path) as cluster:
        with pytest.raises(expected) as refused:
            async with cluster.request(Call(DATASTORE)):
                raise AssertionError("that was no answer")
    assert type(refused.value) is expected


class Objects:
    """What the API server would tell of Services and Pods; `asked` counts."""

    def __init__(self, found: Manifest | Exception) -> None:
        self.found = found
        self.asked = 0

    async def get(self, kind: Kind, namespace: str, name: str) -> Manifest:
        self.asked += 1
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


@asynccontextmanager
async def straight(objects: Objects) -> AsyncIterator[Direct]:
    async with new_session() as session:
        yield Direct(objects.get, session)


async def hello(request: web.Request) -> web.StreamResponse:
    return web.Response(text=f"{request.headers['Authorization']} {request.path_qs}")


async def test_inside_a_cluster_a_pod_is_asked_at_its_address_found_once() -> None:
    async with serving(hello) as url:
        port = int(url.rpartition(":")[2])
        objects = Objects({"status": {"podIP": "127.0.0.1"}})
        call = Call(Target("ns", "p", port, "Pod"), path="/a?b", headers={"Authorization": "x"})
        async with straight(objects) as direct:
            for _ in range(3):
                async with direct.request(call) as response:
                    assert await response.read() == b"x /a?b"
    assert objects.asked == 1


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        pytest.param({"clusterIP": "10.96.0.9"}, 80, id="with an address"),
        pytest.param({"clusterIP": "None"}, 8080, id="headless: its pods' own port"),
        pytest.param(None, 80, id="while the API server is away"),
    ],
)
async def test_inside_a_cluster_a_service_is_asked_by_its_name(
    spec: dict[str, Any] | None, expected: int
) -> None:
    ports = [{"port": 80, "targetPort": 8080}]
    away = Unreachable("away")
    objects = Objects({"spec": {**spec, "ports": ports}} if spec is not None else away)
    async with straight(objects) as direct:
        address = await direct._address(Target("ns", "pool-1-predictor", 80))
    assert (address.host, address.port) == ("pool-1-predictor.ns.svc", expected)


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        pytest.param({"status": {}}, "Pod", id="a pod that does not run"),
        pytest.param(ObjectMissing("no such pod", 404), "Pod", id="no pod"),
        pytest.param(ObjectMissing("no such service", 404), "Service", id="no service"),
        pytest.param({"status": {"podIP": "127.0.0.1"}}, "Pod", id="nobody listens"),
    ],
)
async def test_inside_a_cluster_too_nobody_is_unreachable(
    found: Manifest | Exception, kind: str
) -> None:
    async with straight(Objects(found)) as direct:
        with pytest.raises(Unreachable):
            async with direct.request(Call(Target("ns", "x", 1, kind))):
                raise AssertionError("somebody answered")
