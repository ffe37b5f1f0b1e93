"""Dataset versions over HTTP: begin a conversion, follow it, look at what it made, delete it."""

import asyncio
import errno
import json
import os
import shutil
from pathlib import Path
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tablecast.datastore.conversion.state import (
    READY,
    fresh_state,
    read_state,
    replace_file,
    sync_folder,
    write_state,
)
from tablecast.datastore.conversions import REQUEST_FILE, Conversions
from tablecast.datastore.refusals import (
    Refusal,
    bad_request,
    disk_full,
    json_body,
    json_response,
    not_found,
)
from tablecast.datastore.uploads import Uploads
from tablecast.datastore.volume import Volume, checked

_MOST_ROWS = 1000
_OPTIONS = ("delimiter", "encoding", "decimal")


class Versions:
    """The endpoints below /v1/datasets."""

    def __init__(self, volume: Volume, uploads: Uploads, conversions: Conversions) -> None:
        self._volume, self._uploads, self._conversions = volume, uploads, conversions

    def routes(self) -> list[Route]:
        """Return the routes."""
        version = "/v1/datasets/{dataset}/versions/{version}"
        return [
            Route(version, self._put, methods=["PUT"]),
            Route(version, self._get, methods=["GET"]),
            Route(version, self._delete, methods=["DELETE"]),
            Route(f"{version}/preview", self._preview, methods=["GET"]),
            Route("/v1/datasets/{dataset}", self._delete_dataset, methods=["DELETE"]),
        ]

    async def _put(self, request: Request) -> Response:
        folder = self._folder(request)
        wish = _wish(await json_body(request))
        if await asyncio.to_thread(self._begin, folder, wish):
            self._conversions.begin(folder)
        return json_response(await asyncio.to_thread(_document, folder), 202)

    def _begin(self, folder: Path, wish: dict[str, Any]) -> bool:
        """Lay the version out; False where it was already. The state comes last."""
        if read_state(folder) is not None:
            known = json.loads((folder / REQUEST_FILE).read_bytes())
            if known != wish:
                raise Refusal(409, "VERSION_EXISTS", "The version was made from something else.")
            return False
        upload = self._uploads.get(wish["upload"])
        done = upload.completed()
        if done is None:
            raise Refusal(409, "UPLOAD_INCOMPLETE", "The upload is not finished.", "finish it")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _place(upload.data, folder / "source")
            replace_file(folder / REQUEST_FILE, orjson.dumps(wish))
            sync_folder(folder.parent)
            write_state(folder, fresh_state(done["bytes"], done["sha256"]))
        except OSError as exc:
            if exc.errno in (errno.ENOSPC, errno.EDQUOT):
                raise disk_full() from exc
            raise
        return True

    async def _get(self, request: Request) -> Response:
        return json_response(await asyncio.to_thread(_document, self._folder(request)))

    async def _preview(self, request: Request) -> Response:
        offset = number(request, "offset", 0)
        limit = min(_MOST_ROWS, number(request, "limit", 50))
        folder = self._folder(request)
        return json_response(await asyncio.to_thread(_rows, folder, offset, limit))

    async def _delete(self, request: Request) -> Response:
        return await self._removed(self._folder(request))

    async def _delete_dataset(self, request: Request) -> Response:
        return await self._removed(self._volume.dataset(request.path_params["dataset"]))

    async def _removed(self, folder: Path) -> Response:
        await self._conversions.forget(folder)
        await asyncio.to_thread(self._volume.remove, folder)
        return Response(status_code=204)

    def _folder(self, request: Request) -> Path:
        return self._volume.version(request.path_params["dataset"], request.path_params["version"])


def number(request: Request, name: str, default: int) -> int:
    """Return a query parameter that counts something; 400 for anything else."""
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise bad_request(f"The parameter {name} is no whole number.")
    return int(text)


def _wish(body: dict[str, Any]) -> dict[str, Any]:
    """Return the request in the one form that it is kept and compared in."""
    upload, name = body.get("upload"), body.get("file_name", "")
    options = body.get("options") or {}
    if not isinstance(upload, str) or not isinstance(name, str) or not isinstance(options, dict):
        raise bad_request("upload and file_name are texts, and options is an object.")
    texts = {key: options.get(key) for key in _OPTIONS}
    if any(not isinstance(text, str | None) or len(text or "") > 64 for text in texts.values()):
        raise bad_request("delimiter, encoding and decimal are short texts or null.")
    if texts["decimal"] not in (None, "", ".", ","):
        raise bad_request("decimal is . or ,")
    nulls = options.get("null_values")
    if nulls is not None and not (
        isinstance(nulls, list) and len(nulls) <= 100 and all(isinstance(n, str) for n in nulls)
    ):
        raise bad_request("null_values is a list of at most 100 texts, or null.")
    header = options.get("has_header", True)
    wanted = {**texts, "null_values": nulls, "has_header": header is not False}
    return {"upload": checked(upload), "file_name": name[:255], "options": wanted}


def _place(data: Path, source: Path) -> None:
    """Put the upload's bytes at `source`, shared where the volume can."""
    source.unlink(missing_ok=True)
    try:
        os.link(data, source)
    except OSError as exc:
        if exc.errno not in (errno.EPERM, errno.EXDEV, errno.ENOTSUP, errno.EMLINK):
            raise
        shutil.copyfile(data, source)


def _document(folder: Path) -> dict[str, Any]:
    state = read_state(folder)
    if state is None:
        raise not_found("dataset version", "VERSION_NOT_FOUND")
    profile: Any = None
    if state["state"] == READY:
        # passed on as it is: a wide table's takes megabytes
        profile = orjson.Fragment((folder / "profile.json").read_bytes())
    return {**state, "profile": profile}


def _rows(folder: Path, offset: int, limit: int) -> dict[str, Any]:
    state = read_state(folder)
    if state is None:
        raise not_found("dataset version", "VERSION_NOT_FOUND")
    if state["state"] != READY:
        raise Refusal(409, "NOT_READY", "The version has no rows yet.", "wait until it is READY")
    preview = orjson.loads((folder / "preview.json").read_bytes())
    rows = preview["rows"]
    return {
        "columns": preview["columns"],
        "rows": rows[offset : offset + limit],
        "total": len(rows),
    }
