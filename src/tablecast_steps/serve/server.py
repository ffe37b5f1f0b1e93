"""The server's process: HTTP and the follower side by side; the first to end, ends it."""

import asyncio
import os
import signal

from kserve import ModelServer

from tablecast_steps.serve.http import RestServer
from tablecast_steps.serve.repository import FolderRepository

# KServe's controller waits up to a minute for its ConfigMap to arrive; a second more is nothing.
FOLLOW_SECONDS = 1.0
# Requests are short. Kubernetes gives 30 s before it kills.
GRACE_SECONDS = 3


class Server(ModelServer):  # type: ignore[misc] # kserve has no types
    """KServe's ModelServer over a folder: one worker, no gRPC, no latency lines."""

    def __init__(self, repository: FolderRepository, http_port: int) -> None:
        super().__init__(
            http_port=http_port,
            registered_models=repository,
            workers=1,
            enable_grpc=False,
            enable_latency_logging=False,
            grace_period=GRACE_SECONDS,
        )
        self.repository = repository

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        # uvicorn raises the signal that ended it once more; to end is what was asked for.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        asyncio.run(self._run())

    async def _run(self) -> None:
        rest = RestServer(
            self.repository,
            os.environ.get("TABLECAST_BIND", "0.0.0.0"),  # noqa: S104 - a pod's own address
            "kserve.model_server:app",
            self.dataplane,
            self.model_repository_extension,
            self.http_port,
            grace_period=self.grace_period,
            timeout_keep_alive=self.timeout_keep_alive,
        )
        # What is there already is loaded before the first request can come: a server that listens
        # counts as ready, and would be sent predictions. But for what it died of last time: the others
        # shall answer before that is tried once more.
        await self.repository.follow(cautious=True)
        follower = asyncio.create_task(self._follow(), name="follower")
        http = asyncio.create_task(rest.serve(), name="http")
        await asyncio.wait([follower, http], return_when=asyncio.FIRST_COMPLETED)
        for task in (follower, http):
            task.cancel()
        ended = await asyncio.gather(follower, http, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error

    async def _follow(self) -> None:
        while True:
            await self.repository.follow()
            await asyncio.sleep(FOLLOW_SECONDS)
