"""The application over a real datastore and a real database, with one datastore for all projects."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette

from tablecast.api.auth import issue_token
from tablecast.api.context import Services
from tablecast.api.limits import extensions_for
from tablecast.api.schema import build_schema
from tablecast.app import build_app
from tablecast.clients.datastore import DatastoreClient
from tablecast.cluster.embedded.network import Network, closed, new_session
from tablecast.cluster.port import Target
from tablecast.errors import Unreachable
from tablecast.settings import Limits, Settings
from tests.datastore.running import KEY, TOKEN

SECRET = "0123456789abcdef0123456789abcdef"


class OnePort(Network):
    """Every Service is the one that listens on a port of loopback; none does on port 0."""

    port = 0

    async def loopback_port(self, target: Target) -> int:
        if not self.port:
            raise Unreachable(f"no endpoints for {target.name}", 503)
        return self.port


@asynccontextmanager
async def application(
    port: int, limits: Limits | None = None, **changes: Any
) -> AsyncIterator[tuple[Starlette, OnePort]]:
    """The whole application before the datastore on `port`."""
    settings = Settings(**({"secret": SECRET} | changes))
    limits = limits or Limits()
    session = new_session()
    network = OnePort(None, session)
    network.port = port
    datastore = DatastoreClient(network, lambda _: TOKEN, lambda _: KEY)
    inference: Any = None
    services = Services(datastore, inference, settings, limits)
    try:
        yield build_app(services, build_schema(extensions_for(settings, limits))), network
    finally:
        await closed(session)


def bearer(subject: str) -> dict[str, str]:
    """The header of somebody with a token."""
    token = issue_token(Settings(secret=SECRET), subject, seconds=600)
    return {"Authorization": f"Bearer {token}"}
