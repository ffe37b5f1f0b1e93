"""Downloads: files of a project's datastore, streamed through as they come.

The link's signature is the permission; the datastore, which signed it, judges it. Nothing is held.
"""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from tablecast.api.responses import JSON, cluster_response, error_response
from tablecast.clients.datastore import DatastoreClient
from tablecast.domain.identity import is_id
from tablecast.domain.tables import Project
from tablecast.errors import ClusterError

PASSED_ON = ("range", "if-range", "if-none-match", "if-match", "if-modified-since")
PASSED_BACK = (
    "accept-ranges",
    "cache-control",
    "content-length",
    "content-range",
    "content-type",
    "etag",
    "last-modified",
)
# A file is data for a program: no browser shall guess that it is a page of ours.
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Content-Disposition": "attachment",
}
METHODS = ("GET", "HEAD")


class Downloads:
    """GET and HEAD of /downloads/{project_id}/files/{path}?expires=…&sig=…"""

    def __init__(self, datastore: DatastoreClient) -> None:
        self._datastore = datastore

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        project_id = request.path_params["project_id"]
        project = await Project.get_or_none(id=project_id) if is_id(project_id) else None
        if request.method not in METHODS:
            answer = error_response(
                405, "METHOD_NOT_ALLOWED", "Files are read only.", headers={"Allow": "GET, HEAD"}
            )
            await answer(scope, receive, send)
        elif project is None:
            await _unsigned()(scope, receive, send)
        else:
            await self._stream(request, project, send)

    async def _stream(self, request: Request, project: Project, send: Send) -> None:
        path = f"/files/{quote(request.path_params['path'])}?{request.url.query}"
        headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
        begun = _Begun(send)
        try:
            async with self._datastore.forward(
                project.namespace, request.method, path, headers
            ) as found:
                back = {n: v for n, v in found.headers.items() if n.lower() in PASSED_BACK}
                answer = StreamingResponse(found.chunks(), found.status, back | SAFE)
                await answer(request.scope, request.receive, begun)
        except ClusterError as exc:
            if begun.told:
                # Too late for another status: the connection is cut, and the client sees that.
                raise
            await cluster_response(exc)(request.scope, request.receive, send)


class _Begun:
    """Passes messages on and remembers that the first was."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.told = False

    async def __call__(self, message: object) -> None:
        self.told = True
        await self._send(message)  # type: ignore[arg-type]


def _unsigned() -> Response:
    # What a datastore answers to a wrong signature: a stranger cannot tell which projects there are.
    said = "The link's signature is missing or wrong."
    error = {"code": "BAD_SIGNATURE", "message": said, "hint": ""}
    return JSON({"error": error}, 403, SAFE)
