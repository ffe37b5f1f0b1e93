"""An embedded cluster that runs while a test lasts."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tablecast.cluster.embedded.cluster import EmbeddedCluster
from tablecast.cluster.port import INFERENCE_SERVICE

from . import manifests
from .manifests import deployment, inference_service, runtime, service
from .seeing import is_ready
from .servers import DATASTORE, MODEL_SERVER
from .waiting import until_answer, until_object


@contextlib.asynccontextmanager
async def running(state: Path, images: tuple[str, ...] = ()) -> AsyncIterator[EmbeddedCluster]:
    """A cluster in the folder `state`, with all of its controllers."""
    cluster = EmbeddedCluster(state, images)
    work = asyncio.create_task(cluster.run())
    try:
        yield cluster
        assert not work.done(), work
    finally:
        work.cancel()
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await work
        finally:
            cluster.close()


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[EmbeddedCluster]:
    async with running(tmp_path / "state") as started:
        yield started


@pytest.fixture
async def space(cluster: EmbeddedCluster) -> str:
    """A namespace with a claim `data`."""
    await cluster.create(manifests.namespace("tc-test"))
    await cluster.create(manifests.claim("tc-test"))
    return "tc-test"


@pytest.fixture
async def pool(cluster: EmbeddedCluster, space: str) -> str:
    """A namespace with a datastore and a pool that is Ready."""
    await cluster.create(deployment(space, "datastore", DATASTORE))
    await cluster.create(service(space, "datastore"))
    await cluster.create(runtime(space, MODEL_SERVER))
    await cluster.create(inference_service(space, "pool-1"))
    await until_answer(cluster, space, "datastore", "/a")
    await until_object(cluster, INFERENCE_SERVICE, space, "pool-1", is_ready)
    return space
