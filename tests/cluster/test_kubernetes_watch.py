"""Lists and watches tell what is so, or that nothing can be trusted; never something else."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tablecast.cluster.kubernetes.cluster import PAGE, KubernetesCluster
from tablecast.cluster.port import POD, WORKFLOW, WatchEvent
from tablecast.errors import ClusterBusy, ClusterError, Unreachable, VersionGone

from .fake_api import Handler, kubeconfig_for, serving, status


def pod(name: str, version: int) -> dict[str, Any]:
    metadata = {"name": name, "uid": f"uid-{name}", "resourceVersion": str(version)}
    return {"kind": "Pod", "apiVersion": "v1", "metadata": metadata}


def line(type_: str, content: dict[str, Any]) -> bytes:
    return json.dumps({"type": type_, "object": content}).encode() + b"\n"


ADDED = line("ADDED", pod("a", 5))
GONE = line("ERROR", status(410, "too old resource version: 1 (9)", "Expired"))


def streaming(*chunks: bytes | float, abort: bool = False) -> Handler:
    """A handler that streams chunks, waits where there is a number, and may break off."""

    async def handle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        for chunk in chunks:
            if isinstance(chunk, bytes):
                await response.write(chunk)
            else:
                await asyncio.sleep(chunk)
        if abort:
            assert request.transport is not None
            request.transport.abort()
        return response

    return handle


def answering(code: int, body: bytes, content_type: str = "application/json") -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return web.Response(status=code, body=body, content_type=content_type)

    return handle


@asynccontextmanager
async def behind(
    handler: Handler, folder: Path, silence: float = 5.0
) -> AsyncIterator[KubernetesCluster]:
    async with (
        serving(handler) as url,
        KubernetesCluster(kubeconfig_for(folder, url), silence=silence) as cluster,
    ):
        yield cluster


async def watched(cluster: KubernetesCluster) -> list[WatchEvent]:
    return [event async for event in cluster.watch(POD, resource_version="1")]


async def test_a_watch_yields_events_and_bookmarks_and_ends_quietly(tmp_path: Path) -> None:
    mark = line("BOOKMARK", {"kind": "Pod", "metadata": {"resourceVersion": "7"}})
    halves = ADDED[:10], ADDED[10:] + mark
    async with behind(streaming(*halves), tmp_path) as cluster:
        events = await watched(cluster)
    assert [event.type for event in events] == ["ADDED", "BOOKMARK"]
    assert events[0].object == pod("a", 5)


async def test_a_watch_asks_for_bookmarks_and_an_end_within_ten_minutes(tmp_path: Path) -> None:
    asked: list[web.Request] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        asked.append(request)
        return await streaming()(request)

    async with behind(handle, tmp_path) as cluster:
        watch = cluster.watch(WORKFLOW, namespace="n", selector="a=b", resource_version="12")
        assert [event async for event in watch] == []
    [request] = asked
    assert request.path == "/apis/argoproj.io/v1alpha1/namespaces/n/workflows"
    seconds = int(request.query["timeoutSeconds"])
    assert 300 <= seconds <= 600
    assert dict(request.query) == {
        "watch": "true",
        "allowWatchBookmarks": "true",
        "labelSelector": "a=b",
        "resourceVersion": "12",
        "timeoutSeconds": str(seconds),
    }


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        pytest.param(streaming(ADDED, GONE), VersionGone, id="410 in the stream"),
        pytest.param(
            answering(410, json.dumps(status(410, "", "Gone")).encode()), VersionGone, id="HTTP 410"
        ),
        pytest.param(answering(410, b"gone", "text/plain"), VersionGone, id="410 without words"),
        pytest.param(
            streaming(line("ERROR", status(500, "etcd is away"))), ClusterBusy, id="500 in it"
        ),
        pytest.param(streaming(ADDED, ADDED[:30]), Unreachable, id="ends in mid-line"),
        pytest.param(streaming(ADDED, ADDED[:30], abort=True), Unreachable, id="is cut off"),
        pytest.param(answering(200, b"<html>Hi</html>\n", "text/html"), Unreachable, id="HTML"),
        pytest.param(streaming(b"[1]\n"), Unreachable, id="JSON that is no event"),
        pytest.param(streaming(b'{"type": "ADDED"}\n'), Unreachable, id="event without object"),
        pytest.param(streaming(line("ADDED", {"metadata": 1})), Unreachable, id="no object"),
        pytest.param(streaming(line("RENAMED", pod("a", 1))), Unreachable, id="unknown type"),
        pytest.param(streaming(line("ERROR", {"x": 1})), Unreachable, id="error without Status"),
        pytest.param(streaming(ADDED, 5.0), Unreachable, id="silence"),
        pytest.param(answering(503, b"", "text/plain"), Unreachable, id="503 without words"),
        pytest.param(answering(429, b"", "text/plain"), ClusterBusy, id="429"),
    ],
)
async def test_a_watch_that_goes_wrong_says_how(
    tmp_path: Path, handler: Handler, expected: type[ClusterError]
) -> None:
    async with behind(handler, tmp_path, silence=0.3) as cluster:
        with pytest.raises(ClusterError) as refused:
            await watched(cluster)
    assert type(refused.value) is expected


@pytest.mark.parametrize(
    "handler",
    [
        pytest.param(answering(200, b""), id="nothing at all"),
        pytest.param(answering(200, b"<html>Hi</html>", "text/html"), id="HTML"),
        pytest.param(answering(200, b"{}"), id="no object"),
        pytest.param(answering(200, json.dumps(pod("a", 1)).encode()), id="no list"),
        pytest.param(answering(302, b""), id="a redirect"),
        pytest.param(streaming(b'{"kind": "PodList", "ite', abort=True), id="half a list"),
    ],
)
async def test_a_list_that_is_none_is_no_empty_list(tmp_path: Path, handler: Handler) -> None:
    async with behind(handler, tmp_path) as cluster:
        with pytest.raises(Unreachable):
            await cluster.list(POD)


async def test_nothing_that_listens_is_told_with_its_address(tmp_path: Path) -> None:
    async with serving(answering(200, b"")) as url:
        path = kubeconfig_for(tmp_path, url)
    async with KubernetesCluster(path) as cluster:
        with pytest.raises(Unreachable, match=url):
            await cluster.list(POD)


class Pages:
    """Lists of three pages; the first `gone` times the second one's version is gone."""

    def __init__(self, gone: int) -> None:
        self.gone = gone
        self.asked: list[str] = []

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.query.get("continue", ""))
        if "limit" not in request.query:
            return self._page("whole", "")
        number = int(self.asked[-1] or 0)
        if number == 1 and self.gone:
            self.gone -= 1
            return web.json_response(status(410, "expired", "Expired"), status=410)
        assert request.query["limit"] == str(PAGE)
        return self._page(f"p{number}", "" if number == 2 else str(number + 1))

    def _page(self, name: str, after: str) -> web.Response:
        item = {"metadata": {"name": name, "uid": name, "resourceVersion": "3"}}
        metadata = {"resourceVersion": "9", "continue": after}
        return web.json_response({"kind": "PodList", "metadata": metadata, "items": [item]})


