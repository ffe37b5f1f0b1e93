"""Who may ask what: a bearer token for everything but the health check and signed links."""

import hashlib
import hmac
import time

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from tablecast.datastore.refusals import Refusal

# An API server that passes a request on keeps `Authorization` to itself.
TOKEN_HEADERS = (b"authorization", b"tablecast-authorization")


class BearerToken:
    """ASGI middleware that asks for the token; signed links are judged where they are served."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 401."""
        if scope["type"] != "http" or self._open(scope["path"]) or self._knows(scope):
            await self._app(scope, receive, send)
            return
        headers = {"WWW-Authenticate": "Bearer"}
        answer = Refusal(401, "UNAUTHORIZED", "The token is missing or wrong.", headers=headers)
        await answer.response()(scope, receive, send)

    def _open(self, path: str) -> bool:
        return path == "/healthz" or path.startswith("/files/")

    def _knows(self, scope: Scope) -> bool:
        headers = dict(scope["headers"])
        return any(
            hmac.compare_digest(headers.get(name, b""), self._expected) for name in TOKEN_HEADERS
        )


def sign(key: str, path: str, expires: int) -> str:
    """Return the signature of a link to `path` (below the volume) until `expires` (0: for ever)."""
    return hmac.new(key.encode(), f"{path}\n{expires}".encode(), hashlib.sha256).hexdigest()


def check_signature(request: Request, key: str, path: str) -> None:
    """Raise a 403 unless the link is signed and has not expired."""
    text = request.query_params.get("expires", "")
    given = request.query_params.get("sig", "").encode()
    digits = text.isascii() and text.isdigit() and len(text) < 16
    expires = int(text) if digits else -1
    if not hmac.compare_digest(given, sign(key, path, expires).encode()) or expires < 0:
        raise Refusal(403, "BAD_SIGNATURE", "The link's signature is missing or wrong.")
    if expires and expires < time.time():
        raise Refusal(403, "LINK_EXPIRED", "The link has expired.", "ask for a new one")
