"""Which cluster is spoken to and as whom: told in one sentence where it cannot be, renewed in time."""

import json
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tablecast.cluster.kubernetes import access
from tablecast.cluster.kubernetes.cluster import KubernetesCluster
from tablecast.cluster.kubernetes.configuration import ConfigurationRefused, chosen
from tablecast.cluster.port import POD
from tablecast.errors import ClusterBusy

from .fake_api import kubeconfig_for, serving, status

EMPTY = {"kind": "PodList", "metadata": {"resourceVersion": "1"}, "items": []}
ABSENT = "/nowhere/kubeconfig"


class Door:
    """An API server that lets in who says `token`, and remembers what was said."""

    def __init__(self, token: str = "one") -> None:
        self.token = token
        self.said: list[str] = []

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        self.said.append(request.headers.get("Authorization", ""))
        if self.said[-1] != f"Bearer {self.token}":
            return web.json_response(status(401, "Unauthorized"), status=401)
        return web.json_response(EMPTY)


@asynccontextmanager
async def behind(
    door: Door, folder: Path, user: dict[str, Any]
) -> AsyncIterator[KubernetesCluster]:
    async with (
        serving(door) as url,
        KubernetesCluster(kubeconfig_for(folder, url, user)) as cluster,
    ):
        yield cluster


async def test_a_token_that_was_replaced_in_its_file_is_taken_up_at_the_first_refusal(
    tmp_path: Path,
) -> None:
    door, token = Door(), tmp_path / "token"
    token.write_text("one")
    async with behind(door, tmp_path, {"tokenFile": str(token)}) as cluster:
        await cluster.list(POD)
        door.token = "two"
        token.write_text("two")
        await cluster.list(POD)
        await cluster.list(POD)
    assert door.said == ["Bearer one", "Bearer one", "Bearer two", "Bearer two"]


async def test_a_token_is_renewed_before_anybody_refuses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    door, token = Door(), tmp_path / "token"
    token.write_text("one")
    async with behind(door, tmp_path, {"tokenFile": str(token)}) as cluster:
        token.write_text("two")
        door.token = "two"
        monkeypatch.setattr(access, "RENEW_SECONDS", 0.0)
        await cluster.list(POD)
    assert door.said == ["Bearer two"]


async def test_credentials_that_stay_wrong_are_read_again_once_and_told(tmp_path: Path) -> None:
    door = Door("other")
    async with behind(door, tmp_path, {"token": "one"}) as cluster:
        for _ in range(3):
            with pytest.raises(ClusterBusy, match="does not take these credentials") as refused:
                await cluster.list(POD)
    assert refused.value.status == 401
    # two for the first list, one for each of the others: no plugin runs with each request
    assert len(door.said) == 4


async def test_a_kubeconfig_that_went_away_meanwhile_is_told_and_forgiven(tmp_path: Path) -> None:
    door = Door("other")
    async with behind(door, tmp_path, {"token": "one"}) as cluster:
        content = (tmp_path / "kubeconfig").read_text()
        (tmp_path / "kubeconfig").unlink()
        with pytest.raises(ClusterBusy, match="There is no kubeconfig at"):
            await cluster.list(POD)
        (tmp_path / "kubeconfig").write_text(content)
        door.token = "one"
        assert (await cluster.list(POD)).objects == []


def plugin(folder: Path, seconds: float) -> dict[str, Any]:
    """A user whose plugin numbers its tokens; each is good for some seconds."""
    script, count = folder / "plugin", folder / "count"
    until = (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    answer = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential"}
    script.write_text(
        f"#!{sys.executable}\n"
        "import json, pathlib\n"
        f"path = pathlib.Path({str(count)!r})\n"
        "number = int(path.read_text()) + 1 if path.exists() else 1\n"
        "path.write_text(str(number))\n"
        f"status = {{'token': f'token-{{number}}', 'expirationTimestamp': {until!r}}}\n"
        f"print(json.dumps({answer!r} | {{'status': status}}))\n"
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return {"exec": {"apiVersion": answer["apiVersion"], "command": str(script)}}


@pytest.mark.parametrize(
    ("seconds", "token"),
    [
        pytest.param(3_600, "token-1", id="still good"),
        pytest.param(60, "token-3", id="about to run out"),
    ],
)
async def test_a_plugin_is_asked_again_only_when_its_token_runs_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float, token: str
) -> None:
    door = Door(token)
    async with behind(door, tmp_path, plugin(tmp_path, seconds)) as cluster:
        monkeypatch.setattr(access, "RENEW_SECONDS", 0.0)
        await cluster.list(POD)
    assert door.said == [f"Bearer {token}"]


@pytest.mark.parametrize(
    ("given", "environment", "expected"),
    [
        pytest.param("/a", {"KUBECONFIG": "/b"}, "/a", id="the setting first"),
        pytest.param("", {"KUBECONFIG": "/b:/c"}, "/b:/c", id="then the environment"),
        pytest.param("", {}, "", id="then the pod's own account"),
    ],
)
def test_the_nearest_configuration_is_chosen(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    given: str,
    environment: dict[str, str],
    expected: str,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert chosen(given, environment) == expected


def test_kubectls_default_is_taken_where_nothing_else_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    default = tmp_path / ".kube" / "config"
    default.parent.mkdir()
    default.write_text("{}")
    assert chosen("", {}) == str(default)


@pytest.mark.parametrize(
    ("content", "context", "message"),
    [
        pytest.param(None, "", "There is no kubeconfig at .*: set TABLECAST_KUBECONFIG", id="none"),
        pytest.param("", "", "is no kubeconfig", id="empty"),
        pytest.param("{", "", "is no kubeconfig", id="no YAML"),
        pytest.param("[1]", "", "is no kubeconfig", id="no mapping"),
        pytest.param(
            "whole",
            "prod",
            'no context "prod": set TABLECAST_CONTEXT to one of test',
            id="no such context",
        ),
        pytest.param("no cluster", "", "is of no use", id="context of no cluster"),
    ],
)
async def test_a_configuration_that_cannot_be_is_told_in_one_sentence(
    tmp_path: Path, content: str | None, context: str, message: str
) -> None:
    path = tmp_path / "kubeconfig"
    if content in {"whole", "no cluster"}:
        kubeconfig_for(tmp_path, "http://127.0.0.1:1")
        if content == "no cluster":
            path.write_text(json.dumps(json.loads(path.read_text()) | {"clusters": []}))
    elif content is not None:
        path.write_text(content)
    with pytest.raises(ConfigurationRefused, match=message) as refused:
        async with KubernetesCluster(str(path), context):
            raise AssertionError("it opened")
    assert "\n" not in str(refused.value)


async def test_no_configuration_at_all_is_told_with_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(ConfigurationRefused, match="TABLECAST_KUBECONFIG or KUBECONFIG"):
        async with KubernetesCluster():
            raise AssertionError("it opened")


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ({"major": "1", "minor": "31+"}, "This cluster is Kubernetes 1.31: upgrade it to 1.32"),
        ({"major": "1", "minor": "34"}, ""),
        (None, ""),
    ],
    ids=["old", "new", "away"],
)
async def test_a_cluster_too_old_is_told_in_one_sentence(
    tmp_path: Path, version: dict[str, str] | None, told: str
) -> None:
    """One that is away may be new enough."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response(
            version or status(503, "etcd is away"), status=200 if version else 503
        )

    async with (
        serving(answer) as url,
        KubernetesCluster(kubeconfig_for(tmp_path, url)) as cluster,
    ):
        said = await cluster.too_old()
    assert said.startswith(told)
    assert bool(said) == bool(told)
