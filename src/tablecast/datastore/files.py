"""Files of the volume behind signed links: streamed, resumable, and nothing beside them reachable.

A path is opened component by component below the root, and no component may be a link, so neither dots
nor links planted on the volume lead anywhere else.
"""

import asyncio
import os
import re
import stat
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from tablecast.datastore.access import check_signature
from tablecast.datastore.ranges import Unsatisfiable, not_modified, wanted_range
from tablecast.datastore.refusals import Refusal, not_found

_ROOMS = ("models", "datasets")
_ARTIFACT = re.compile(r"[0-9a-f]{64}")
_CHUNK = 256 << 10


class Files:
    """GET and HEAD /files/<path>."""

    def __init__(self, root: Path, signing_key: str) -> None:
        self._root, self._key = root, signing_key

    def routes(self) -> list[Route]:
        """Return the route."""
        return [Route("/files/{path:path}", self._serve, methods=["GET", "HEAD"])]

    async def _serve(self, request: Request) -> Response:
        path = request.path_params["path"]
        check_signature(request, self._key, path)
        descriptor = await asyncio.to_thread(open_below, self._root, path)
        try:
            response = _answer(request, path, descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        if not isinstance(response, StreamingResponse):
            os.close(descriptor)
        return response


def open_below(root: Path, path: str) -> int:
    """Open a regular file in one of the served rooms, following no link; a 404 otherwise."""
    parts = path.split("/")
    if parts[0] not in _ROOMS or any(part in ("", ".", "..") or "\0" in part for part in parts):
        raise not_found("file")
    current = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in parts[:-1]:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=current)
            os.close(current)
            current = below
        found = os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=current)
    except OSError as exc:
        raise not_found("file") from exc
    finally:
        os.close(current)
    if not stat.S_ISREG(os.fstat(found).st_mode):
        os.close(found)
        raise not_found("file")
    return found


def _answer(request: Request, path: str, descriptor: int) -> Response:
    status = os.fstat(descriptor)
    etag = _etag(path, status)
    headers = {"ETag": etag, "Accept-Ranges": "bytes", "Cache-Control": "private, no-cache"}
    if not_modified(request.headers, etag):
        return Response(status_code=304, headers=headers)
    try:
        wanted = wanted_range(request.headers, etag, status.st_size)
    except Unsatisfiable:
        message = f"The file has {status.st_size} bytes."
        headers["Content-Range"] = f"bytes */{status.st_size}"
        return Refusal(416, "RANGE_NOT_SATISFIABLE", message, headers=headers).response()
    start, end = wanted or (0, status.st_size)
    headers["Content-Length"] = str(end - start)
    if wanted:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{status.st_size}"
    media, code = "application/octet-stream", 206 if wanted else 200
    if request.method == "HEAD":
        return Response(None, code, headers, media)
    return StreamingResponse(_pieces(descriptor, start, end), code, headers, media)


def _etag(path: str, status: os.stat_result) -> str:
    """Return the file's sha256 where its name says it, else when and how large it was written."""
    stem = path.rsplit("/", 1)[-1].split(".", 1)[0]
    if path.startswith("models/") and _ARTIFACT.fullmatch(stem):
        return f'"{stem}"'
    return f'"{status.st_mtime_ns:x}-{status.st_size:x}"'


async def _pieces(descriptor: int, start: int, end: int) -> AsyncIterator[bytes]:
    try:
        while start < end:
            size = min(_CHUNK, end - start)
            piece = await asyncio.to_thread(os.pread, descriptor, size, start)
            if not piece:
                return
            start += len(piece)
            yield piece
    finally:
        os.close(descriptor)
