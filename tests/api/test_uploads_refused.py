"""Uploads that are wrong, not theirs, or not now: a typed error in JSON, and nothing written."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tablecast.domain.deeds import Asked
from tablecast.domain.members import add_member
from tablecast.domain.states import Role, UploadState
from tablecast.domain.tables import Upload
from tablecast.settings import Limits
from tests.api.datastores import bearer
from tests.api.uploading import (
    TABLE,
    TUS,
    World,
    code,
    create,
    created,
    metadata,
    offset_of,
    send,
    world,
)
from tests.datastore.running import Datastore


@pytest.fixture
async def ann(tmp_path: Path, datastore: Datastore) -> AsyncIterator[World]:
    async with world(tmp_path, datastore.port) as found:
        yield found


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param({"Tus-Resumable": "0.2.2"}, (412, "TUS_VERSION"), id="another version"),
        pytest.param({"Upload-Length": ""}, (400, "INVALID_HEADER"), id="no length"),
        pytest.param({"Upload-Length": "-1"}, (400, "INVALID_HEADER"), id="a negative length"),
        pytest.param({"Upload-Length": "9" * 30}, (400, "INVALID_HEADER"), id="a silly length"),
        pytest.param({"Upload-Length": "9" * 15}, (413, "LIMIT_REACHED"), id="a huge length"),
        pytest.param({"Upload-Metadata": ""}, (400, "METADATA_MISSING"), id="no metadata"),
        pytest.param({"Upload-Metadata": "project %%%"}, (400, "INVALID_METADATA"), id="garbage"),
        pytest.param({"Upload-Metadata": "project /w=="}, (400, "INVALID_METADATA"), id="bytes"),
        pytest.param(
            {"Upload-Metadata": metadata(project="x", filename="y")}, (400, "INVALID_ID"), id="id"
        ),
        pytest.param(
            {"Upload-Metadata": metadata(project="0" * 16, filename="y")},
            (404, "PROJECT_NOT_FOUND"),
            id="no such project",
        ),
        pytest.param({"Authorization": ""}, (401, "UNAUTHENTICATED"), id="no token"),
        pytest.param({"Authorization": "Bearer x"}, (401, "UNAUTHENTICATED"), id="a bad token"),
    ],
)
async def test_a_creation_that_is_wrong_is_refused_by_name(
    ann: World, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    """A typed error in JSON, and no slot."""
    right = {"project": ann.project.id, "filename": "penguins.csv"}
    sent = TUS | {"Upload-Length": "10", "Upload-Metadata": metadata(**right)} | headers
    answer = await ann.client.post("/uploads", headers=sent)
    assert code(answer) == expected
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert not await Upload.exists()


async def test_a_creations_names_and_checksum_are_checked(ann: World) -> None:
    """What the domain refuses has its code and field here too."""
    assert code(await create(ann, filename="a/b.csv")) == (400, "INVALID_NAME")
    assert code(await create(ann, sha256="xyz")) == (400, "INVALID_CHECKSUM")


async def test_bytes_beyond_the_length_are_refused(ann: World) -> None:
    """413, announced or not."""
    url = await created(ann, length=1_000)
    assert code(await send(ann, url, 0, b"x" * 1_001)) == (413, "TOO_MANY_BYTES")

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"x" * 100

    assert code(await send(ann, url, 0, chunks())) == (413, "TOO_MANY_BYTES")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Content-Type": "text/csv"}, (415, "UNSUPPORTED_TYPE")),
        ({"Upload-Offset": "x"}, (400, "INVALID_HEADER")),
        ({"Tus-Resumable": ""}, (412, "TUS_VERSION")),
        ({"Upload-Checksum": "md5 x"}, (400, "BAD_REQUEST")),
    ],
    ids=["type", "offset", "version", "checksum"],
)
async def test_a_patch_that_is_wrong_is_refused_by_name(
    ann: World, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    """Also where the datastore is who says so."""
    url = await created(ann)
    assert code(await send(ann, url, 0, TABLE, **headers)) == expected


async def test_a_strangers_upload_does_not_exist(ann: World) -> None:
    """404 for all that one can ask, the same as for an upload that never was."""
    url = await created(ann)
    ann.client.headers.update(bearer("bob"))
    for address in (url, "/uploads/0000000000000000", "/uploads/..%2fx"):
        assert (await ann.client.head(address, headers=TUS)).status_code == 404
        assert (await send(ann, address, 0, TABLE)).status_code == 404
        assert (await ann.client.delete(address, headers=TUS)).status_code == 404
    assert code(await create(ann)) == (404, "PROJECT_NOT_FOUND")
    assert (await Upload.get()).state == UploadState.PENDING


async def test_while_the_datastore_is_not_up_a_client_is_told_to_wait(
    ann: World,
    datastore: Datastore,
) -> None:
    """503 with Retry-After; the upload is made all the same, and goes on once it is up."""
    ann.network.port = 0
    url = await created(ann)
    answer = await send(ann, url, 0, TABLE)
    assert code(answer) == (503, "UNAVAILABLE")
    assert answer.headers["retry-after"] == "1"
    assert (await ann.client.head(url, headers=TUS)).status_code == 503
    ann.network.port = datastore.port
    assert (await send(ann, url, 0, TABLE)).status_code == 204


async def test_other_methods_are_refused_in_json(ann: World) -> None:
    """405 with what is allowed."""
    answer = await ann.client.get("/uploads")
    assert code(answer) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "POST, OPTIONS"


async def test_who_may_only_look_sees_how_far_it_is_and_sends_nothing(ann: World) -> None:
    """A viewer's HEAD is answered, their PATCH is 403."""
    url = await created(ann)
    await add_member(Asked("ann"), ann.project.id, "bob", Role.VIEWER)
    ann.client.headers.update(bearer("bob"))
    assert await offset_of(ann, url) == 0
    assert code(await send(ann, url, 0, TABLE)) == (403, "FORBIDDEN")
    assert code(await create(ann)) == (403, "FORBIDDEN")


async def test_what_the_datastore_refuses_of_its_own_is_told(
    tmp_path: Path, datastore: Datastore
) -> None:
    """A limit of the datastore's that is below the API's has its code here too."""
    async with world(tmp_path, datastore.port, Limits(upload_bytes=1 << 50)) as ann:
        url = await created(ann, length=1 << 49)
        assert code(await send(ann, url, 0, TABLE)) == (413, "UPLOAD_TOO_LARGE")
