"""Uploading through the API by hand: the world that tests of uploads share, and what they ask of it."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from tablecast.domain.tables import Project
from tablecast.settings import Limits
from tests.api.datastores import OnePort, application, bearer
from tests.api.serving import served
from tests.domain.world import a_project, open_world

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = TUS | {"Content-Type": "application/offset+octet-stream"}
TABLE = b"species,body_mass_g\n" + b"Adelie,3750\nGentoo,\n" * 5_000


class World(NamedTuple):
    """A project of ann's, the API as ann asks it, and what is behind it."""

    project: Project
    client: httpx.AsyncClient
    network: OnePort
    url: str


@asynccontextmanager
async def world(folder: Path, port: int, limits: Limits | None = None) -> AsyncIterator[World]:
    async with (
        open_world(folder),
        application(port, limits) as (app, network),
        served(app) as address,
        httpx.AsyncClient(base_url=f"http://{address}", headers=bearer("ann")) as client,
    ):
        yield World(await a_project(), client, network, f"http://{address}")


def metadata(**values: str) -> str:
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in values.items())


async def create(world: World, length: int = len(TABLE), **values: str) -> httpx.Response:
    values = {"project": world.project.id, "filename": "penguins.csv"} | values
    headers = TUS | {"Upload-Length": str(length), "Upload-Metadata": metadata(**values)}
    return await world.client.post("/uploads", headers=headers)


async def created(world: World, length: int = len(TABLE)) -> str:
    answer = await create(world, length)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


async def send(world: World, url: str, offset: int, data: Any, **headers: str) -> httpx.Response:
    headers = BYTES | {"Upload-Offset": str(offset)} | headers
    return await world.client.patch(url, content=data, headers=headers)


async def offset_of(world: World, url: str) -> int:
    answer = await world.client.head(url, headers=TUS)
    assert answer.status_code == 200
    return int(answer.headers["upload-offset"])


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def eventually(told: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    """Wait until `told` answers yes."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if await told():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"not within {seconds} s")
