"""An API server in front of an embedded cluster, so that several processes share one that runs pods.

    python -m tests.replicas.front STATE PORT

It speaks what `cluster/kubernetes` speaks: objects, lists, watches, logs and proxied requests. Who asks
is the bearer token; each write is noted in STATE/asked.jsonl, with who asked it, from when to when.
While STATE/hold has a line that is part of "WHO PATH" of a request, that request gets no answer.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any, NamedTuple, cast

from aiohttp import web

from tablecast.cluster.embedded.cluster import EmbeddedCluster
from tablecast.cluster.port import KINDS, NAMESPACE, Call, Cluster, Kind, Target
from tablecast.errors import ClusterError
from tests.cluster.fake_api import status

BY_PATH = {(kind.group, kind.version, kind.plural): kind for kind in KINDS.values()}
_HOP = {"connection", "transfer-encoding", "content-length", "host", "keep-alive"}
_WRITES = {"POST", "PATCH", "DELETE"}


class Place(NamedTuple):
    """What a path names: a kind's collection, an object, or a part of one."""

    kind: Kind
    namespace: str
    name: str
    part: str


class Front:
    """Answers as an API server does, by a cluster's own port."""

    def __init__(self, cluster: Cluster, notes: Path) -> None:
        self._cluster = cluster
        self._notes = notes

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request; the cluster's errors as Status objects."""
        if request.path == "/version":
            return web.json_response({"major": "1", "minor": "34"})
        place = placed(request.path)
        begun = time.time()
        await self._held(request)
        try:
            answer = await self._answer(request, place)
        except ClusterError as error:
            answer = web.json_response(_status(error, place.name), status=error.status or 503)
        if request.method in _WRITES and not place.part.startswith("proxy"):
            self._note(request, begun, answer)
        return answer

    async def _held(self, request: web.Request) -> None:
        if not self._is_held(request):
            return
        upload = request.headers.get("Tablecast-Upload-Id", "")
        self._write({"held": request.path, "who": _who(request), "upload": upload})
        while self._is_held(request):  # noqa: ASYNC110, a file tells, no event could
            await asyncio.sleep(0.05)

    def _is_held(self, request: web.Request) -> bool:
        path = self._notes.with_name("hold")
        lines = path.read_text().splitlines() if path.exists() else []
        return any(line in f"{_who(request)} {request.path}" for line in lines)

    def _note(self, request: web.Request, begun: float, answer: web.StreamResponse) -> None:
        body = cast("web.Response", answer).body
        told = json.loads(cast("bytes", body))
        line = {
            "who": _who(request),
            "method": request.method,
            "path": request.path,
            "begun": begun,
            "ended": time.time(),
            "status": answer.status,
            "uid": told.get("metadata", {}).get("uid", ""),
            "kind": told.get("kind", ""),
            "name": told.get("metadata", {}).get("name", ""),
        }
        self._write(line)

    def _write(self, line: dict[str, Any]) -> None:
        with self._notes.open("a") as notes:
            notes.write(json.dumps(line) + "\n")

    async def _answer(self, request: web.Request, place: Place) -> web.StreamResponse:
        if place.part.startswith("proxy"):
            return await self._proxied(request, place)
        if place.part == "log":
            return await self._logs(request, place)
        if place.name:
            return await self._object(request, place)
        if request.method == "POST":
            manager = request.query["fieldManager"]
            return web.json_response(
                await self._cluster.create(await request.json(), manager=manager), status=201
            )
        if "watch" in request.query:
            return await self._watch(request, place)
        selector = request.query.get("labelSelector", "")
        found = await self._cluster.list(place.kind, namespace=place.namespace, selector=selector)
        metadata = {"resourceVersion": found.resource_version}
        named = {"apiVersion": place.kind.api_version, "kind": f"{place.kind.kind}List"}
        return web.json_response(named | {"metadata": metadata, "items": found.objects})

    async def _object(self, request: web.Request, place: Place) -> web.Response:
        kind, namespace, name, part = place
        if request.method == "GET":
            return web.json_response(await self._cluster.get(kind, namespace, name))
        if request.method == "PATCH":
            manager = request.query["fieldManager"]
            applied = self._cluster.apply(await request.json(), manager=manager, subresource=part)
            return web.json_response(await applied)
        given = await request.json() if request.can_read_body else {}
        uid = given.get("preconditions", {}).get("uid", "")
        await self._cluster.delete(kind, namespace, name, uid=uid)
        return web.json_response({"kind": "Status", "status": "Success", "metadata": {}})

    async def _watch(self, request: web.Request, place: Place) -> web.StreamResponse:
        events = self._cluster.watch(
            place.kind,
            namespace=place.namespace,
            selector=request.query.get("labelSelector", ""),
            resource_version=request.query["resourceVersion"],
        )
        answer = web.StreamResponse(headers={"Content-Type": "application/json"})
        await answer.prepare(request)
        try:
            async with aclosing(cast("Any", events)) as stream:
                async for event in stream:
                    await answer.write(_line(event.type, event.object))
        except ClusterError as error:
            await answer.write(_line("ERROR", _status(error, "")))
        await answer.write_eof()
        return answer

    async def _logs(self, request: web.Request, place: Place) -> web.StreamResponse:
        chunks = self._cluster.logs(
            place.namespace,
            place.name,
            container=request.query.get("container", "main"),
            follow="follow" in request.query,
        )
        return await _streamed(request, web.StreamResponse(), chunks)

    async def _proxied(self, request: web.Request, place: Place) -> web.StreamResponse:
        name, _, port = place.name.partition(":")
        target = Target(place.namespace, name, int(port), place.kind.kind)
        headers = {k: v for k, v in request.headers.items() if k.lower() not in _HOP}
        headers.pop("Authorization", None)
        if "Content-Length" in request.headers:
            headers["Content-Length"] = request.headers["Content-Length"]
        path = request.raw_path.split("/proxy", 1)[1]
        body = request.content.iter_any() if request.can_read_body else None
        call = Call(target, request.method, path, headers, body, timeout=60.0)
        async with self._cluster.request(call) as found:
            kept = {k: v for k, v in found.headers.items() if k.lower() not in _HOP}
            length = found.headers.get("Content-Length")
            if length is not None:
                kept["Content-Length"] = length
            answer = web.StreamResponse(status=found.status, headers=kept)
            return await _streamed(request, answer, found.chunks())


