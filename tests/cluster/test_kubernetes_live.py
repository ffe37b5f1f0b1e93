"""What only a real API server can show: TLS, accounts, its own refusals, its proxy, long lists."""

import asyncio
import hashlib
import socket
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

from tablecast.cluster.kubernetes import access, configuration
from tablecast.cluster.kubernetes.cluster import PAGE, KubernetesCluster
from tablecast.cluster.kubernetes.server import Ask
from tablecast.cluster.port import (
    CONFIG_MAP,
    NAMESPACE,
    POD,
    ROLE,
    ROLE_BINDING,
    SERVICE_ACCOUNT,
    Call,
    Kind,
    Manifest,
    Target,
)
from tablecast.domain.identity import new_id
from tablecast.errors import ClusterBusy, ClusterRefusal, ObjectMissing, Unreachable

from . import manifests
from .waiting import until, until_answer

pytestmark = pytest.mark.cluster


@pytest.fixture
async def cluster(kubeconfig: str) -> AsyncIterator[KubernetesCluster]:
    async with KubernetesCluster(kubeconfig) as opened:
        yield opened


@pytest.fixture
async def space(cluster: KubernetesCluster) -> AsyncIterator[str]:
    """A namespace of its own; taken away afterwards."""
    name = f"tc-test-{new_id()}"
    await cluster.create(manifests.namespace(name))
    yield name
    with suppress(ObjectMissing):
        await cluster.delete(NAMESPACE, "", name)


async def test_a_server_of_another_authority_is_not_trusted(
    kubeconfig: str, tmp_path: Path
) -> None:
    told = yaml.safe_load(Path(kubeconfig).read_text())
    await _own_authority(tmp_path)
    for one in told["clusters"]:
        one["cluster"].pop("certificate-authority-data", None)
        one["cluster"]["certificate-authority"] = str(tmp_path / "ca.crt")
    other = tmp_path / "kubeconfig"
    other.write_text(yaml.safe_dump(told))
    async with KubernetesCluster(str(other)) as cluster:
        with pytest.raises(Unreachable, match="certificate that cannot be trusted"):
            await cluster.list(POD)


async def _own_authority(folder: Path) -> None:
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=another -keyout ca.key -out ca.crt"
    )
    made = await asyncio.create_subprocess_exec(
        *command.split(), cwd=folder, stderr=asyncio.subprocess.DEVNULL
    )
    assert await made.wait() == 0


@pytest.mark.parametrize("subject", ["create", "apply"])
async def test_a_misspelt_predictor_is_told_in_one_sentence(
    cluster: KubernetesCluster, space: str, subject: str
) -> None:
    wrong = manifests.inference_service(space, "wrong")
    wrong["spec"] = {"predictorSpec": wrong["spec"]["predictor"]}
    send = cluster.create if subject == "create" else cluster.apply
    with pytest.raises(ClusterRefusal) as refused:
        await send(wrong)
    assert str(refused.value) == 'InferenceService has no field "spec.predictorSpec".'
    assert refused.value.field == "spec.predictorSpec"


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(Kind("nowhere.dev", "v1", "things", "Thing"), id="of no group"),
        pytest.param(Kind("argoproj.io", "v1alpha1", "things", "Thing"), id="of a known group"),
        pytest.param(Kind("argoproj.io", "v9", "workflows", "Thing"), id="of another version"),
    ],
)
async def test_a_kind_without_its_crd_is_not_an_object_that_is_missing(
    cluster: KubernetesCluster, space: str, kind: Kind
) -> None:
    asking = (
        cluster.list(kind),
        cluster.get(kind, space, "x"),
        cluster.delete(kind, space, "x"),
    )
    for each in asking:
        with pytest.raises(ClusterRefusal, match="The cluster has no Thing") as refused:
            await each
        assert not isinstance(refused.value, ObjectMissing)


