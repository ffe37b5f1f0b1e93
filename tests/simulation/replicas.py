"""Replicas: the server's loops as processes that are killed and come back, each with signals of its own."""

import asyncio
import contextvars
import copy
import random
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from unittest.mock import patch

from tablecast import live
from tablecast.clients.datastore import DatastoreClient
from tablecast.clients.inference import InferenceClient
from tablecast.cluster.port import Call, Response
from tablecast.errors import ClusterBusy
from tablecast.inbound import collector
from tablecast.inbound.process import Inbound
from tablecast.outbound.context import Context
from tablecast.outbound.relay import Relay
from tablecast.outbound.sweep import Sweep
from tablecast.settings import Settings
from tests.domain.world import LIMITS
from tests.inbound.datastores import MODEL
from tests.simulation.cluster import Network, Store
from tests.simulation.loop import REPLICA, SimulatedLoop
from tests.simulation.rows import Lock

SETTINGS = Settings(
    secret="s" * 32, lease_seconds=10.0, poll_seconds=3.0, sweep_seconds=25.0, load_seconds=30.0
)


class Own:
    """Something of which each replica has its own, as each process has."""

    def __init__(self, make: type) -> None:
        self._make = make
        self._of: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        replica = REPLICA.get()
        if replica not in self._of:
            self._of[replica] = self._make()
        return getattr(self._of[replica], name)


@contextmanager
def own_signals() -> Iterator[None]:
    """No replica hears another's signals, and none polls more than it must."""
    with (
        patch.object(live, "relay", Own(live.Signal)),
        patch.object(live, "feed", Own(live.Signal)),
        patch.object(live, "hub", Own(live.Hub)),
        # Nothing is learnt from more polls of what tells nothing.
        patch.object(collector, "BUSY_SECONDS", SETTINGS.poll_seconds),
    ):
        yield


class Datastores:
    """Every project's datastore, as the collector asks it: steps say nothing, models are there."""

    def __init__(self, network: Network, chance: random.Random) -> None:
        self._network = network
        self._chance = chance

    async def healthy(self, namespace: str) -> bool:
        return not self._network.down

    async def upload_state(self, namespace: str, upload: str) -> dict[str, Any]:
        return {"offset": 0}

    async def version_state(self, *asked: str) -> dict[str, Any]:
        return {}

    async def attempt_progress(
        self, namespace: str, training: str, attempt: int, offsets: Mapping[str, int] | None = None
    ) -> dict[str, dict[str, Any]]:
        await self._answer()
        return {step: {"next": at, "entries": []} for step, at in (offsets or {}).items()}

    async def model_documents(self, namespace: str, model_version: str) -> dict[str, Any]:
        await self._answer()
        return copy.deepcopy(MODEL)

    async def _answer(self) -> None:
        await asyncio.sleep(self._chance.expovariate(1.0) * 0.02)
        if self._network.down or self._chance.random() < self._network.trouble:
            raise ClusterBusy("the datastore is starting", 503)


class _Answered:
    """A datastore's answer to whatever the relay wants of it."""

    status = 200
    headers: Mapping[str, str] = {}

    async def read(self) -> bytes:
        return b"{}"


class _Requests:
    def __init__(self, network: Network) -> None:
        self._network = network

    @asynccontextmanager
    async def request(self, call: Call) -> AsyncIterator[Response]:
        await self._network.answer()
        yield _Answered()  # type: ignore[misc]


class Replica:
    """One process: relay, sweep and all of inbound."""

    def __init__(self, name: str, store: Store, chance: random.Random) -> None:
        self.name = name
        self.network = Network(store, chance)
        self.task: asyncio.Task[None] | None = None
        self._chance = chance

    def start(self, loop: SimulatedLoop) -> None:
        """Run, as a process of its own."""
        context = contextvars.copy_context()
        context.run(REPLICA.set, self.name)
        self.task = loop.create_task(self._run(), context=context)

    def kill(self, loop: SimulatedLoop, lock: Lock) -> None:
        """End it between two steps, without a word, within a transaction too: nothing of it runs again."""
        loop.killed.add(self.name)
        lock.forget(self.name)

    def failure(self) -> BaseException | None:
        """What ended it, where it ended by itself."""
        return self.task.exception() if self.task is not None and self.task.done() else None

    async def _run(self) -> None:
        requests: Any = _Requests(self.network)
        datastore = DatastoreClient(requests, SETTINGS.datastore_token, SETTINGS.signing_key)
        cluster: Any = self.network
        context = Context(cluster, datastore, SETTINGS, LIMITS)
        documents = Datastores(self.network, self._chance)
        inbound = Inbound(cluster, documents, InferenceClient(requests), SETTINGS)
        signal: Any = live.relay
        async with asyncio.TaskGroup() as group:
            group.create_task(Relay(context, signal=signal).run())
            group.create_task(Sweep(context).run())
            group.create_task(inbound.run())
