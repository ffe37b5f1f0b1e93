"""Uploads: what tus promises, kept by a real server that is asked by a real client and is killed."""

import base64
import hashlib
import io
import os
import socket
import time
import zlib
from pathlib import Path

import pytest
from tusclient import client
from tusclient.exceptions import TusCommunicationError, TusUploadFailed
from tusclient.uploader import Uploader

from tests.datastore.running import PATCH, TOKEN, TUS, until

MIB = 1 << 20


def uploader(datastore, upload: str, path: Path, **options) -> Uploader:
    headers = {"Authorization": f"Bearer {TOKEN}", "Tablecast-Upload-Id": upload}
    tus = client.TusClient(f"{datastore.url}/uploads", headers=headers)
    # a stream, as tuspy leaves files open that it opened itself
    stream = io.BytesIO(path.read_bytes())
    return tus.uploader(file_stream=stream, **{"chunk_size": MIB, **options})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(5 * MIB + 123))
    return path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def finished(datastore, upload: str, **body):
    return datastore.ask("POST", f"/v1/uploads/{upload}/finish", json=body)


def raw_patch(datastore, upload: str, offset: int, announced: int, data: bytes) -> socket.socket:
    """Begin a PATCH that announces more than it sends."""
    head = {**PATCH, "Authorization": f"Bearer {TOKEN}", "Host": "datastore"}
    head |= {"Upload-Offset": str(offset), "Content-Length": str(announced)}
    lines = [f"PATCH /uploads/{upload} HTTP/1.1", *(f"{k}: {v}" for k, v in head.items())]
    line = socket.create_connection(("127.0.0.1", datastore.port))
    line.sendall("\r\n".join([*lines, "", ""]).encode() + data)
    return line


@pytest.mark.parametrize(
    "checked", [pytest.param(False, id="plain"), pytest.param(True, id="sha1")]
)
def test_a_file_sent_by_tuspy_arrives_whole(datastore, file, checked):
    upload = f"whole-{checked}".lower()
    uploader(datastore, upload, file, upload_checksum=checked).upload()
    answer = finished(datastore, upload, sha256=sha256(file))
    expected = {"state": "COMPLETE", "sha256": sha256(file), "bytes": file.stat().st_size}
    assert answer.json() == expected
    state = datastore.ask("GET", f"/v1/uploads/{upload}").json()
    assert state["state"] == "COMPLETE"
    assert state["expires_at"] > time.time()


def test_an_empty_file_is_an_upload_too(datastore):
    assert datastore.create("empty", 0).status_code == 201
    assert finished(datastore, "empty").json()["sha256"] == hashlib.sha256().hexdigest()


def test_an_upload_stopped_by_tuspy_goes_on_where_it_was(datastore, file):
    first = uploader(datastore, "stopped", file)
    first.upload(stop_at=2 * MIB)
    second = uploader(datastore, "stopped", file, url=first.url)
    assert second.offset == 2 * MIB
    second.upload()
    assert finished(datastore, "stopped").json()["sha256"] == sha256(file)


def test_a_kill_in_the_middle_loses_no_byte_that_was_answered(start, file):
    datastore = start()
    sending = uploader(datastore, "killed", file)
    sending.upload(stop_at=2 * MIB)
    line = raw_patch(datastore, "killed", 2 * MIB, 3 * MIB, file.read_bytes()[2 * MIB : 3 * MIB])
    data = datastore.root / "uploads" / "killed" / "data"
    until(lambda: data.stat().st_size >= 2 * MIB + 1, "bytes of the PATCH that will be cut")
    datastore.kill()
    line.close()
    kept = data.stat().st_size
    with pytest.raises((TusCommunicationError, TusUploadFailed)):
        sending.upload()
    datastore.start()
    assert datastore.offset("killed") == kept >= 2 * MIB
    uploader(datastore, "killed", file, url=sending.url).upload()
    assert finished(datastore, "killed", sha256=sha256(file)).status_code == 200


def test_bytes_that_came_before_the_line_broke_are_kept(datastore):
    data = os.urandom(MIB + 1000)
    datastore.create("broken", len(data))
    file = datastore.root / "uploads/broken/data"
    with raw_patch(datastore, "broken", 0, len(data), data[: MIB + 300]):
        until(lambda: file.stat().st_size >= MIB, "the first block")
    until(lambda: not busy(datastore, "broken"), "the broken line to be noticed")
    kept = datastore.offset("broken")
    assert MIB <= kept <= MIB + 300
    assert datastore.patch("broken", kept, data[kept:]).status_code == 204
    assert finished(datastore, "broken").json()["sha256"] == hashlib.sha256(data).hexdigest()


