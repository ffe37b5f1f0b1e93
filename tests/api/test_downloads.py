"""Downloads through the API: the link's signature is the permission, and the bytes pass through."""

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from tablecast.clients.datastore import DatastoreClient
from tablecast.domain.tables import Project
from tablecast.settings import MIB
from tests.api.datastores import OnePort, application
from tests.api.serving import served
from tests.datastore.running import KEY, TOKEN, Datastore
from tests.domain.world import a_project, open_world

FILE = "models/0123456789abcdef/model v1.tablecast"
CONTENT = os.urandom(3 * MIB)


class World(NamedTuple):
    """A project with a file, and the API before it."""

    project: Project
    client: httpx.AsyncClient
    network: OnePort

    def link(self, file: str = FILE, expires: int = 0) -> str:
        """A signed link as the API hands it out."""
        client = DatastoreClient(self.network, lambda _: TOKEN, lambda _: KEY)
        path = client.signed_path(self.project.namespace, file, expires)
        return f"/downloads/{self.project.id}{path}"


@pytest.fixture
async def world(tmp_path: Path, datastore: Datastore) -> AsyncIterator[World]:
    path = datastore.root / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(CONTENT)
    async with (
        open_world(tmp_path),
        application(datastore.port) as (app, network),
        served(app) as address,
        httpx.AsyncClient(base_url=f"http://{address}") as client,
    ):
        yield World(await a_project(), client, network)


async def test_a_signed_link_gives_the_file_whole_and_needs_no_token(world: World) -> None:
    """With its length and ETag, and as a file that no browser shows as a page."""
    answer = await world.client.get(world.link())
    assert (answer.status_code, hashlib.sha256(answer.content).digest()) == (
        200,
        hashlib.sha256(CONTENT).digest(),
    )
    assert answer.headers["content-length"] == str(len(CONTENT))
    assert answer.headers["etag"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == "attachment"


async def test_a_part_of_a_file_can_be_asked_for(world: World) -> None:
    """Ranges, and what is asked only if it changed, are the datastore's to answer."""
    part = await world.client.get(world.link(), headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, CONTENT[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(CONTENT)}"
    etag = part.headers["etag"]
    same = await world.client.get(world.link(), headers={"If-None-Match": etag})
    assert (same.status_code, same.content) == (304, b"")
    beyond = await world.client.get(world.link(), headers={"Range": "bytes=99999999-"})
    assert beyond.status_code == 416


async def test_head_tells_the_size_without_the_bytes(world: World) -> None:
    """For a client that asks before it loads."""
    answer = await world.client.head(world.link())
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(CONTENT))


async def test_a_link_that_was_changed_or_has_ended_is_refused(world: World) -> None:
    """403 in JSON, for another file, another end, another signature, none, and the past."""
    good = world.link(expires=int(time.time()) + 60)
    for link in (
        good.replace("model%20v1", "model%20v2"),
        good.replace("expires=", "expires=9"),
        good[:-1] + ("0" if good[-1] != "0" else "1"),
        good.partition("&sig=")[0],
        good.partition("?")[0],
        world.link(expires=int(time.time()) - 1),
    ):
        answer = await world.client.get(link)
        assert (answer.status_code, "error" in answer.json()) == (403, True), link


@pytest.mark.parametrize("unknown", ["0000000000000000", "not-an-id"])
async def test_an_unknown_project_answers_as_a_wrong_signature_does(
    world: World, unknown: str
) -> None:
    """A stranger cannot tell which projects there are."""
    link = world.link()[:-1] + "x"
    known = await world.client.get(link)
    answer = await world.client.get(link.replace(world.project.id, unknown))
    assert (answer.status_code, answer.json()) == (403, known.json())
    assert answer.headers.keys() == known.headers.keys()


async def test_a_project_alone_is_no_file(world: World) -> None:
    """404: there is no such route."""
    assert (await world.client.get(f"/downloads/{world.project.id}")).status_code == 404


@pytest.mark.parametrize("file", ["models/missing", "models/../secret", "uploads/x/data", "/etc/x"])
async def test_of_files_that_are_not_to_be_had_there_is_nothing(world: World, file: str) -> None:
    """Signed or not, only what is published below the volume's public folders."""
    answer = await world.client.get(world.link(file))
    assert answer.status_code in (400, 403, 404)
    assert answer.json()["error"]["code"]


async def test_another_methods_are_refused(world: World) -> None:
    """Files are read only."""
    answer = await world.client.put(world.link(), content=b"x")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_while_the_datastore_is_not_up_a_client_is_told_to_wait(world: World) -> None:
    """503 with Retry-After."""
    world.network.port = 0
    answer = await world.client.get(world.link())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_a_client_that_goes_away_in_the_middle_harms_nobody(world: World) -> None:
    """The next one gets all of it."""
    async with world.client.stream("GET", world.link()) as answer:
        async for _ in answer.aiter_raw(1_000):
            break
    async with asyncio.timeout(10):
        assert (await world.client.get(world.link())).content == CONTENT
