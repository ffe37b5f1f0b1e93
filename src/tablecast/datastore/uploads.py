"""Uploads on disk: the file's real length is the offset, whatever happened to the process.

    uploads/<id>/info.json      length and metadata, written once
    uploads/<id>/data           the bytes so far
    uploads/<id>/unverified     while a PATCH with a checksum runs: the offset it began at
    uploads/<id>/complete.json  sha256 and bytes, once finished

An offset is answered only after its bytes were synced. One PATCH at a time writes to an upload. The hash
of the whole is kept up as bytes come, and computed anew from disk where a restart lost it.
"""

import errno
import hashlib
import json
import math
import os
import shutil
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tablecast.datastore.conversion.state import replace_file, sync_folder
from tablecast.datastore.refusals import Refusal, disk_full, not_found
from tablecast.datastore.volume import Volume

OPEN, COMPLETE = "OPEN", "COMPLETE"
_CHUNK = 1 << 20


@dataclass
class RunningHash:
    """The sha256 of an upload's first `offset` bytes."""

    offset: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def update(self, at: int, data: bytes) -> None:
        """Take in bytes that begin at `at`; anything else than the next ones is left out."""
        if at == self.offset:
            self.digest.update(data)
            self.offset += len(data)


@dataclass(frozen=True)
class Upload:
    """One upload as it lies on disk."""

    id: str
    folder: Path
    length: int
    metadata: str

    @property
    def data(self) -> Path:
        """The file that the bytes go to."""
        return self.folder / "data"

    @property
    def unverified(self) -> Path:
        """Holds the offset from which the bytes on disk have not been checked yet."""
        return self.folder / "unverified"

    def size(self) -> int:
        """Return how many bytes there are."""
        return self.data.stat().st_size

    def completed(self) -> dict[str, Any] | None:
        """Return {"sha256", "bytes"} of a finished upload, else None."""
        try:
            done: dict[str, Any] = json.loads((self.folder / "complete.json").read_bytes())
        except FileNotFoundError:
            return None
        return done


