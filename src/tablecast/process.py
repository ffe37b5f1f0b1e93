"""The process: http, relay, informers and the feed side by side; the first to fail ends it.

Started in the order database → cluster → loops → http, stopped in reverse: a request never meets a
loop or a database that has gone.
"""

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from types import FrameType
from typing import Protocol

import uvicorn
from starlette.applications import Starlette

from tablecast import live
from tablecast.api.auth import Authenticator
from tablecast.api.context import Services
from tablecast.api.leaving import Leaving
from tablecast.api.limits import extensions_for
from tablecast.api.schema import build_schema
from tablecast.app import build_app, build_metrics_app
from tablecast.clients.datastore import DatastoreClient
from tablecast.clients.inference import InferenceClient
from tablecast.cluster.port import Cluster
from tablecast.domain.database import database
from tablecast.domain.feed import local_feed
from tablecast.errors import TablecastError
from tablecast.inbound.process import Inbound
from tablecast.outbound.claim import release_all
from tablecast.outbound.context import Context
from tablecast.outbound.housekeeping import Housekeeping
from tablecast.outbound.relay import Relay
from tablecast.outbound.sweep import Sweep
from tablecast.scraping import LoopLag, MetricsServer
from tablecast.settings import Limits, Settings

log = logging.getLogger("tablecast")

GRACE_SECONDS = 5
# Less, so that a request which takes longer is told so before its connection is cut.
REQUEST_SECONDS = 4
# What a relay's handlers get to end what they are at; others look for what it gives back every 2 s.
HAND_OVER_SECONDS = 2
# Longer than clients and load balancers keep a connection for later (60 s as a rule): the one who
# closes first must not be the one who is written to.
KEEP_ALIVE_SECONDS = 75


class ProcessRefused(TablecastError):
    """The process cannot start as it was told to; the message says what to do."""


class Loop(Protocol):
    """Something that runs until it is cancelled; its end is a failure."""

    async def run(self) -> None:
        """Run until cancelled."""
        ...


async def run(settings: Settings, limits: Limits, *, until: asyncio.Event | None = None) -> None:
    """Run the whole process until SIGTERM, SIGINT or `until`; raise what ended it otherwise."""
    check(settings)
    with (
        listening(settings.host, settings.port) as listener,
        metrics_listening(settings) as metrics,
        exporting_traces(settings),
    ):
        url = settings.public_url or _address(listener)
        settings = settings.model_copy(update={"public_url": url})
        async with (
            database(settings.database, settings.migrations),
            open_cluster(settings) as (cluster, cluster_loops),
        ):
            if settings.cluster == "embedded":
                # Alone on its database: what a killed predecessor held need not run out.
                await release_all()
            app, loops = parts(settings, limits, cluster)
            if metrics is not None:
                log.info("metrics on %s", _address(metrics))
                loops.append(MetricsServer(build_metrics_app(settings), metrics))
            await run_together(app, [*cluster_loops, *loops], listener, limits, until)


def check(settings: Settings) -> None:
    """Raise `ProcessRefused` where the settings cannot work together."""
    if len(settings.secret) < 32:
        raise ProcessRefused("Set TABLECAST_SECRET to at least 32 random characters.")


def listening(host: str, port: int, setting: str = "TABLECAST_PORT") -> socket.socket:
    """Open a socket that others reach; raises `ProcessRefused` where it is taken."""
    try:
        return socket.create_server((host, port), backlog=2048)
    except OSError as error:
        option = "--port or " if setting == "TABLECAST_PORT" else ""
        raise ProcessRefused(
            f"Cannot listen on {host}:{port} ({error.strerror}): "
            f"choose another port with {option}{setting}."
        ) from error


def metrics_listening(settings: Settings) -> AbstractContextManager[socket.socket | None]:
    """Open the port for metrics, where it is one of its own."""
    if settings.metrics_port is None or settings.metrics_port == settings.port:
        return nullcontext()
    return listening(settings.host, settings.metrics_port, "TABLECAST_METRICS_PORT")


def exporting_traces(settings: Settings) -> AbstractContextManager[None]:
    """Send traces where the settings say; raises `ProcessRefused` where what it takes is missing."""
    if not settings.traces_endpoint:
        return nullcontext()
    # Imported where it is chosen: most do not, and need not carry it.
    try:
        from tablecast.exporting import exporting
    except ImportError as error:
        raise ProcessRefused(
            "TABLECAST_TRACES_ENDPOINT needs the extra `traces`: pip install 'tablecast[traces]'."
        ) from error
    return exporting(settings.traces_endpoint, settings.traces_share)


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}"


