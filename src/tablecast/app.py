"""The application: routes and what they share, built of what it is given. It opens nothing."""

import asyncio
import logging
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from strawberry.schema.base import BaseSchema
from tortoise.exceptions import BaseORMException

from tablecast.api.auth import Authenticator
from tablecast.api.context import Context, Principal, Services
from tablecast.api.downloads import Downloads
from tablecast.api.explorer import explorer_routes
from tablecast.api.graphql.errors import OURS
from tablecast.api.graphql.view import GraphQLEndpoint
from tablecast.api.leaving import Leaving, LeavingMiddleware, refusal
from tablecast.api.responses import JSON, error_response
from tablecast.api.uploads import tus, upload_routes
from tablecast.domain.identity import new_id
from tablecast.domain.tables import Project

READY_SECONDS = 2.0

logger = logging.getLogger("tablecast.app")


def build_app(
    services: Services, schema: BaseSchema, authenticator: Authenticator | None = None
) -> Starlette:
    """Return the ASGI application of the public API; its `state.leaving` ends it in good order."""
    authenticator = authenticator or Authenticator(services.settings)
    leaving = Leaving(services.settings.drain_seconds)
    app = Starlette(
        routes=_routes(services, schema, authenticator),
        middleware=[Middleware(LeavingMiddleware, leaving=leaving), *_middleware(services)],
        exception_handlers={HTTPException: _refused, Exception: _failed},
    )
    app.state.leaving = leaving
    return app


def _routes(
    services: Services, schema: BaseSchema, authenticator: Authenticator
) -> list[BaseRoute]:
    def context_for(principal: Principal) -> Context:
        return Context(principal, services)

    graphql = GraphQLEndpoint(
        schema, authenticator, context_for, services.settings, services.limits
    )
    routes: list[BaseRoute] = [
        Route("/graphql", graphql),
        WebSocketRoute("/graphql", graphql),
        *upload_routes(services, authenticator),
        Route("/downloads/{project_id}/files/{path:path}", Downloads(services.datastore)),
        Route("/healthz", _alive),
        Route("/readyz", _ready),
    ]
    if services.settings.explorer:
        routes += [*explorer_routes(), Route("/", _to_explorer)]
    return routes


def _middleware(services: Services) -> list[Middleware]:
    origins = services.settings.allowed_origins
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=list(origins),
            allow_methods=["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"],
            allow_headers=[*tus.REQUEST_HEADERS, "Range", "If-Range", "If-None-Match"],
            expose_headers=[*tus.RESPONSE_HEADERS, "ETag", "Content-Range", "WWW-Authenticate"],
            max_age=600,
        )
    ]


async def _alive(request: Request) -> Response:
    """The process answers; says nothing of what it depends on."""
    return JSON({"status": "ok"})


async def _ready(request: Request) -> Response:
    """The database answers, so that requests can be, and the process is not about to end."""
    if request.app.state.leaving.begun:
        return refusal()
    try:
        async with asyncio.timeout(READY_SECONDS):
            await Project.exists()
    except (BaseORMException, TimeoutError, OSError) as exc:
        logger.warning("not ready: %r", exc)
        return error_response(503, "DATABASE_UNREACHABLE", "The database does not answer.")
    return JSON({"status": "ok"})


async def _to_explorer(request: Request) -> Response:
    return RedirectResponse("graphiql", status_code=307)


async def _refused(request: Request, exc: Any) -> Response:
    code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(exc.status_code, "REFUSED")
    return error_response(exc.status_code, code, exc.detail, headers=dict(exc.headers or {}))


async def _failed(request: Request, exc: Exception) -> Response:
    error_id = new_id()
    logger.error("error %s at %s", error_id, request.url.path, exc_info=exc)
    return JSON({"error": {"code": "INTERNAL", "message": OURS, "errorId": error_id}}, 500)
