"""Signed links: only what was signed, only until then, only below the served folders, in any piece."""

import os
import socket
import time
from urllib.parse import quote

import pytest

from tablecast.datastore.access import sign
from tests.datastore.running import KEY

SHA = "ab" * 32
ARTIFACT = f"models/m1/{SHA}.tablecast"
CONTENT = bytes(range(256)) * 4096


@pytest.fixture(autouse=True)
def _volume(datastore):
    for name, content in {
        ARTIFACT: CONTENT,
        "datasets/d/v/table.parquet": b"PAR1",
        "datasets/d/v/größe 100%.csv": b"x",
        "trainings/t/secret": b"secret",
        "secret": b"secret",
    }.items():
        path = datastore.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_bytes(content)


def link(path: str, expires: int = 0, key: str = KEY) -> str:
    return f"/files/{quote(path)}?expires={expires}&sig={sign(key, path, expires)}"


def fetch(datastore, url: str, method: str = "GET", **headers: str):
    return datastore.ask(method, url, headers={"Authorization": None, **headers})


def test_a_signed_link_needs_no_token_and_gives_the_file(datastore):
    answer = fetch(datastore, link(ARTIFACT, int(time.time()) + 60))
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["ETag"] == f'"{SHA}"'
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert fetch(datastore, link("datasets/d/v/größe 100%.csv")).content == b"x"


def test_an_expired_link_says_so(datastore):
    answer = fetch(datastore, link(ARTIFACT, int(time.time()) - 1))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "LINK_EXPIRED")


@pytest.mark.parametrize(
    "url",
    [
        pytest.param(f"/files/{ARTIFACT}", id="unsigned"),
        pytest.param(link(ARTIFACT, key="another"), id="another key"),
        pytest.param(link(ARTIFACT).replace("expires=0", "expires=99999999999"), id="prolonged"),
        pytest.param(link(ARTIFACT).replace("/m1/", "/m2/"), id="another file"),
        pytest.param(link(ARTIFACT, -5), id="negative"),
        pytest.param(link(ARTIFACT) + "0", id="longer signature"),
        pytest.param(f"/files/{ARTIFACT}?expires=0&sig=%C3%A4", id="no hex"),
    ],
)
def test_a_forged_link_opens_nothing(datastore, url):
    answer = fetch(datastore, url)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "BAD_SIGNATURE")


@pytest.mark.parametrize(
    "path",
    [
        "secret",
        "trainings/t/secret",
        "models/../secret",
        "models/../../etc/passwd",
        "models/m1/../../secret",
        "models//etc/passwd",
        "models/./m1",
        "models/m1",
        "models/m1/nothing",
        "models/a\0b",
        "/etc/passwd",
        "",
    ],
)
def test_even_a_signed_path_leads_nowhere_else(datastore, path):
    # sent raw: clients tidy dots away before they ask
    target = link(path)
    request = f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", datastore.port)) as line:
        line.sendall(request.encode())
        line.settimeout(20)
        answer = b"".join(iter(lambda: line.recv(65_536), b""))
    assert b" 404 " in answer.split(b"\r\n")[0]
    assert b"secret" not in answer.split(b"\r\n\r\n", 1)[1]


def test_links_on_the_volume_are_not_followed(datastore):
    folder = datastore.root / "models" / "planted"
    folder.mkdir(exist_ok=True)
    for name, target in {"file": datastore.root / "secret", "folder": datastore.root}.items():
        if not (folder / name).is_symlink():
            os.symlink(target, folder / name)
    if not (folder / "pipe").exists():
        os.mkfifo(folder / "pipe")
    assert fetch(datastore, link("models/planted/file")).status_code == 404
    assert fetch(datastore, link("models/planted/folder/secret")).status_code == 404
    assert fetch(datastore, link("models/planted/pipe")).status_code == 404


SIZE = len(CONTENT)


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        pytest.param("bytes=0-0", 0, 1, id="first byte"),
        pytest.param("bytes=1000-", 1000, SIZE, id="from somewhere on"),
        pytest.param("bytes=-10", SIZE - 10, SIZE, id="the last ten"),
        pytest.param(f"bytes=5-{SIZE * 2}", 5, SIZE, id="beyond the end"),
        pytest.param(f"bytes=-{SIZE * 2}", 0, SIZE, id="more than there is"),
    ],
)
def test_a_range_is_that_part(datastore, asked, start, end):
    answer = fetch(datastore, link(ARTIFACT), Range=asked)
    assert (answer.status_code, answer.content) == (206, CONTENT[start:end])
    assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{SIZE}"


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=0-1,5-6", "bytes=-", "lines=1-2", "x"])
def test_a_range_that_makes_no_sense_is_the_whole(datastore, asked):
    assert fetch(datastore, link(ARTIFACT), Range=asked).content == CONTENT


def test_a_range_behind_the_end_is_refused_with_the_size(datastore):
    answer = fetch(datastore, link(ARTIFACT), Range=f"bytes={SIZE}-")
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, f"bytes */{SIZE}")


def test_what_the_client_has_is_not_sent_again(datastore):
    etag = f'"{SHA}"'
    have = fetch(datastore, link(ARTIFACT), **{"If-None-Match": f'"x", W/{etag}'})
    assert (have.status_code, have.content, have.headers["ETag"]) == (304, b"", etag)
    assert fetch(datastore, link(ARTIFACT), **{"If-None-Match": '"x"'}).status_code == 200
    same = fetch(datastore, link(ARTIFACT), Range="bytes=0-3", **{"If-Range": etag})
    other = fetch(datastore, link(ARTIFACT), Range="bytes=0-3", **{"If-Range": '"x"'})
    assert (same.status_code, other.status_code) == (206, 200)


def test_a_rewritten_file_has_another_tag(datastore):
    path = datastore.root / "datasets/d/v/table.parquet"
    before = fetch(datastore, link("datasets/d/v/table.parquet"), "HEAD")
    assert (before.status_code, before.content) == (200, b"")
    assert before.headers["Content-Length"] == "4"
    path.write_bytes(b"PAR1PAR1")
    after = fetch(datastore, link("datasets/d/v/table.parquet"), "HEAD")
    assert before.headers["ETag"] != after.headers["ETag"]
