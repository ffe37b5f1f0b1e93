"""Pods and Deployments run as local processes, and are reached over the port."""

import asyncio
import json
from typing import Any

import pytest

from tablecast.cluster.embedded.cluster import EmbeddedCluster
from tablecast.cluster.port import CONFIG_MAP, POD, Manifest
from tablecast.errors import ClusterRefusal

from .manifests import config_map, deployment, python, secret, service
from .seeing import pod, terminated
from .servers import SERVER
from .waiting import until, until_answer, until_gone, until_object


async def log(cluster: EmbeddedCluster, space: str, name: str) -> str:
    return b"".join([part async for part in cluster.logs(space, name)]).decode()


async def test_a_pod_is_told_what_its_manifest_says(cluster: EmbeddedCluster, space: str) -> None:
    await cluster.create(secret(space, "keys", token="abc"))
    await cluster.create(config_map(space, "settings", mode="fast"))
    code = "import json, os, sys; print(json.dumps([dict(os.environ), sys.argv[1:]]))"
    container = python(code, args=[code, "--data=/data/x", "$(TOKEN)", "/database"])
    container["env"] += [
        {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "token"}}},
        {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "APP", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}},
    ]
    container["envFrom"] = [{"configMapRef": {"name": "settings"}}]
    await cluster.create(pod(space, "told", container))
    await until_object(cluster, POD, space, "told", terminated)
    env, arguments = json.loads(await log(cluster, space, "told"))
    assert (env["TOKEN"], env["POD"], env["APP"], env["mode"]) == ("abc", "told", "told", "fast")
    assert arguments[0].startswith("--data=/")
    assert arguments[0].endswith("/x")
    assert arguments[0] != "--data=/data/x"
    assert arguments[1:] == ["abc", "/database"]
    assert env["TABLECAST_BIND"] == "127.0.0.1"
    assert env["http_proxy"].startswith("http://127.0.0.1:")


