"""Bytes on their way through: from a client's request into the datastore, as they come."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from tablecast.api.responses import TOLD
from tablecast.api.uploads import tus
from tablecast.clients.datastore import DatastoreClient, refusal_of
from tablecast.domain.tables import Upload
from tablecast.domain.uploads import record_offset
from tablecast.errors import ClusterError, DatabaseUnavailable, Unreachable

log = logging.getLogger(__name__)

# How often a running upload's offset is asked of the datastore: each look syncs what it tells.
WATCH_SECONDS = 1.0

PASSED_ON = (
    "content-length",
    "content-type",
    "tus-resumable",
    "upload-checksum",
    "upload-offset",
)


class Sending:
    """One upload's slot in its project's datastore, and one request that speaks of it."""

    def __init__(
        self, datastore: DatastoreClient, namespace: str, upload: Upload, request: Request
    ) -> None:
        self._datastore = datastore
        self._namespace = namespace
        self._upload = upload
        self._request = request

    async def offset(self) -> int:
        """How many bytes the datastore has; makes the slot where there is none."""
        await self._ensure()
        return await self._offset()

    async def send(self) -> Response:
        """Pass the request's body on and answer as the datastore does."""
        await self._ensure()
        watching = asyncio.create_task(self._watch())
        try:
            response = await self._pass_on()
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
        return response

    async def _ensure(self) -> None:
        upload = self._upload
        metadata = {"filename": upload.file_name}
        await self._datastore.ensure_upload(self._namespace, upload.id, upload.length, metadata)

    async def _pass_on(self) -> Response:
        sent = self._request.headers
        headers = {name: sent[name] for name in PASSED_ON if name in sent}
        path = f"/uploads/{self._upload.id}"
        try:
            async with self._datastore.forward(
                self._namespace, "PATCH", path, headers, self._body()
            ) as answer:
                return await self._answer(
                    answer.status, lowered(answer.headers), await answer.read()
                )
        except Unreachable:
            with suppress(ClusterError):
                # What came before the connection broke is not lost: say so to whoever watches.
                await record(self._upload, await self._offset())
            raise

    async def _answer(self, status: int, headers: Mapping[str, str], body: bytes) -> Response:
        if status in TOLD:
            kept = {name: headers[name] for name in ("upload-offset",) if name in headers}
            return Response(body, status, kept, media_type="application/json")
        if status != 204:
            raise refusal_of(status, body)
        await record(self._upload, int(headers["upload-offset"]))
        kept = {"Upload-Offset": headers["upload-offset"]}
        return Response(status_code=204, headers=kept | expires(self._upload))

    async def _body(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._request.stream():
                if chunk:
                    yield chunk
        except ClientDisconnect as exc:
            # Raised into the request to the datastore, which so learns that the body broke off.
            raise ConnectionResetError("the client went away") from exc

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            with suppress(ClusterError):
                await record(self._upload, await self._offset())

    async def _offset(self) -> int:
        state = await self._datastore.upload_state(self._namespace, self._upload.id)
        return int(state["offset"])


def expires(upload: Upload) -> dict[str, str]:
    """Upload-Expires: when an upload that was not finished is thrown away."""
    return {"Upload-Expires": tus.date(upload.expires_at)}


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers by lowercase name, whatever the client library gave."""
    return {name.lower(): value for name, value in headers.items()}


async def record(upload: Upload, offset: int) -> None:
    """Note an offset that the datastore told, where it is news."""
    if offset <= upload.offset:
        return
    try:
        await record_offset(upload.id, offset)
    except DatabaseUnavailable as error:
        # The bytes are safe all the same, and the next look notes more of them.
        log.warning("the offset of upload %s was not noted: %s", upload.id, error)