class Uploads:
    """All uploads of the volume. Methods block: call them off the event loop."""

    def __init__(self, volume: Volume, max_bytes: int, seconds: int) -> None:
        self._volume = volume
        self.max_bytes = max_bytes
        self._seconds = seconds
        self._hashes: dict[str, RunningHash] = {}
        self.busy: set[str] = set()
        self._creating = threading.Lock()

    def create(self, upload_id: str, length: int, metadata: str) -> Upload:
        """Make an upload, or return the one that is there with the same length."""
        # Relay and API ask for the same one at the same moment.
        with self._creating:
            return self._create(upload_id, length, metadata)

    def _create(self, upload_id: str, length: int, metadata: str) -> Upload:
        folder = self._volume.upload(upload_id)
        self._sweep_one(folder, time.time())
        if (folder / "info.json").exists():
            return self._same(upload_id, length)
        if length > shutil.disk_usage(self._volume.uploads).free:
            raise disk_full()
        try:
            folder.mkdir(exist_ok=True)
            (folder / "data").touch()
            info = {"length": length, "metadata": metadata}
            replace_file(folder / "info.json", json.dumps(info).encode())
            sync_folder(self._volume.uploads)
        except OSError as exc:
            raise _translated(exc) from exc
        return self.get(upload_id)

    def _same(self, upload_id: str, length: int) -> Upload:
        found = self.get(upload_id)
        if found.length != length:
            message = f"The upload exists with a length of {found.length} bytes."
            raise Refusal(409, "UPLOAD_EXISTS", message, "use another id")
        return found

    def get(self, upload_id: str) -> Upload:
        """Return the upload; a 404 where there is none."""
        folder = self._volume.upload(upload_id)
        try:
            info = json.loads((folder / "info.json").read_bytes())
        except FileNotFoundError:
            raise not_found("upload", "UPLOAD_NOT_FOUND") from None
        upload = Upload(upload_id, folder, info["length"], info["metadata"])
        if self.expires_at(upload) < time.time() and upload_id not in self.busy:
            raise Refusal(410, "UPLOAD_EXPIRED", "The upload has expired.", "create a new one")
        return upload

    def expires_at(self, upload: Upload) -> float:
        """Return when it is removed unless more bytes come, in Unix seconds."""
        return upload.data.stat().st_mtime + self._seconds

    def offset(self, upload: Upload) -> int:
        """Return how many bytes are safely there, and drop what was never verified."""
        verified = self._verified(upload)
        if verified is not None and upload.id in self.busy:
            return verified
        with upload.data.open("r+b") as file:
            if verified is not None:
                file.truncate(min(verified, upload.size()))
                self._hashes.pop(upload.id, None)
            os.fdatasync(file.fileno())
            size = os.fstat(file.fileno()).st_size
        if verified is not None:
            upload.unverified.unlink(missing_ok=True)
        return size

    def _verified(self, upload: Upload) -> int | None:
        try:
            return int(upload.unverified.read_text())
        except FileNotFoundError:
            return None

    def hash_of(self, upload: Upload) -> RunningHash:
        """Return the running hash, which may lag behind after a restart."""
        return self._hashes.setdefault(upload.id, RunningHash())

    def forget_hash(self, upload: Upload) -> None:
        """Forget the running hash: bytes it took in are gone."""
        self._hashes.pop(upload.id, None)

    def finish(self, upload: Upload, expected: str | None) -> dict[str, Any]:
        """Check that all is there and return {"sha256", "bytes"}; 409 otherwise."""
        done = upload.completed()
        if done is None:
            if self.offset(upload) < upload.length:
                message = f"{upload.size()} of {upload.length} bytes have come."
                raise Refusal(409, "UPLOAD_INCOMPLETE", message, "send the rest")
            done = {"sha256": self._sha256(upload), "bytes": upload.length}
        if expected is not None and expected.lower() != done["sha256"]:
            message = f"The bytes that came have the sha256 {done['sha256']}."
            raise Refusal(409, "CHECKSUM_MISMATCH", message, "delete the upload and send it again")
        replace_file(upload.folder / "complete.json", json.dumps(done).encode())
        self._hashes.pop(upload.id, None)
        return done

    def _sha256(self, upload: Upload) -> str:
        running = self.hash_of(upload)
        with upload.data.open("rb") as file:
            file.seek(running.offset)
            while chunk := file.read(_CHUNK):
                running.update(running.offset, chunk)
        return str(running.digest.hexdigest())

    def delete(self, upload_id: str) -> None:
        """Remove an upload, an expired one too; 423 while bytes are coming in, 404 if there is none."""
        if upload_id in self.busy:
            raise locked()
        folder = self._volume.upload(upload_id)
        if not (folder / "info.json").exists():
            raise not_found("upload", "UPLOAD_NOT_FOUND")
        self._hashes.pop(upload_id, None)
        self._volume.remove(folder)

    def sweep(self, now: float) -> None:
        """Remove uploads that have expired at `now`, and what was left half made."""
        for folder in list(self._volume.uploads.iterdir()):
            self._sweep_one(folder, now)

    def _sweep_one(self, folder: Path, now: float) -> None:
        if _touched(folder) + self._seconds < now and folder.name not in self.busy:
            self._hashes.pop(folder.name, None)
            self._volume.remove(folder)


def _touched(folder: Path) -> float:
    """Return when an upload's last byte came, or when its folder was made, or for ever."""
    for path in (folder / "data", folder):
        with suppress(FileNotFoundError):
            return path.stat().st_mtime
    return math.inf


def locked() -> Refusal:
    """Return the 423 for an upload that another request writes to."""
    return Refusal(
        423, "UPLOAD_LOCKED", "Another request is sending to this upload.", "try again shortly"
    )


def _translated(exc: OSError) -> Exception:
    return disk_full() if exc.errno in (errno.ENOSPC, errno.EDQUOT) else exc