async def test_a_servers_own_secrets_are_not_its_containers(
    cluster: EmbeddedCluster, space: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TABLECAST_SECRET", "hush")
    code = "import os; print('TABLECAST_SECRET' in os.environ)"
    await cluster.create(pod(space, "told", python(code)))
    await until_object(cluster, POD, space, "told", terminated)
    assert await log(cluster, space, "told") == "False\n"


async def test_a_missing_secret_is_waited_for(cluster: EmbeddedCluster, space: str) -> None:
    container = python("pass")
    source = {"secretKeyRef": {"name": "keys", "key": "token"}}
    container["env"].append({"name": "TOKEN", "valueFrom": source})
    await cluster.create(pod(space, "waits", container))

    def waits(manifest: Manifest) -> Any:
        statuses = manifest.get("status", {}).get("containerStatuses", [])
        return statuses and statuses[0]["state"].get("waiting", {}).get("reason") == (
            "CreateContainerConfigError"
        )

    seen = await until_object(cluster, POD, space, "waits", waits)
    assert seen["status"]["phase"] == "Pending"
    await cluster.create(secret(space, "keys", token="abc"))
    over = await until_object(cluster, POD, space, "waits", terminated)
    assert terminated(over)["exitCode"] == 0


async def test_a_changed_config_map_reaches_a_running_pod(
    cluster: EmbeddedCluster, space: str
) -> None:
    await cluster.apply(config_map(space, "settings", mode="slow"))
    code = (
        "import sys, time\n"
        "while open(sys.argv[1] + '/mode').read() != 'fast': time.sleep(0.02)\n"
        "print('changed')"
    )
    container = python(code, args=[code, "/settings"])
    container["volumeMounts"].append({"name": "settings", "mountPath": "/settings"})
    volume = {"name": "settings", "configMap": {"name": "settings"}}
    await cluster.create(pod(space, "reads", container, volumes=[volume]))
    await until_object(cluster, POD, space, "reads", lambda o: o["status"]["phase"] == "Running")
    await cluster.apply(config_map(space, "settings", mode="fast"))
    over = await until_object(cluster, POD, space, "reads", terminated)
    assert terminated(over)["exitCode"] == 0
    assert (await cluster.get(CONFIG_MAP, space, "settings"))["data"] == {"mode": "fast"}


async def test_a_secret_is_mounted_decoded(cluster: EmbeddedCluster, space: str) -> None:
    await cluster.create(secret(space, "keys", token="abc"))
    container = python("import sys; print(open(sys.argv[1] + '/token').read())")
    container["args"].append("/keys")
    container["volumeMounts"].append({"name": "keys", "mountPath": "/keys"})
    volume = {"name": "keys", "secret": {"secretName": "keys"}}
    await cluster.create(pod(space, "reads", container, volumes=[volume]))
    await until_object(cluster, POD, space, "reads", terminated)
    assert await log(cluster, space, "reads") == "abc\n"


async def test_a_log_is_followed_to_its_end(cluster: EmbeddedCluster, space: str) -> None:
    code = "import time\nfor i in range(5): print('line', i); time.sleep(0.1)"
    await cluster.create(pod(space, "talks", python(code)))
    await until_object(cluster, POD, space, "talks", lambda o: o["status"].get("containerStatuses"))

    async def begun() -> bool:
        try:
            await log(cluster, space, "talks")
        except ClusterRefusal:
            return False
        return True

    await until(begun)
    async with asyncio.timeout(20):
        parts = [part async for part in cluster.logs(space, "talks", follow=True)]
    text = b"".join(parts).decode()
    assert text == "".join(f"line {i}\n" for i in range(5))


async def test_a_command_that_is_not_there_is_a_start_error(
    cluster: EmbeddedCluster, space: str
) -> None:
    container = python("pass", command=["/no/such/program"])
    await cluster.create(pod(space, "wrong", container))
    over = await until_object(cluster, POD, space, "wrong", terminated)
    assert terminated(over)["reason"] == "StartError"
    assert terminated(over)["exitCode"] == 128
    assert over["status"]["phase"] == "Failed"


async def test_a_deleted_pod_gets_its_grace_and_then_no_more(
    cluster: EmbeddedCluster, space: str
) -> None:
    stubborn = (
        "import signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)"
    )
    await cluster.create(pod(space, "stays", python(stubborn), terminationGracePeriodSeconds=1))

    async def ready() -> bool:
        try:
            return await log(cluster, space, "stays") == "ready\n"
        except ClusterRefusal:
            return False

    await until(ready)
    await cluster.delete(POD, space, "stays")
    leaving = await cluster.get(POD, space, "stays")
    assert leaving["metadata"]["deletionTimestamp"]
    await until_gone(cluster, POD, space, "stays")


async def test_init_containers_go_first(cluster: EmbeddedCluster, space: str) -> None:
    first = python("import os; open(os.environ['DATA'] + '/first', 'w').write('1')")
    then = python("import os; print(open(os.environ['DATA'] + '/first').read())")
    await cluster.create(pod(space, "ordered", then, initContainers=[{"name": "init", **first}]))
    await until_object(cluster, POD, space, "ordered", terminated)
    assert await log(cluster, space, "ordered") == "1\n"


async def test_a_pod_reaches_a_service_by_its_cluster_name(
    cluster: EmbeddedCluster, space: str
) -> None:
    await cluster.create(deployment(space, "web", SERVER))
    await cluster.create(service(space, "web"))
    await until_answer(cluster, space, "web")
    code = (
        "import sys, urllib.request, urllib.error\n"
        "print(urllib.request.urlopen(sys.argv[1]).read().decode())\n"
        "try: urllib.request.urlopen('http://elsewhere.example/')\n"
        "except urllib.error.HTTPError as error: print(error.code)"
    )
    asks = python(code)
    asks["args"].append(f"http://web.{space}.svc.cluster.local/a?b=c")
    await cluster.create(pod(space, "asks", asks))
    await until_object(cluster, POD, space, "asks", terminated)
    assert await log(cluster, space, "asks") == "hello\n403\n"
