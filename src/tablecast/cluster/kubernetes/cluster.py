"""The Kubernetes side of the cluster port."""

import random
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from urllib.parse import quote

import aiohttp
import orjson

from tablecast.cluster.kubernetes.access import Access
from tablecast.cluster.kubernetes.answers import missing_kind
from tablecast.cluster.kubernetes.reading import event, lines
from tablecast.cluster.kubernetes.requests import Direct, Proxied
from tablecast.cluster.kubernetes.server import ApiServer, Ask, closed, new_session
from tablecast.cluster.port import (
    FIELD_MANAGER,
    KINDS,
    POD,
    Call,
    Kind,
    Listing,
    Manifest,
    Response,
    Versions,
    WatchEvent,
)
from tablecast.errors import ClusterError, Unreachable, VersionGone

PAGE = 500
# KServe's and ours; an older one would leave out fields without a word.
OLDEST = (1, 32)
# A list that is too slow for its own pages is asked for whole the next time.
PAGED_TRIES = 3
# The server ends a watch then; random, so that many do not come back together.
WATCH_SECONDS = (300, 600)
# Above a step's longest silence; a connection that is dead says nothing for ever.
FOLLOW_SECONDS = 3_600.0
# Servers drop idle connections after 5 s or more; one dropped in use would fail a request.
KEEP_SECONDS = 2.0

_APPLY = {"Content-Type": "application/apply-patch+yaml"}
_JSON = {"Content-Type": "application/json"}
# Each object's metadata alone.
_METADATA = {"Accept": "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"}
_STRICT = {"fieldValidation": "Strict"}


