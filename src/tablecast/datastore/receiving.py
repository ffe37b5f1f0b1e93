"""Writes the body of one PATCH to disk as it comes: bounded memory, and no byte that came is lost.

Blocks of 1 MiB are written and hashed in a thread while the next one fills, so that the loop never waits
for a disk. Whatever ends the request, what came before is written and synced.
"""

import asyncio
import base64
import binascii
import errno
import hashlib
import os
import zlib
from collections.abc import AsyncIterator
from typing import Any

from tablecast.datastore.refusals import Refusal, bad_request, disk_full
from tablecast.datastore.uploads import RunningHash, Upload, Uploads

_BLOCK = 1 << 20
ALGORITHMS = ("sha1", "sha256", "crc32")


class Checksum:
    """The checksum that a PATCH announces of its own body."""

    def __init__(self, header: str) -> None:
        name, _, encoded = header.partition(" ")
        if name not in ALGORITHMS:
            raise bad_request(f"Unknown checksum {name[:20]!r}.", f"one of {', '.join(ALGORITHMS)}")
        try:
            self._expected = base64.b64decode(encoded, validate=True)
        except binascii.Error as exc:
            raise bad_request("The checksum is not base64.") from exc
        self._crc = 0
        self._digest: Any = None if name == "crc32" else hashlib.new(name, usedforsecurity=False)

    def update(self, data: bytes) -> None:
        """Take in the next bytes of the body."""
        if self._digest is None:
            self._crc = zlib.crc32(data, self._crc)
        else:
            self._digest.update(data)

    def matches(self) -> bool:
        """Tell whether the body is what was announced."""
        if self._digest is None:
            return self._crc.to_bytes(4, "big") == self._expected
        return bool(self._digest.digest() == self._expected)


class Receiving:
    """One PATCH. `run` returns the new offset; `Refusal`s otherwise."""

    def __init__(
        self, uploads: Uploads, upload: Upload, offset: int, checksum: Checksum | None
    ) -> None:
        self._uploads, self._upload = uploads, upload
        self._start = self._at = offset
        self._checksum = checksum
        self._hash: RunningHash = uploads.hash_of(upload)

    async def run(self, body: AsyncIterator[bytes], idle_seconds: float) -> int:
        """Write `body` at the offset; 413 where it is longer than the upload."""
        await asyncio.to_thread(self._begin)
        complete = False
        try:
            await self._copy(body, idle_seconds)
            complete = True
        finally:
            await asyncio.shield(asyncio.to_thread(self._end, complete))
        return self._at

    async def _copy(self, body: AsyncIterator[bytes], idle_seconds: float) -> None:
        block = bytearray()
        writing: asyncio.Task[None] | None = None
        try:
            while chunk := await _next(body, idle_seconds):
                block += chunk
                if self._at + len(block) > self._upload.length:
                    del block[max(0, self._upload.length - self._at) :]
                    raise Refusal(413, "TOO_MANY_BYTES", "More came than the upload's length.")
                if len(block) >= _BLOCK:
                    if writing:
                        await writing
                    writing, block = self._writing(block), bytearray()
        finally:
            await asyncio.shield(self._settle(writing, block))

    def _writing(self, block: bytearray) -> "asyncio.Task[None]":
        at, self._at = self._at, self._at + len(block)
        return asyncio.ensure_future(asyncio.to_thread(self._write, at, bytes(block)))

    async def _settle(self, writing: "asyncio.Task[None] | None", block: bytearray) -> None:
        if writing:
            await writing
        if block:
            await self._writing(block)

    def _begin(self) -> None:
        if self._checksum:
            with self._upload.unverified.open("w") as file:
                file.write(str(self._start))
                file.flush()
                os.fsync(file.fileno())

    def _write(self, at: int, block: bytes) -> None:
        try:
            with self._upload.data.open("r+b", buffering=0) as file:
                file.seek(at)
                written = 0
                while written < len(block):
                    written += file.write(block[written:])
        except OSError as exc:
            if exc.errno in (errno.ENOSPC, errno.EDQUOT):
                raise disk_full() from exc
            raise
        self._hash.update(at, block)
        if self._checksum:
            self._checksum.update(block)

    def _end(self, complete: bool) -> None:
        """Sync what came; drop it where a checksum was announced and does not hold."""
        unverified = self._checksum is not None
        wrong = unverified and not (complete and self._checksum and self._checksum.matches())
        if wrong:
            os.truncate(self._upload.data, self._start)
            self._uploads.forget_hash(self._upload)
        with self._upload.data.open("r+b") as file:
            os.fdatasync(file.fileno())
            self._at = os.fstat(file.fileno()).st_size
        if unverified:
            self._upload.unverified.unlink(missing_ok=True)
        if wrong and complete:
            raise Refusal(460, "CHECKSUM_MISMATCH", "The body has another checksum.", "send again")


async def _next(body: AsyncIterator[bytes], idle_seconds: float) -> bytes:
    """Return the next bytes, or nothing at the end; 408 where none come for too long."""
    try:
        async with asyncio.timeout(idle_seconds):
            async for chunk in body:
                if chunk:
                    return chunk
            return b""
    except TimeoutError as exc:
        message = f"No byte came for {idle_seconds:g} seconds."
        raise Refusal(408, "IDLE", message, "ask for the offset and go on from there") from exc