@asynccontextmanager
async def open_cluster(settings: Settings) -> AsyncIterator[tuple[Cluster, list[Loop]]]:
    """Open the cluster that the settings choose; yield it with the loops that it needs running."""
    # Imported where it is chosen: neither side's weight is the other's.
    if settings.cluster == "kubernetes":
        from tablecast.cluster.kubernetes.cluster import KubernetesCluster

        # Informers have a limit of their own and then go on at once: this one is for what they miss.
        silence = 1.25 * settings.watch_silence_seconds
        async with KubernetesCluster(
            settings.kubeconfig, settings.context, silence=silence
        ) as real:
            # Said and no more: whoever upgrades it need not start this again.
            if told := await real.too_old():
                log.error(told)
            yield real, []
        return

    from tablecast.cluster.embedded.cluster import EmbeddedCluster

    cluster = EmbeddedCluster(settings.state / "cluster", images=settings.images.values())
    try:
        yield cluster, [cluster]
    finally:
        cluster.close()


def parts(settings: Settings, limits: Limits, cluster: Cluster) -> tuple[Starlette, list[Loop]]:
    """Build the application and the loops that must run beside it."""
    datastore = DatastoreClient(cluster, settings.datastore_token, settings.signing_key)
    inference = InferenceClient(cluster)
    services = Services(datastore, inference, settings, limits)
    schema = build_schema(extensions_for(settings, limits))
    app = build_app(services, schema, Authenticator(settings))
    context = Context(cluster, datastore, settings, limits)
    loops: list[Loop] = [
        Relay(context),
        Sweep(context),
        Housekeeping(context),
        Inbound(cluster, datastore, inference, settings),
        local_feed(settings.feed_seconds),
        LoopLag(),
    ]
    return app, loops


async def run_together(
    app: Starlette,
    loops: list[Loop],
    listener: socket.socket,
    limits: Limits,
    until: asyncio.Event | None,
) -> None:
    """Run http and the loops until a signal or `until`, http ending first; raise the first failure."""
    # Benchmarks run one platform after another in one process.
    live.ending.begun = False
    asked = until or asyncio.Event()
    server = _Server(_server_config(app, limits), asked)
    # uvicorn raises the signal again after it has ended: this handler lets the order above go on.
    signal.signal(signal.SIGTERM, lambda *_: None)
    async with asyncio.TaskGroup() as group:
        running = [
            group.create_task(_never_ending(loop), name=type(loop).__name__) for loop in loops
        ]
        relays = [loop for loop in loops if isinstance(loop, Relay)]
        leave = _leave_when(asked, app.state.leaving, relays, server)
        running.append(group.create_task(leave, name="leaving"))
        log.info("listening on %s", _address(listener))
        gc.collect()
        gc.freeze()
        await server.serve(sockets=[listener])
        for task in running:
            task.cancel()


def _server_config(app: Starlette, limits: Limits) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=limits.websocket_message_bytes,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


async def _never_ending(loop: Loop) -> None:
    await loop.run()
    raise ProcessRefused(f"{type(loop).__name__} ended, which it never should.")


class _Server(uvicorn.Server):
    """Ends when it is told to by `should_exit` alone; a signal only asks for that, but for a second one."""

    def __init__(self, config: uvicorn.Config, asked: asyncio.Event) -> None:
        super().__init__(config)
        self._asked = asked
        self._loop = asyncio.get_running_loop()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """See uvicorn."""
        if self._asked.is_set():
            super().handle_exit(sig, frame)
        self._loop.call_soon_threadsafe(self._asked.set)


async def _leave_when(
    asked: asyncio.Event, leaving: Leaving, relays: list[Relay], server: uvicorn.Server
) -> None:
    """Once asked, send everybody elsewhere and hand over what is held; then have http end."""
    await asked.wait()
    log.info("ending: no more operations are claimed, websockets are sent elsewhere")
    handing = [relay.hand_over(HAND_OVER_SECONDS) for relay in relays]
    await asyncio.gather(leaving.begin(), *handing)
    server.should_exit = True
    await asyncio.sleep(REQUEST_SECONDS)
    leaving.cut()
