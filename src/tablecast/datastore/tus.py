"""tus 1.0.0 over HTTP: core, creation, termination, checksum and expiration (https://tus.io).

One thing is ours: whoever creates an upload names it, in the header `Tablecast-Upload-Id`. So a creation
whose answer was lost can be repeated.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from email.utils import formatdate

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from tablecast.datastore.receiving import ALGORITHMS, Checksum, Receiving
from tablecast.datastore.refusals import Refusal, bad_request
from tablecast.datastore.uploads import Upload, Uploads, locked

VERSION = "1.0.0"
_CONTENT_TYPE = "application/offset+octet-stream"
_METADATA = re.compile(r"[!-+\--~]+(?: [A-Za-z0-9+/=]*)?(?:, ?[!-+\--~]+(?: [A-Za-z0-9+/=]*)?)*")
_LONGEST_METADATA = 16_384

Handler = Callable[[Request], Awaitable[Response]]


class Tus:
    """The protocol's endpoints over `Uploads`."""

    def __init__(self, uploads: Uploads, idle_seconds: float) -> None:
        self._uploads = uploads
        self._idle_seconds = idle_seconds

    def routes(self) -> list[Route]:
        """Return the routes: /uploads and /uploads/<id>."""
        return [
            Route("/uploads", self._collection, methods=["OPTIONS", "POST"]),
            Route(
                "/uploads/{upload}",
                self._member,
                methods=["OPTIONS", "HEAD", "PATCH", "DELETE", "POST"],
            ),
        ]

    async def _collection(self, request: Request) -> Response:
        return await self._handle(request, {"OPTIONS": self._options, "POST": self._create})

    async def _member(self, request: Request) -> Response:
        handlers: dict[str, Handler] = {
            "OPTIONS": self._options,
            "HEAD": self._head,
            "PATCH": self._patch,
            "DELETE": self._delete,
        }
        return await self._handle(request, handlers)

    async def _handle(self, request: Request, handlers: Mapping[str, Handler]) -> Response:
        override = request.headers.get("X-HTTP-Method-Override", request.method)
        handler = handlers.get(override.upper())
        try:
            if handler is None:
                raise Refusal(405, "METHOD_NOT_ALLOWED", "The method is not allowed here.")
            if handler != self._options:
                _check_version(request)
            answer = await handler(request)
        except Refusal as refusal:
            answer = refusal.response()
        answer.headers["Tus-Resumable"] = VERSION
        return answer

    async def _options(self, request: Request) -> Response:
        headers = {
            "Tus-Version": VERSION,
            "Tus-Extension": "creation,termination,checksum,expiration",
            "Tus-Max-Size": str(self._uploads.max_bytes),
            "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
        }
        return Response(status_code=204, headers=headers)

    async def _create(self, request: Request) -> Response:
        upload_id = request.headers.get("Tablecast-Upload-Id", "")
        if not upload_id:
            raise bad_request("The header Tablecast-Upload-Id is missing.")
        length = _number(request, "Upload-Length")
        if length > self._uploads.max_bytes:
            message = f"An upload takes at most {self._uploads.max_bytes} bytes."
            headers = {"Tus-Max-Size": str(self._uploads.max_bytes)}
            raise Refusal(413, "UPLOAD_TOO_LARGE", message, headers=headers)
        metadata = _metadata(request)
        upload = await asyncio.to_thread(self._uploads.create, upload_id, length, metadata)
        headers = {"Location": f"/uploads/{upload.id}", **self._expires(upload)}
        return Response(status_code=201, headers=headers)

    async def _head(self, request: Request) -> Response:
        upload = await self._found(request)
        offset = await asyncio.to_thread(self._uploads.offset, upload)
        headers = {
            "Upload-Offset": str(offset),
            "Upload-Length": str(upload.length),
            "Cache-Control": "no-store",
            **self._expires(upload),
        }
        if upload.metadata:
            headers["Upload-Metadata"] = upload.metadata
        return Response(status_code=200, headers=headers)

    async def _patch(self, request: Request) -> Response:
        if request.headers.get("Content-Type") != _CONTENT_TYPE:
            raise Refusal(415, "WRONG_CONTENT_TYPE", f"The body must be {_CONTENT_TYPE}.")
        announced = request.headers.get("Upload-Checksum")
        checksum = Checksum(announced) if announced else None
        offset = _number(request, "Upload-Offset")
        upload = await self._found(request)
        if upload.id in self._uploads.busy:
            raise locked()
        self._uploads.busy.add(upload.id)
        try:
            return await self._receive(request, upload, offset, checksum)
        finally:
            self._uploads.busy.discard(upload.id)

    async def _receive(
        self, request: Request, upload: Upload, offset: int, checksum: Checksum | None
    ) -> Response:
        present = await asyncio.to_thread(upload.size)
        if offset != present:
            message = f"The upload is at {present}, not at {offset}."
            headers = {"Upload-Offset": str(present)}
            raise Refusal(409, "WRONG_OFFSET", message, "ask for the offset", headers)
        announced = request.headers.get("Content-Length", "0")
        if announced.isdigit() and int(announced) > upload.length - offset:
            raise Refusal(413, "TOO_MANY_BYTES", "More would come than the upload's length.")
        receiving = Receiving(self._uploads, upload, offset, checksum)
        try:
            reached = await receiving.run(request.stream(), self._idle_seconds)
        except ClientDisconnect:
            # nobody reads this answer; what came is on disk
            return Response(status_code=400)
        headers = {"Upload-Offset": str(reached), **self._expires(upload)}
        return Response(status_code=204, headers=headers)

    async def _delete(self, request: Request) -> Response:
        await asyncio.to_thread(self._uploads.delete, request.path_params["upload"])
        return Response(status_code=204)

    async def _found(self, request: Request) -> Upload:
        return await asyncio.to_thread(self._uploads.get, request.path_params["upload"])

    def _expires(self, upload: Upload) -> dict[str, str]:
        return {"Upload-Expires": formatdate(self._uploads.expires_at(upload), usegmt=True)}


def _check_version(request: Request) -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        message = f"The header Tus-Resumable must be {VERSION}."
        raise Refusal(412, "WRONG_TUS_VERSION", message, headers={"Tus-Version": VERSION})


def _number(request: Request, header: str) -> int:
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise bad_request(f"The header {header} is missing or no number of bytes.")
    return int(text)


def _metadata(request: Request) -> str:
    text = request.headers.get("Upload-Metadata", "")
    if len(text) > _LONGEST_METADATA or (text and not _METADATA.fullmatch(text)):
        raise bad_request("The header Upload-Metadata is malformed or too long.")
    return text
