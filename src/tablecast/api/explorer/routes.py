"""The explorer's routes. Its files are few and named; each is compressed once, when first asked for."""

import asyncio
import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from tablecast.api.explorer.examples import examples
from tablecast.api.responses import JSON, error_response

FOLDER = Path(__file__).parent / "static"
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}

# Scripts from here alone, connections to here alone. Styles are also set inline by CodeMirror and
# React; GraphiQL's fonts are in its style sheet.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "font-src 'self' data:",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# Files change with the server's version alone; a browser asks whether they did.
CACHING = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding"}


@dataclass(frozen=True)
class _File:
    media_type: str
    etag: str
    compressed: bytes


def explorer_routes() -> list[BaseRoute]:
    """GraphiQL's page at /graphiql, its files and its examples below."""
    return [
        Route("/graphiql", _page),
        Route("/graphiql/examples.json", _examples),
        Route("/graphiql/static/{name}", _static),
    ]


async def _page(request: Request) -> Response:
    return await _answer(request, "page.html")


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _names():
        return error_response(404, "NOT_FOUND", "There is no such file.")
    return await _answer(request, name)


async def _examples(request: Request) -> Response:
    return JSON(examples(), headers=HEADERS)


async def _answer(request: Request, name: str) -> Response:
    # Some files are megabytes: compressing them would hold up every subscription.
    file = await asyncio.to_thread(_load, name)
    headers = {**HEADERS, **CACHING, "ETag": file.etag}
    if file.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(file.compressed, headers=headers, media_type=file.media_type)
    plain = await asyncio.to_thread(gzip.decompress, file.compressed)
    return Response(plain, headers=headers, media_type=file.media_type)


@cache
def _names() -> frozenset[str]:
    return frozenset(path.name for path in FOLDER.iterdir() if path.suffix in (".js", ".css"))


@cache
def _load(name: str) -> _File:
    content = (FOLDER / name).read_bytes()
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    return _File(TYPES[Path(name).suffix], etag, gzip.compress(content, mtime=0))
