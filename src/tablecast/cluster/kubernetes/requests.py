"""HTTP to Services and Pods: straight to them from inside the cluster, through the API server outside.

The API server takes `Authorization` for its own and passes it on to nobody; what a call says there goes
as `Tablecast-Authorization`. It also prefixes links in `Location`, which is undone here.
"""

import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple
from urllib.parse import quote

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from tablecast.cluster.kubernetes.answers import Status, error_of
from tablecast.cluster.kubernetes.reading import BROKEN, Answer, told
from tablecast.cluster.kubernetes.server import ApiServer, Ask
from tablecast.cluster.port import POD, SERVICE, Call, Kind, Manifest, Target
from tablecast.errors import ClusterBusy, ClusterError, ObjectMissing, Unreachable

Get = Callable[[Kind, str, str], Awaitable[Manifest]]

PASSED_AUTHORIZATION = "Tablecast-Authorization"

# A pod's address never changes while it lives, a Service's ports hardly ever: so long a look is worth.
ADDRESS_SECONDS = 30.0
MOST_ADDRESSES = 10_000

_PREFIX = re.compile(r"^(https?://[^/]+)?/api/v1/namespaces/[^/]+/(services|pods)/[^/]+/proxy")


class Proxied:
    """Requests by way of the API server."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server

    @asynccontextmanager
    async def request(self, call: Call) -> AsyncIterator[Answer]:
        """See `port.Requests.request`."""
        async with self._server.open(_asked(call)) as answer:
            status = await answer.refused_by()
            if status is not None:
                raise _not_reached(status)
            answer.headers = _without_prefix(answer)
            yield answer


def _asked(call: Call) -> Ask:
    target = call.target
    plural = "pods" if target.kind == "Pod" else "services"
    place = f"/api/v1/namespaces/{quote(target.namespace, safe='')}/{plural}"
    path, _, query = call.path.partition("?")
    headers = CIMultiDict(call.headers)
    if "Authorization" in headers:
        headers[PASSED_AUTHORIZATION] = headers.pop("Authorization")
    return Ask(
        call.method,
        f"{place}/{quote(target.name, safe='')}:{target.port}/proxy{path}"
        + ("?" + query) * bool(query),
        headers=headers,
        body=call.body,
        connect=call.timeout,
        silence=call.timeout,
        proxied=True,
    )


def _not_reached(status: Status) -> ClusterError:
    error = error_of(status)
    if isinstance(error, ObjectMissing) or (type(error) is ClusterBusy and status.code >= 500):
        return Unreachable(error.message, status.code, status.reason)
    return error


def _without_prefix(answer: Answer) -> CIMultiDict[str]:
    headers = CIMultiDict(answer.headers)
    if "Location" in headers:
        headers["Location"] = _PREFIX.sub("", headers["Location"])
    return headers


class Address(NamedTuple):
    """Where a target listens, and until when (monotonic seconds) that is taken for so."""

    host: str
    port: int
    until: float


class Direct:
    """Requests straight to what runs in the cluster, from a pod of it."""

    def __init__(self, get: Get, session: aiohttp.ClientSession) -> None:
        self._get = get
        self._session = session
        self._known: dict[Target, Address] = {}

    @asynccontextmanager
    async def request(self, call: Call) -> AsyncIterator[Answer]:
        """See `port.Requests.request`."""
        address = await self._address(call.target)
        timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=call.timeout, sock_read=call.timeout
        )
        try:
            response = await self._session.request(
                call.method,
                URL(f"http://{address.host}:{address.port}{call.path}", encoded=True),
                headers=dict(call.headers),
                data=call.body,
                timeout=timeout,
                allow_redirects=False,
            )
        except BROKEN as error:
            self._known.pop(call.target, None)
            name = call.target.name
            raise Unreachable(f"{name} does not answer: {told(error)}.", 503) from error
        answer = Answer(response)
        try:
            yield answer
        finally:
            answer.close()

    async def _address(self, target: Target) -> Address:
        known = self._known.get(target)
        if known is not None and known.until > time.monotonic():
            return known
        if len(self._known) >= MOST_ADDRESSES:
            self._known.clear()
        look = self._pod if target.kind == "Pod" else self._service
        host, port = await look(target)
        self._known[target] = Address(host, port, time.monotonic() + ADDRESS_SECONDS)
        return self._known[target]

    async def _pod(self, target: Target) -> tuple[str, int]:
        try:
            pod = await self._get(POD, target.namespace, target.name)
        except ObjectMissing as error:
            raise Unreachable(error.message, 503) from error
        ip = str(pod.get("status", {}).get("podIP") or "")
        if not ip:
            raise Unreachable(f"pod {target.name} does not run", 503)
        return (f"[{ip}]" if ":" in ip else ip), target.port

    async def _service(self, target: Target) -> tuple[str, int]:
        """A Service's name; without an address of its own its pods' port, as nothing translates then."""
        host = f"{target.name}.{target.namespace}.svc"
        try:
            spec = (await self._get(SERVICE, target.namespace, target.name))["spec"]
        except ObjectMissing as error:
            raise Unreachable(error.message, 503) from error
        except ClusterError:
            # Predictions do not stop with the API server.
            return host, target.port
        ports = {port["port"]: port.get("targetPort") for port in spec.get("ports", [])}
        behind = ports.get(target.port)
        is_headless = spec.get("clusterIP") == "None"
        return host, behind if is_headless and isinstance(behind, int) else target.port