@pytest.mark.parametrize(
    ("gone", "names", "asked"),
    [
        pytest.param(0, ["p0", "p1", "p2"], ["", "1", "2"], id="in order"),
        pytest.param(1, ["p0", "p1", "p2"], ["", "1", "", "1", "2"], id="begun again"),
        pytest.param(9, ["whole"], ["", "1", "", "1", "", "1", ""], id="whole in the end"),
    ],
)
async def test_pages_make_one_list_of_one_moment(
    tmp_path: Path, gone: int, names: list[str], asked: list[str]
) -> None:
    pages = Pages(gone)
    async with behind(pages, tmp_path) as cluster:
        listing = await cluster.list(POD)
    assert [one["metadata"]["name"] for one in listing.objects] == names
    assert listing.objects[0]["kind"] == "Pod"
    assert listing.resource_version == "9"
    assert pages.asked == asked


async def test_a_watch_that_is_left_closes_its_connection(tmp_path: Path) -> None:
    ended = asyncio.Event()

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await streaming(ADDED, 60.0)(request)
        finally:
            ended.set()

    async with behind(handle, tmp_path) as cluster:
        async for _ in (watch := cluster.watch(POD, resource_version="1")):
            break
        await watch.aclose()  # type: ignore[attr-defined]
        async with asyncio.timeout(5):
            await ended.wait()
    assert ended.is_set()
