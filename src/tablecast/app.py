"""The application: routes and what they share, built of what it is given. It opens nothing."""

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

from tablecast.api.auth import Authenticator
from tablecast.api.context import Context, Principal, Services
from tablecast.api.downloads import Downloads
from tablecast.api.explorer import explorer_routes
from tablecast.api.graphql.errors import OURS
from tablecast.api.graphql.view import GraphQLEndpoint
from tablecast.api.leaving import Leaving, LeavingMiddleware
from tablecast.api.responses import JSON, error_response, unavailable_response
from tablecast.api.uploads import tus, upload_routes
from tablecast.domain.identity import new_id
from tablecast.errors import DatabaseUnavailable
from tablecast.health import health_routes, looks
from tablecast.metering import FAILURES
from tablecast.scraping import metrics_route
from tablecast.settings import Settings

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
        exception_handlers={
            HTTPException: _refused,
            DatabaseUnavailable: _unavailable,
            Exception: _failed,
        },
    )
    app.state.leaving = leaving
    return app


def build_metrics_app(settings: Settings) -> Starlette:
    """Return the ASGI application of the port for metrics, which tells its health as well."""
    return Starlette(routes=[metrics_route(), *health_routes(looks(settings))])


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
        *health_routes(looks(services.settings)),
    ]
    if services.settings.metrics_port == services.settings.port:
        routes.append(metrics_route())
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


async def _to_explorer(request: Request) -> Response:
    return RedirectResponse("graphiql", status_code=307)


async def _refused(request: Request, exc: Any) -> Response:
    code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(exc.status_code, "REFUSED")
    return error_response(exc.status_code, code, exc.detail, headers=dict(exc.headers or {}))


async def _unavailable(request: Request, exc: Any) -> Response:
    logger.warning("%s: %s", request.url.path, exc)
    return unavailable_response(exc)


async def _failed(request: Request, exc: Exception) -> Response:
    error_id = new_id()
    FAILURES.labels("http").inc()
    logger.error("error %s at %s", error_id, request.url.path, exc_info=exc)
    return JSON({"error": {"code": "INTERNAL", "message": OURS, "errorId": error_id}}, 500)
