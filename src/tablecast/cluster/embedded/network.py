"""The cluster's network, all of it on loopback: Services and Pods found, requests sent.

A Service has its ready pods behind it and takes them in turn. Where nothing answers the error is
`Unreachable`, as it would be through an API server's proxy.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from yarl import URL

from tablecast.cluster.embedded import selectors
from tablecast.cluster.embedded.node import ports_of
from tablecast.cluster.port import POD, SERVICE, Call, Cluster, Manifest, Target
from tablecast.errors import ObjectMissing, Unreachable


class _Response:
    """An answer whose body is read through; a broken body is `Unreachable` too."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers

    async def read(self) -> bytes:
        """Return the whole body."""
        return b"".join([chunk async for chunk in self.chunks()])

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives."""
        try:
            async for chunk in self._response.content.iter_any():
                yield chunk
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unreachable(f"the answer broke off: {error!r}", 502) from error


class Network:
    """Finds and reaches what runs in the cluster."""

    def __init__(self, cluster: Any, session: aiohttp.ClientSession) -> None:
        self._cluster: Cluster = cluster
        self._session = session
        self._turns: Counter[tuple[str, str]] = Counter()

    @asynccontextmanager
    async def request(self, call: Call) -> AsyncIterator[_Response]:
        """See `port.Requests.request`."""
        port = await self.loopback_port(call.target)
        url = URL(f"http://127.0.0.1:{port}{call.path}", encoded=True)
        timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=call.timeout, sock_read=call.timeout
        )
        try:
            response = await self._session.request(
                call.method,
                url,
                headers=dict(call.headers),
                data=call.body,
                timeout=timeout,
                allow_redirects=False,
            )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unreachable(f"{call.target.name} does not answer: {error!r}", 503) from error
        try:
            yield _Response(response)
        finally:
            response.release()

    async def loopback_port(self, target: Target) -> int:
        """Return where a target listens on loopback; `Unreachable` where nothing does."""
        if target.kind == "Pod":
            return await self._port_of_pod(target)
        service = await self._get(SERVICE, target)
        declared = service["spec"].get("ports", [])
        wanted = next((port for port in declared if port["port"] == target.port), None)
        if wanted is None:
            raise Unreachable(f"service {target.name} has no port {target.port}", 503)
        pods = await self._endpoints(service)
        if not pods:
            raise Unreachable(f'no endpoints available for service "{target.name}"', 503)
        turn = self._turns[target.namespace, target.name]
        self._turns[target.namespace, target.name] += 1
        pod = pods[turn % len(pods)]
        return _port(pod, wanted.get("targetPort", wanted["port"]))

    async def _port_of_pod(self, target: Target) -> int:
        pod = await self._get(POD, target)
        if not any("running" in c["state"] for c in pod["status"].get("containerStatuses", [])):
            raise Unreachable(f"pod {target.name} does not run", 503)
        return _port(pod, target.port)

    async def _get(self, kind: Any, target: Target) -> Manifest:
        try:
            return await self._cluster.get(kind, target.namespace, target.name)
        except ObjectMissing as error:
            raise Unreachable(str(error), 503) from error

    async def _endpoints(self, service: Manifest) -> list[Manifest]:
        selector = service["spec"].get("selector")
        if not selector:
            return []
        namespace = service["metadata"]["namespace"]
        wanted = selectors.of_labels(selector)
        listing = await self._cluster.list(POD, namespace=namespace, selector=wanted)
        return [pod for pod in listing.objects if _is_ready(pod)]


def _is_ready(pod: Manifest) -> bool:
    if pod["metadata"].get("deletionTimestamp"):
        return False
    conditions = pod.get("status", {}).get("conditions", [])
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def _port(pod: Manifest, declared: int | str) -> int:
    named = {
        port.get("name"): port["containerPort"]
        for container in pod["spec"]["containers"]
        for port in container.get("ports", [])
    }
    number = int(named.get(declared, declared))
    found = ports_of(pod).get(number)
    if found is None:
        raise Unreachable(f"pod {pod['metadata']['name']} declares no port {declared}", 503)
    return found


def new_session() -> aiohttp.ClientSession:
    """Return a session for loopback: no proxy, no cookies, bodies as they are."""
    # Servers drop idle connections after 5 s or more; one dropped in use would fail a request.
    connector = aiohttp.TCPConnector(limit=0, use_dns_cache=False, keepalive_timeout=2.0)
    return aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
    )


async def closed(session: aiohttp.ClientSession) -> None:
    """Close a session and let its transports go."""
    await session.close()
    await asyncio.sleep(0)
