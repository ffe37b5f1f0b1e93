"""What following a cluster costs: events decoded a second, ours beside kubernetes_asyncio's own watch.

Both read the same stream of Pods over loopback from a process of its own; what is compared is the
processor's time in the reader.
"""

import asyncio
import json
import multiprocessing
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from aiohttp import web
from kubernetes_asyncio import client, config, watch

from tablecast.cluster.kubernetes.cluster import KubernetesCluster
from tablecast.cluster.port import POD

EVENTS = 20_000
POD_FILE = Path(__file__).parent / "pod.json"

Reader = Callable[[str], AsyncIterator[Any]]


async def main() -> None:
    """Print events a second of CPU time for each, and the ratio."""
    pipe, other = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(other,), daemon=True)
    server.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            kubeconfig = _kubeconfig(Path(folder), await asyncio.to_thread(pipe.recv))
            theirs = await _rate(_theirs, kubeconfig)
            ours = await _rate(_ours, kubeconfig)
    finally:
        server.terminate()
    print(f"kubernetes_asyncio.watch  {theirs:9,.0f} events a second of CPU")
    print(f"ours                      {ours:9,.0f} events a second of CPU  {ours / theirs:.1f}×")


async def _rate(read: Reader, kubeconfig: str) -> float:
    began, seen = time.process_time(), 0
    async for _ in read(kubeconfig):
        seen += 1
    assert seen == EVENTS, seen
    return seen / (time.process_time() - began)


async def _ours(kubeconfig: str) -> AsyncIterator[Any]:
    async with KubernetesCluster(kubeconfig) as cluster:
        async for event in cluster.watch(POD, resource_version="1"):
            yield event.object["metadata"]["resourceVersion"]


async def _theirs(kubeconfig: str) -> AsyncIterator[Any]:
    await config.load_kube_config(kubeconfig)
    async with client.ApiClient() as api:
        pods = client.CoreV1Api(api).list_pod_for_all_namespaces
        # One round of it: it would connect again by itself.
        async with watch.Watch().stream(pods, resource_version="1", timeout_seconds=1) as events:
            async for event in events:
                yield event["object"].metadata.resource_version


def _kubeconfig(folder: Path, url: str) -> str:
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "b",
        "contexts": [{"name": "b", "context": {"cluster": "b", "user": "b"}}],
        "clusters": [{"name": "b", "cluster": {"server": url}}],
        "users": [{"name": "b", "user": {}}],
    }
    path = folder / "kubeconfig"
    path.write_text(json.dumps(content))
    return str(path)


def serve(pipe: Any) -> None:
    """Be an API server whose watch sends so many Pods and ends; its URL goes into the pipe."""
    asyncio.run(_serve(pipe))


async def _serve(pipe: Any) -> None:
    lines = b"".join(_lines())

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(body=lines, content_type="application/json")

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    pipe.send("http://{}:{}".format(*runner.addresses[0][:2]))
    await asyncio.Event().wait()


def _lines() -> list[bytes]:
    pod = json.loads(POD_FILE.read_text())
    lines = []
    for version in range(EVENTS):
        pod["metadata"]["resourceVersion"] = str(version + 2)
        lines.append(json.dumps({"type": "MODIFIED", "object": pod}).encode() + b"\n")
    return lines
