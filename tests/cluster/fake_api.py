"""An API server that answers as a test says: a handler on loopback, and kubeconfigs for it."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """Answer every request by `handler` while the context lasts; its value is the URL."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await handler(request)

    application = web.Application(client_max_size=1 << 30)
    application.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


def kubeconfig_for(
    folder: Path, url: str, user: dict[str, Any] | None = None, **cluster: Any
) -> str:
    """Write a kubeconfig with one context, "test"; return its path."""
    path = folder / "kubeconfig"
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "contexts": [{"name": "test", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": url, **cluster}}],
        "users": [{"name": "u", "user": user or {}}],
    }
    path.write_text(json.dumps(content))
    return str(path)


def status(code: int, message: str = "", reason: str = "", **details: Any) -> dict[str, Any]:
    """A Status object that says no."""
    found = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code}
    return found | {"message": message, "reason": reason, "details": details}
