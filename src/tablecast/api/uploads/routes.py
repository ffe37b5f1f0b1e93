"""The routes: POST makes an upload, HEAD tells how far it is, PATCH sends bytes, DELETE ends it."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from tablecast.api import audit
from tablecast.api.auth import Authenticator
from tablecast.api.context import Services
from tablecast.api.ids import row_id_of
from tablecast.api.responses import (
    cluster_response,
    error_response,
    mistake_response,
    unavailable_response,
)
from tablecast.api.uploads import tus
from tablecast.api.uploads.sending import Sending, expires, record
from tablecast.domain.access import not_found
from tablecast.domain.deeds import Asked
from tablecast.domain.identity import is_id
from tablecast.domain.projects import require_open
from tablecast.domain.states import Noun, Role, UploadState
from tablecast.domain.tables import Project, Upload
from tablecast.domain.uploads import (
    EXPIRED,
    abort_upload,
    create_upload,
    has_expired,
    require_upload,
)
from tablecast.errors import ClusterError, DatabaseUnavailable, Mistake

Handler = Callable[[Request, Asked], Awaitable[Response]]

_GONE = frozenset({UploadState.FAILED, UploadState.ABORTED})
_TAKES_BYTES = frozenset({UploadState.PENDING, UploadState.OPEN})


def upload_routes(services: Services, authenticator: Authenticator) -> list[BaseRoute]:
    """The routes of /uploads."""
    uploads = _Uploads(services, authenticator)
    methods = ["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"]
    return [
        Route("/uploads", uploads.collection, methods=methods),
        Route("/uploads/{upload_id}", uploads.item, methods=methods),
    ]


class _Uploads:
    def __init__(self, services: Services, authenticator: Authenticator) -> None:
        self._services = services
        self._authenticator = authenticator

    async def collection(self, request: Request) -> Response:
        """Answer /uploads."""
        return await self._answer(request, {"POST": self._create})

    async def item(self, request: Request) -> Response:
        """Answer /uploads/{upload_id}."""
        handlers: dict[str, Handler] = {
            "HEAD": self._head,
            "PATCH": self._patch,
            "DELETE": self._delete,
        }
        return await self._answer(request, handlers)

    async def _answer(self, request: Request, handlers: Mapping[str, Handler]) -> Response:
        method = tus.method_of(request)
        if method == "OPTIONS":
            response = self._options()
        elif method in handlers:
            response = await self._handled(request, handlers[method])
        else:
            allowed = {"Allow": ", ".join([*handlers, "OPTIONS"])}
            response = error_response(405, "METHOD_NOT_ALLOWED", "Not here.", headers=allowed)
        response.headers["Tus-Resumable"] = tus.VERSION
        response.headers["Cache-Control"] = "no-store"
        return response

    async def _handled(self, request: Request, handler: Handler) -> Response:
        try:
            principal = self._authenticator.principal(request.headers.get("authorization"))
            tus.check_version(request)
            return await handler(request, Asked(principal.subject, principal.admin))
        except tus.OtherVersion as exc:
            headers = {"Tus-Version": tus.VERSION}
            return error_response(412, exc.code, exc.message, hint=exc.hint, headers=headers)
        except Mistake as exc:
            return mistake_response(exc)
        except ClusterError as exc:
            return cluster_response(exc)
        except DatabaseUnavailable as exc:
            return unavailable_response(exc)

    def _options(self) -> Response:
        headers = {
            "Tus-Version": tus.VERSION,
            "Tus-Extension": tus.EXTENSIONS,
            "Tus-Checksum-Algorithm": tus.CHECKSUMS,
            "Tus-Max-Size": str(self._services.limits.upload_bytes),
        }
        return Response(status_code=204, headers=headers)

    async def _create(self, request: Request, asked: Asked) -> Response:
        wish = tus.creation_of(request)
        project_id = _project_id(wish.project)
        with audit.noted(asked, "createUpload", {"projectId": project_id}) as note:
            # First, so that a stranger learns nothing from what else is wrong.
            await require_open(asked, project_id)
            note.answer = outcome = await create_upload(
                asked, project_id, wish.file_name, wish.length, wish.sha256, self._services.limits
            )
        location = f"{self._services.settings.public_url.rstrip('/')}/uploads/{outcome.row.id}"
        headers = {"Location": location} | expires(outcome.row)
        return Response(status_code=201, headers=headers)

    async def _head(self, request: Request, asked: Asked) -> Response:
        upload = await require_upload(asked, _upload_id(request), Role.VIEWER)
        if upload.state in _GONE or has_expired(upload):
            return _gone(upload)
        offset = upload.length
        if upload.state in _TAKES_BYTES:
            offset = await self._sending(request, upload, await _project(upload)).offset()
            await record(upload, offset)
        headers = {
            "Upload-Offset": str(offset),
            "Upload-Length": str(upload.length),
            "Upload-Metadata": tus.encoded_metadata({"filename": upload.file_name}),
        }
        return Response(status_code=200, headers=headers | expires(upload))

    async def _patch(self, request: Request, asked: Asked) -> Response:
        upload = await require_upload(asked, _upload_id(request), Role.EDITOR)
        if upload.state in _GONE or has_expired(upload):
            return _gone(upload)
        if upload.state not in _TAKES_BYTES:
            return error_response(409, "UPLOAD_NOT_OPEN", f"This upload is {upload.state}.")
        project = await require_open(asked, upload.project_id)
        if request.headers.get("content-type", "").lower() != tus.BYTES_TYPE:
            return error_response(415, "UNSUPPORTED_TYPE", f"Bytes are sent as {tus.BYTES_TYPE}.")
        offset = tus.number_of(request, "Upload-Offset")
        declared = request.headers.get("content-length", "0")
        if declared.isdecimal() and offset + int(declared) > upload.length:
            return error_response(413, "TOO_MANY_BYTES", "These are more than Upload-Length.")
        return await self._sending(request, upload, project).send()

    async def _delete(self, request: Request, asked: Asked) -> Response:
        upload_id = _upload_id(request)
        with audit.noted(asked, "abortUpload", {"uploadId": upload_id}) as note:
            note.answer = await abort_upload(asked, upload_id)
        return Response(status_code=204)

    def _sending(self, request: Request, upload: Upload, project: Project) -> Sending:
        return Sending(self._services.datastore, project.namespace, upload, request)


async def _project(upload: Upload) -> Project:
    return await Project.get(id=upload.project_id)


def _upload_id(request: Request) -> str:
    text: str = request.path_params["upload_id"]
    if not is_id(text):
        # Nothing was ever given such an id, and the database is not asked for just any text.
        raise not_found(Noun.UPLOAD, text)
    return text


def _project_id(text: str) -> str:
    return text if is_id(text) else row_id_of(text, "Project", "project")


def _gone(upload: Upload) -> Response:
    if has_expired(upload) or upload.error == EXPIRED:
        return error_response(410, EXPIRED["code"], EXPIRED["message"], hint="Create a new one.")
    return error_response(410, "UPLOAD_GONE", f"This upload is {upload.state}.")