def placed(path: str) -> Place:
    """What a path names; KeyError where it is nothing that Tablecast deals in."""
    parts = path.strip("/").split("/")
    group, version, rest = ("", parts[1], parts[2:])
    if parts[0] == "apis":
        group, version, rest = parts[1], parts[2], parts[3:]
    if rest[0] == "namespaces" and len(rest) > 2:
        namespace, rest = rest[1], rest[2:]
    else:
        namespace = ""
    plural, name, part = [*rest[:2], *[""] * (2 - len(rest[:2])), "/".join(rest[2:])]
    if plural == NAMESPACE.plural:
        return Place(NAMESPACE, "", name, part)
    return Place(BY_PATH[group, version, plural], namespace, name, part)


def _who(request: web.Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ")


def _line(type_: str, content: Any) -> bytes:
    return json.dumps({"type": type_, "object": content}).encode() + b"\n"


def _status(error: ClusterError, name: str) -> dict[str, Any]:
    details: dict[str, Any] = {"name": name or "unnamed"}
    if error.field:
        details["causes"] = [{"field": error.field}]
    return status(error.status or 503, error.message, error.reason, **details)


async def _streamed(
    request: web.Request, answer: web.StreamResponse, chunks: AsyncIterator[bytes]
) -> web.StreamResponse:
    async for chunk in chunks:
        # What is refused is so before its first bytes.
        if not answer.prepared:
            await answer.prepare(request)
        await answer.write(chunk)
    await answer.prepare(request)
    await answer.write_eof()
    return answer


async def served(answer: Callable[[web.Request], Awaitable[web.StreamResponse]], port: int) -> int:
    """Serve on loopback from now on; return the port."""
    application = web.Application(client_max_size=1 << 30)
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return int(runner.addresses[0][1])


async def run(state: Path, port: int) -> None:
    """Run an embedded cluster and its API server until cancelled."""
    cluster = EmbeddedCluster(state)
    await served(Front(cluster, state / "asked.jsonl").answer, port)
    await cluster.run()


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), int(sys.argv[2])))
