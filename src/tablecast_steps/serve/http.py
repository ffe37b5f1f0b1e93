"""HTTP over KServe's own endpoints: where it binds, how errors look, and what is not logged.

KServe logs a line and a traceback for every model that is not ready, and times every request;
asked each second by a prober, that would be most of what the server does.
"""

from typing import Any

from fastapi import FastAPI, Request
from kserve.errors import InvalidInput, ModelNotFound, ModelNotReady
from kserve.protocol.rest.server import RESTServer
from starlette.responses import JSONResponse

from tablecast_steps.serve.repository import FolderRepository, index
from tablecast_steps.serve.rows import RowsRefused


class RestServer(RESTServer):  # type: ignore[misc] # kserve has no types
    """KServe's REST server on one address."""

    def __init__(self, repository: FolderRepository, host: str, *arguments: Any, **named: Any):
        super().__init__(*arguments, **named)
        self.repository = repository
        self.config.host = host

    async def serve(self) -> None:
        """Serve until told to stop."""
        await self.start()

    def _add_middlewares(self, app: FastAPI) -> None:
        """None: KServe's only one times each request to log it."""

    def _register_endpoints(self, app: FastAPI) -> None:
        super()._register_endpoints(app)

        async def listed() -> list[dict[str, Any]]:
            return index(self.repository)

        app.add_api_route("/v2/repository/index", listed, methods=["POST"])

    def _add_exception_handlers(self, app: FastAPI) -> None:
        super()._add_exception_handlers(app)
        app.add_exception_handler(RowsRefused, _rows_refused)
        app.add_exception_handler(InvalidInput, _invalid)
        app.add_exception_handler(ModelNotFound, _not_found)
        app.add_exception_handler(ModelNotReady, self._not_ready)

    async def _not_ready(self, request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, ModelNotReady)
        reason = self.repository.reason(error.model_name)
        return JSONResponse({"error": f"{error} {reason}".strip()}, 503)


async def _rows_refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RowsRefused)
    return JSONResponse({"errors": error.errors}, 422)


async def _not_found(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": str(error)}, 404)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": str(error)}, 400)