async def test_a_long_list_comes_whole_and_of_one_moment(
    cluster: KubernetesCluster, space: str
) -> None:
    names = [f"m-{number:04}" for number in range(2 * PAGE + 7)]
    for start in range(0, len(names), 50):
        made = (
            cluster.create(manifests.config_map(space, name)) for name in names[start : start + 50]
        )
        await asyncio.gather(*made)
    listing = await cluster.list(CONFIG_MAP, namespace=space, selector="tablecast.dev/managed")
    assert [one["metadata"]["name"] for one in listing.objects] == names
    assert {one["kind"] for one in listing.objects} == {"ConfigMap"}
    newest = max(int(one["metadata"]["resourceVersion"]) for one in listing.objects)
    assert int(listing.resource_version) >= newest


async def _token(cluster: KubernetesCluster, space: str) -> str:
    body = b'{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}'
    path = f"/api/v1/namespaces/{space}/serviceaccounts/step/token"
    headers = {"Content-Type": "application/json"}
    made = await cluster._server.ask(Ask("POST", path, headers=headers, body=body))
    return str(made["status"]["token"])


def _allowed(space: str) -> list[Manifest]:
    rbac = "rbac.authorization.k8s.io"
    metadata = {"name": "step", "namespace": space}
    rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list"]}
    return [
        {
            "apiVersion": ROLE.api_version,
            "kind": "Role",
            "metadata": metadata,
            "rules": [rule],
        },
        {
            "apiVersion": ROLE_BINDING.api_version,
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "step"},
            "subjects": [{"kind": "ServiceAccount", "name": "step", "namespace": space}],
        },
    ]


def _play_pod(kubeconfig: str, folder: Path, token: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let this process look like a pod of the cluster; return its token's file."""
    told = yaml.safe_load(Path(kubeconfig).read_text())["clusters"][0]["cluster"]
    (folder / "ca.crt").write_bytes(b64decode(told["certificate-authority-data"]))
    (folder / "token").write_text(token)
    host, _, port = told["server"].removeprefix("https://").partition(":")
    monkeypatch.setattr(configuration, "SERVICE_TOKEN_FILENAME", str(folder / "token"))
    monkeypatch.setattr(configuration, "SERVICE_CERT_FILENAME", str(folder / "ca.crt"))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", host)
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", port or "443")
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setattr(access, "REREAD_SECONDS", 0.0)
    return folder / "token"


async def test_a_pod_speaks_as_its_own_account_and_takes_up_a_new_token(
    cluster: KubernetesCluster,
    space: str,
    kubeconfig: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "step"}}
    account["metadata"]["namespace"] = space  # type: ignore[index]
    await cluster.apply(account)
    assert (await cluster.get(SERVICE_ACCOUNT, space, "step"))["metadata"]["uid"]
    token = await _token(cluster, space)
    file = _play_pod(kubeconfig, tmp_path, token, monkeypatch)
    async with KubernetesCluster() as pod:
        with pytest.raises(ClusterRefusal, match=f"system:serviceaccount:{space}:step"):
            await pod.list(CONFIG_MAP, namespace=space)
        for manifest in _allowed(space):
            await cluster.apply(manifest)

        async def may() -> bool:
            with suppress(ClusterRefusal):
                await pod.list(CONFIG_MAP, namespace=space)
                return True
            return False

        await until(may)
        file.write_text("expired")
        assert await pod._server.access.reread(await pod._server.access.current())
        with pytest.raises(ClusterBusy, match="renew them"):
            await pod.list(CONFIG_MAP, namespace=space)
        file.write_text(token)
        assert await may()


