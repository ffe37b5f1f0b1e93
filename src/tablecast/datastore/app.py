"""Builds the datastore's HTTP application out of what it is given; opens nothing."""

import asyncio
import shutil
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tablecast.datastore.access import BearerToken
from tablecast.datastore.attempts import Attempts
from tablecast.datastore.conversions import Conversions
from tablecast.datastore.files import Files
from tablecast.datastore.refusals import Refusal, bad_request, json_body, json_response, refused
from tablecast.datastore.settings import Settings
from tablecast.datastore.tus import Tus
from tablecast.datastore.uploads import COMPLETE, OPEN, Uploads
from tablecast.datastore.versions import Versions
from tablecast.datastore.volume import Volume

_SHA256_DIGITS = 64


def build_app(
    settings: Settings, volume: Volume, uploads: Uploads, conversions: Conversions
) -> Starlette:
    """Return the application."""
    routes = [
        Route("/healthz", _health(volume), methods=["GET"]),
        *Tus(uploads, settings.idle_seconds).routes(),
        *UploadStates(uploads).routes(),
        *Versions(volume, uploads, conversions).routes(),
        *Attempts(volume).routes(),
        *Files(settings.root, settings.signing_key).routes(),
    ]
    middleware = [Middleware(BearerToken, token=settings.token)]
    return Starlette(
        routes=routes,
        middleware=middleware,
        exception_handlers={
            Refusal: refused,
            404: _no_such_endpoint,
            405: _no_such_method,
            500: _failed,
        },
    )


class UploadStates:
    """What tus does not say: whether an upload is whole, and its sha256."""

    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/v1/uploads/{upload}", self._get, methods=["GET"]),
            Route("/v1/uploads/{upload}/finish", self._finish, methods=["POST"]),
        ]

    async def _get(self, request: Request) -> Response:
        return json_response(await asyncio.to_thread(self._state, request.path_params["upload"]))

    def _state(self, upload_id: str) -> dict[str, Any]:
        upload = self._uploads.get(upload_id)
        done = upload.completed()
        return {
            "offset": self._uploads.offset(upload),
            "length": upload.length,
            "expires_at": self._uploads.expires_at(upload),
            "state": COMPLETE if done else OPEN,
            "sha256": done["sha256"] if done else None,
        }

    async def _finish(self, request: Request) -> Response:
        expected = (await json_body(request)).get("sha256")
        if expected is not None and not _is_sha256(expected):
            raise bad_request("sha256 is 64 hexadecimal digits, or null.")
        upload = await asyncio.to_thread(self._uploads.get, request.path_params["upload"])
        done = await asyncio.to_thread(self._uploads.finish, upload, expected)
        return json_response({"state": COMPLETE, **done})


def _is_sha256(text: object) -> bool:
    digits = "0123456789abcdefABCDEF"
    return isinstance(text, str) and len(text) == _SHA256_DIGITS and set(text) <= set(digits)


def _health(volume: Volume) -> Any:
    async def health(request: Request) -> Response:
        """Answer 200 with the volume's bytes while the volume can be looked at."""
        del request
        usage = await asyncio.to_thread(shutil.disk_usage, volume.root)
        return json_response({"volume": {"free": usage.free, "total": usage.total}})

    return health


async def _no_such_endpoint(request: Request, exc: Exception) -> Response:
    del request, exc
    return Refusal(404, "NOT_FOUND", "There is no such endpoint.").response()


async def _no_such_method(request: Request, exc: Exception) -> Response:
    del request, exc
    return Refusal(405, "METHOD_NOT_ALLOWED", "The method is not allowed here.").response()


async def _failed(request: Request, exc: Exception) -> Response:
    del request, exc
    return Refusal(500, "INTERNAL", "The datastore failed; its log says why.").response()