def busy(datastore, upload: str) -> bool:
    """Tell whether the upload is being sent to, with a PATCH that can never be taken."""
    return datastore.patch(upload, 7, b"y").status_code == 423


def test_a_silent_sender_is_let_go_and_its_bytes_are_kept(start):
    datastore = start(idle_seconds=0.3)
    datastore.create("silent", 1000)
    with raw_patch(datastore, "silent", 0, 1000, b"x" * 10) as line:
        line.settimeout(20)
        assert b" 408 " in line.recv(100)
    assert datastore.patch("silent", 10, b"y" * 990).status_code == 204


def test_two_senders_never_write_to_one_upload(datastore):
    datastore.create("busy", 2 * MIB)
    file = datastore.root / "uploads/busy/data"
    with raw_patch(datastore, "busy", 0, 2 * MIB, b"x" * (MIB + 10)):
        # Not asked of the server: what asks is for that moment a sender too.
        until(lambda: file.stat().st_size >= MIB, "the first block")
        answer = datastore.patch("busy", 0, b"y" * 1000)
        assert (answer.status_code, answer.json()["error"]["code"]) == (423, "UPLOAD_LOCKED")
        assert datastore.ask("DELETE", "/uploads/busy", headers=TUS).status_code == 423
    until(lambda: not busy(datastore, "busy"), "the first sender to be let go")
    assert set(file.read_bytes()) == {ord("x")}


def test_a_wrong_checksum_drops_the_chunk_and_only_that(datastore):
    datastore.create("checksum", 6)
    assert datastore.patch("checksum", 0, b"abc").status_code == 204
    wrong = base64.b64encode(hashlib.sha256(b"xxx").digest()).decode()
    answer = datastore.patch("checksum", 3, b"def", **{"Upload-Checksum": f"sha256 {wrong}"})
    assert answer.status_code == 460
    assert datastore.offset("checksum") == 3
    right = base64.b64encode(zlib.crc32(b"def").to_bytes(4, "big")).decode()
    answer = datastore.patch("checksum", 3, b"def", **{"Upload-Checksum": f"crc32 {right}"})
    assert answer.headers["Upload-Offset"] == "6"
    digest = hashlib.sha256(b"abcdef").hexdigest()
    assert finished(datastore, "checksum").json()["sha256"] == digest


def test_bytes_that_a_kill_left_unverified_do_not_count(start):
    datastore = start()
    datastore.create("unverified", 3 * MIB)
    datastore.patch("unverified", 0, b"abc")
    folder = datastore.root / "uploads" / "unverified"
    (folder / "unverified").write_text("3")
    with (folder / "data").open("ab") as data:
        data.write(b"never verified")
    datastore.kill()
    datastore.start()
    assert datastore.offset("unverified") == 3
    assert (folder / "data").read_bytes() == b"abc"


@pytest.mark.parametrize(
    ("header", "status"),
    [
        pytest.param("md5 AAAA", 400, id="unknown algorithm"),
        pytest.param("sha1 no base64", 400, id="no base64"),
    ],
)
def test_a_checksum_that_cannot_be_checked_is_refused(datastore, header, status):
    datastore.create("odd-checksum", 3)
    answer = datastore.patch("odd-checksum", 0, b"abc", **{"Upload-Checksum": header})
    assert answer.status_code == status
    assert datastore.offset("odd-checksum") == 0


def test_creation_can_be_repeated_but_not_changed(datastore):
    first = datastore.create("again", 5, **{"Upload-Metadata": "filename dGFibGU="})
    assert first.headers["Location"] == "/uploads/again"
    datastore.patch("again", 0, b"ab")
    assert datastore.create("again", 5).status_code == 201
    assert datastore.offset("again") == 2
    other = datastore.create("again", 6)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "UPLOAD_EXISTS")
    head = datastore.ask("HEAD", "/uploads/again", headers=TUS)
    assert head.headers["Upload-Metadata"] == "filename dGFibGU="
    assert head.headers["Cache-Control"] == "no-store"


def test_the_server_says_what_it_can(datastore):
    answer = datastore.ask("OPTIONS", "/uploads")
    extensions = set(answer.headers["Tus-Extension"].split(","))
    assert extensions == {"creation", "termination", "checksum", "expiration"}
    assert answer.headers["Tus-Checksum-Algorithm"] == "sha1,sha256,crc32"