def _host_address() -> str:
    """An address of this machine that is not loopback, which an API server would not go to."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # No packet is sent: the system only says from where it would be.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return ""
        return str(probe.getsockname()[0])


PIECE = bytes(range(256)) * 256
PIECES = 512


async def _answer(request: web.Request) -> web.StreamResponse:
    """Take a body and tell its hash, or give a long one."""
    if request.path == "/moved":
        return web.Response(status=201, headers={"Location": "/uploads/x"})
    if request.path == "/teapot":
        return web.json_response({"error": {"code": "TEAPOT"}}, status=418)
    if request.path == "/long":
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(PIECES):
            await response.write(PIECE)
        return response
    digest = hashlib.sha256()
    async for chunk in request.content.iter_any():
        digest.update(chunk)
    headers = {"Said": request.headers.get("Tablecast-Authorization", "")}
    return web.Response(text=digest.hexdigest(), headers=headers)


async def _long() -> AsyncIterator[bytes]:
    for _ in range(PIECES):
        yield PIECE


@asynccontextmanager
async def _pod_on_this_machine(cluster: KubernetesCluster, space: str) -> AsyncIterator[int]:
    """A pod whose written status says that it runs here, and a Service before it; yields its port."""
    address = _host_address()
    if not address or not address.strip("0."):
        pytest.skip("this machine has no address but loopback")
    runner = web.ServerRunner(web.Server(_answer))  # type: ignore[arg-type]
    await runner.setup()
    await web.TCPSite(runner, address, 0).start()
    try:
        port = int(runner.addresses[0][1])
        await _declare(cluster, space, address, port)
        yield port
    finally:
        await runner.cleanup()


async def _declare(cluster: KubernetesCluster, space: str, address: str, port: int) -> None:
    container = {"name": "main", "image": "none", "ports": [{"containerPort": port}]}
    labels = {**manifests.MANAGED, "app": "datastore"}
    metadata: dict[str, Any] = {"name": "datastore", "namespace": space}
    pod: Manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata | {"labels": labels}}
    await cluster.apply({**pod, "spec": {"nodeName": "nowhere", "containers": [container]}})
    ready = {"type": "Ready", "status": "True"}
    status = {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]}
    await cluster.apply({**pod, "status": status | {"conditions": [ready]}}, subresource="status")
    service = manifests.service(space, "datastore")
    service["spec"]["ports"][0]["targetPort"] = port
    await cluster.apply(service)


async def test_a_pod_and_a_service_are_reached_by_the_api_servers_proxy(
    cluster: KubernetesCluster, space: str
) -> None:
    whole = hashlib.sha256(PIECE * PIECES).hexdigest()
    async with _pod_on_this_machine(cluster, space) as port:
        await until_answer(cluster, space, "datastore")
        by_pod, by_name = Target(space, "datastore", port, "Pod"), Target(space, "datastore", 80)
        said = {"Authorization": "Bearer theirs"}
        async with cluster.request(Call(by_pod, "POST", "/", said, _long())) as response:
            assert (await response.read()).decode() == whole
            assert response.headers["Said"] == "Bearer theirs"
        async with cluster.request(Call(by_name, path="/long")) as response:
            digest = hashlib.sha256()
            async for chunk in response.chunks():
                digest.update(chunk)
            assert digest.hexdigest() == whole
        async with cluster.request(Call(by_name, path="/moved")) as moved:
            assert (moved.status, moved.headers["Location"]) == (201, "/uploads/x")
        async with cluster.request(Call(by_name, path="/teapot")) as teapot:
            assert (teapot.status, b"TEAPOT" in await teapot.read()) == (418, True)


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(("nobody", 80, "Service"), id="no such service"),
        pytest.param(("nobody", 80, "Pod"), id="no such pod"),
        pytest.param(("empty", 80, "Service"), id="no pod behind it"),
    ],
)
async def test_where_nobody_is_the_proxys_answer_is_unreachable(
    cluster: KubernetesCluster, space: str, target: tuple[str, int, str]
) -> None:
    await cluster.apply(manifests.service(space, "empty"))
    name, port, kind = target
    with pytest.raises(Unreachable) as refused:
        async with cluster.request(Call(Target(space, name, port, kind))):
            raise AssertionError("somebody answered")
    assert refused.value.status in {404, 503}