class KubernetesCluster:
    """A real cluster, to be used while its context lasts.

    `kubeconfig` and `context` as in the settings; `silence` in seconds is how long a watch may say
    nothing before it is taken for dead. Entering reads the configuration (`ConfigurationRefused`)
    and asks the cluster nothing: one that is down may come back.
    """

    def __init__(self, kubeconfig: str = "", context: str = "", *, silence: float = 90.0) -> None:
        self._server = ApiServer(Access(kubeconfig, context))
        self._silence = silence
        self._session: aiohttp.ClientSession | None = None
        self._requests: Proxied | Direct = Proxied(self._server)

    async def __aenter__(self) -> "KubernetesCluster":
        await self._server.__aenter__()
        if self._server.access.in_cluster:
            self._session = new_session(keep_seconds=KEEP_SECONDS)
            self._requests = Direct(self.get, self._session)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await closed(self._session)
        await self._server.__aexit__(exc_type, exc, traceback)

    async def too_old(self) -> str:
        """Why this cluster's version will not do, in one sentence; "" where it will, or is away."""
        try:
            # It is no object of Kubernetes, so `ask` would not take it.
            async with self._server.open(Ask("GET", "/version")) as answer:
                told = orjson.loads(await answer.read())
            # Some distributions add a sign to the minor version.
            version = tuple(int(str(told[part]).rstrip("+")) for part in ("major", "minor"))
        except (ClusterError, ValueError, KeyError, TypeError):
            return ""
        if version >= OLDEST:
            return ""
        return "This cluster is Kubernetes {}.{}: upgrade it to {}.{} or newer.".format(
            *version, *OLDEST
        )

    def request(self, call: Call) -> AbstractAsyncContextManager[Response]:
        """See `port.Requests.request`."""
        return self._requests.request(call)

    async def apply(
        self, manifest: Manifest, *, manager: str = FIELD_MANAGER, subresource: str = ""
    ) -> Manifest:
        """See `port.Cluster.apply`."""
        kind = served(manifest)
        metadata = manifest["metadata"]
        path = path_of(kind, metadata.get("namespace", ""), metadata["name"], subresource)
        query = {"fieldManager": manager, "force": "true", **_STRICT}
        body = orjson.dumps(manifest)
        return await self._server.ask(Ask("PATCH", path, query, _APPLY, body, kind))

    async def create(self, manifest: Manifest, *, manager: str = FIELD_MANAGER) -> Manifest:
        """See `port.Cluster.create`."""
        kind = served(manifest)
        path = path_of(kind, manifest["metadata"].get("namespace", ""))
        query = {"fieldManager": manager, **_STRICT}
        return await self._server.ask(Ask("POST", path, query, _JSON, orjson.dumps(manifest), kind))

    async def get(self, kind: Kind, namespace: str, name: str) -> Manifest:
        """See `port.Cluster.get`."""
        return await self._server.ask(Ask("GET", path_of(kind, namespace, name), kind=kind))

    async def delete(self, kind: Kind, namespace: str, name: str, *, uid: str = "") -> None:
        """See `port.Cluster.delete`."""
        options: Manifest = {"propagationPolicy": "Background"}
        if uid:
            options["preconditions"] = {"uid": uid}
        path, body = path_of(kind, namespace, name), orjson.dumps(options)
        await self._server.ask(Ask("DELETE", path, headers=_JSON, body=body, kind=kind))

    async def list(self, kind: Kind, *, namespace: str = "", selector: str = "") -> Listing:
        """See `port.Cluster.list`."""
        query = {"labelSelector": selector} if selector else {}
        for _ in range(PAGED_TRIES):
            try:
                return await self._pages(kind, namespace, query | {"limit": str(PAGE)})
            except VersionGone:
                # The pages' version is gone: what was read of it belongs to no moment.
                continue
        return await self._pages(kind, namespace, query)

    async def _pages(self, kind: Kind, namespace: str, query: Mapping[str, str]) -> Listing:
        objects: list[Manifest] = []
        after = ""
        while True:
            asked = {**query, "continue": after} if after else query
            page = await self._server.ask(Ask("GET", path_of(kind, namespace), asked, kind=kind))
            objects.extend(_objects(kind, page))
            metadata = page["metadata"]
            after = metadata.get("continue") or ""
            if not after:
                return Listing(objects, str(metadata["resourceVersion"]))

    async def versions(self, kind: Kind, *, selector: str = "", at_least: str) -> Versions:
        """See `port.Cluster.versions`. Without pages, as only then the server's cache answers it."""
        query = {"resourceVersion": at_least, "resourceVersionMatch": "NotOlderThan"}
        if selector:
            query["labelSelector"] = selector
        ask = Ask("GET", path_of(kind, ""), query, _METADATA, kind=kind)
        page = await self._server.ask(ask)
        found = {one["metadata"]["uid"]: _version(one["metadata"]) for one in _objects(kind, page)}
        return Versions(found, _version(page["metadata"]))

    async def watch(
        self, kind: Kind, *, namespace: str = "", selector: str = "", resource_version: str
    ) -> AsyncIterator[WatchEvent]:
        """See `port.Cluster.watch`."""
        query = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": resource_version,
            "timeoutSeconds": str(random.randint(*WATCH_SECONDS)),
        }
        if selector:
            query["labelSelector"] = selector
        ask = Ask("GET", path_of(kind, namespace), query, kind=kind, silence=self._silence)
        async with self._server.open(ask) as answer:
            async for line in lines(answer.chunks()):
                yield event(line, kind)

    async def logs(
        self, namespace: str, pod: str, *, container: str = "main", follow: bool = False
    ) -> AsyncIterator[bytes]:
        """See `port.Cluster.logs`."""
        query = {"container": container} | ({"follow": "true"} if follow else {})
        path = path_of(POD, namespace, pod, "log")
        async with self._server.open(
            Ask("GET", path, query, {"Accept": "*/*"}, kind=POD, silence=FOLLOW_SECONDS)
        ) as answer:
            async for chunk in answer.chunks():
                yield chunk


def served(manifest: Manifest) -> Kind:
    """Return a manifest's kind; `ClusterRefusal` for one that Tablecast does not deal in."""
    api_version, name = str(manifest.get("apiVersion")), str(manifest.get("kind"))
    kind = KINDS.get((api_version, name))
    if kind is None:
        group, _, version = api_version.rpartition("/")
        raise missing_kind(Kind(group, version, "", name))
    return kind


def path_of(kind: Kind, namespace: str, name: str = "", subresource: str = "") -> str:
    """Return the API's path of a collection, an object or a part of one; `namespace` "" means all."""
    parts = ["apis", kind.group] if kind.group else ["api"]
    parts.append(kind.version)
    if namespace and kind.namespaced:
        parts += ["namespaces", namespace]
    parts += [part for part in (kind.plural, name, subresource) if part]
    return "".join(f"/{quote(part, safe='')}" for part in parts)


def _objects(kind: Kind, page: Manifest) -> list[Manifest]:
    """Return a page's objects, which name their kind as all others do."""
    items, metadata = page.get("items"), page.get("metadata")
    if not isinstance(items, list) or not isinstance(metadata, dict) or not _version(metadata):
        raise Unreachable(f"An answer is no list of {kind.plural}.")
    named = {"apiVersion": kind.api_version, "kind": kind.kind}
    return [named | item for item in items]


def _version(metadata: Manifest) -> str:
    return str(metadata.get("resourceVersion") or "")