def test_what_breaks_the_protocol_is_refused_by_its_own_status(datastore):
    datastore.create("protocol", 10)
    wrong_type = {**PATCH, "Content-Type": "text/plain", "Upload-Offset": "0"}
    asked = {
        "no version": datastore.ask("HEAD", "/uploads/protocol", headers={}).status_code,
        "type": datastore.ask(
            "PATCH", "/uploads/protocol", data=b"x", headers=wrong_type
        ).status_code,
        "offset": datastore.patch("protocol", 5, b"x").status_code,
        "no offset": datastore.patch("protocol", -1, b"x").status_code,
        "too many": datastore.patch("protocol", 0, b"x" * 11).status_code,
        "unknown": datastore.patch("nobody", 0, b"x").status_code,
        "no length": datastore.create("nolength", -1).status_code,
        "no id": datastore.create("", 5).status_code,
        "path as id": datastore.create("../../etc", 5).status_code,
        "too large": datastore.create("huge", 1 << 50).status_code,
        "metadata": datastore.create("meta", 5, **{"Upload-Metadata": "a b c"}).status_code,
    }
    assert asked == {
        "no version": 412,
        "type": 415,
        "offset": 409,
        "no offset": 400,
        "too many": 413,
        "unknown": 404,
        "no length": 400,
        "no id": 400,
        "path as id": 400,
        "too large": 413,
        "metadata": 400,
    }
    assert datastore.offset("protocol") == 0


def test_a_body_of_unknown_length_stops_at_the_upload_s_end(datastore):
    datastore.create("chunked", 10)
    pieces = iter([b"x" * 8, b"y" * 8])
    headers = {**PATCH, "Upload-Offset": "0"}
    answer = datastore.ask("PATCH", "/uploads/chunked", data=pieces, headers=headers)
    assert answer.status_code == 413
    assert (datastore.root / "uploads/chunked/data").read_bytes() == b"x" * 8 + b"y" * 2


def test_an_upload_larger_than_the_limit_is_refused(start):
    datastore = start(max_upload_bytes=100)
    answer = datastore.create("large", 101)
    assert (answer.status_code, answer.headers["Tus-Max-Size"]) == (413, "100")
    assert answer.json()["error"]["code"] == "UPLOAD_TOO_LARGE"


def test_an_upload_that_the_volume_cannot_hold_is_refused_at_once(datastore):
    free = datastore.ask("GET", "/healthz").json()["volume"]["free"]
    answer = datastore.create("fills", min(free + (1 << 30), 256 << 30))
    assert (answer.status_code, answer.json()["error"]["code"]) == (507, "DISK_FULL")


def test_finishing_asks_for_every_byte_and_the_right_ones(datastore):
    datastore.create("unfinished", 3)
    early = finished(datastore, "unfinished")
    assert (early.status_code, early.json()["error"]["code"]) == (409, "UPLOAD_INCOMPLETE")
    datastore.patch("unfinished", 0, b"abc")
    other = finished(datastore, "unfinished", sha256="0" * 64)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "CHECKSUM_MISMATCH")
    assert finished(datastore, "unfinished", sha256="nonsense").status_code == 400
    assert finished(datastore, "unfinished").status_code == 200
    assert finished(datastore, "unfinished").status_code == 200


def test_a_terminated_upload_is_gone(datastore):
    datastore.create("terminated", 3)
    assert datastore.ask("DELETE", "/uploads/terminated", headers=TUS).status_code == 204
    assert datastore.ask("HEAD", "/uploads/terminated", headers=TUS).status_code == 404
    assert not (datastore.root / "uploads/terminated").exists()


def test_an_upload_that_nobody_continues_expires(start):
    datastore = start(upload_seconds=1, sweep_seconds=0.2)
    assert "Upload-Expires" in datastore.create("expires", 3).headers
    folder = datastore.root / "uploads/expires"
    os.utime(folder / "data", (0, 0))
    until(lambda: not folder.exists(), "the sweep")
    assert datastore.ask("HEAD", "/uploads/expires", headers=TUS).status_code in (404, 410)


def test_strangers_are_told_nothing(datastore):
    for method, path in [("POST", "/uploads"), ("HEAD", "/uploads/x"), ("GET", "/v1/uploads/x")]:
        for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}):
            answer = datastore.ask(method, path, headers={"Authorization": None, **header})
            assert answer.status_code == 401
