"""What GraphQL costs: a trivial query and a page of 100 trainings, beside a bare JSON route.

Everything runs in one process without sockets, so that only our own work is measured. Ratios hold
across machines; milliseconds do not.
"""

import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from bench.rows import trainings
from tablecast.api.auth import Authenticator
from tablecast.api.context import Services
from tablecast.api.limits import extensions_for
from tablecast.api.schema import build_schema
from tablecast.app import build_app
from tablecast.clients.datastore import DatastoreClient
from tablecast.clients.inference import InferenceClient
from tablecast.cluster.embedded.cluster import EmbeddedCluster
from tablecast.domain.database import database
from tablecast.settings import Limits, Settings

TRIVIAL = "{ version }"
PAGE = "{ project(id: %s) { trainings(first: 100) { nodes { id name state createdAt message } } } }"
REPEATS = 200


async def main() -> None:
    """Print milliseconds a request, and ratios to the bare route."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            database=f"sqlite://{folder}/bench.db",
            cluster="embedded",
            secret="b" * 32,
            anonymous="developer",
        )
        cluster = EmbeddedCluster(Path(folder))
        async with database(settings.database):
            project = await trainings(100)
            transport = httpx.ASGITransport(application(settings, cluster))
            async with httpx.AsyncClient(transport=transport, base_url="http://b") as client:
                await _compare(client, project)
        cluster.close()


async def _compare(client: httpx.AsyncClient, project: str) -> None:
    bare = await _milliseconds(lambda: client.get("/healthz"))
    page = PAGE % f'"{project}"'
    rows = [("bare JSON route", bare)]
    for name, query in (("trivial query", TRIVIAL), ("100 trainings × 5 fields", page)):
        body = {"query": query}
        answer = (await client.post("/graphql", json=body)).json()
        assert "errors" not in answer, answer
        rows.append((name, await _milliseconds(lambda b=body: client.post("/graphql", json=b))))
    for name, milliseconds in rows:
        print(f"{name:26} {milliseconds:6.2f} ms  {milliseconds / bare:5.1f}×")


async def _milliseconds(call: Callable[[], Awaitable[httpx.Response]]) -> float:
    for _ in range(20):
        await call()
    began = time.process_time()
    for _ in range(REPEATS):
        await call()
    return (time.process_time() - began) * 1000 / REPEATS


def application(settings: Settings, cluster: EmbeddedCluster):
    """The API over a cluster that nothing runs in."""
    limits = Limits()
    datastore = DatastoreClient(cluster, settings.datastore_token, settings.signing_key)
    services = Services(datastore, InferenceClient(cluster), settings, limits)
    return build_app(
        services, build_schema(extensions_for(settings, limits)), Authenticator(settings)
    )
