"""One story played in a simulated world: one replica that may die and comes back, and a person who asks
again under the same key where no answer came."""

import asyncio
import contextvars
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from tortoise.exceptions import BaseORMException

from tablecast import live
from tablecast.clients.datastore import DatastoreClient
from tablecast.clients.inference import InferenceClient
from tablecast.domain.deeds import Asked
from tablecast.domain.identity import new_id
from tablecast.errors import ClusterError, NotFound
from tablecast.inbound.process import Inbound
from tablecast.outbound.context import Context
from tablecast.outbound.housekeeping import Housekeeping
from tablecast.outbound.relay import Relay
from tablecast.outbound.sweep import Sweep
from tablecast.settings import Limits, Settings
from tests.failpoints.arming import Failpoints, Port, placed
from tests.failpoints.nodes import Node
from tests.failpoints.reach import Reach, Watched
from tests.failpoints.site import Site
from tests.simulation import rows
from tests.simulation.invariants import Invariants, Violation
from tests.simulation.loop import REPLICA, SimulatedLoop
from tests.simulation.patches import simulated
from tests.simulation.replicas import own_signals

ResultT = TypeVar("ResultT")

SETTINGS = Settings(
    secret="s" * 32,
    lease_seconds=10.0,
    poll_seconds=2.0,
    sweep_seconds=4.0,
    load_seconds=6.0,
    housekeeping_seconds=5.0,
)
LIMITS = Limits()
# Simulated seconds.
AWAY = 1.0
LOOK = 0.25
# Of one replica alone: what it held is held until the lease has run out.
SETTLED = 30.0
NEVER = 120.0
# Longer than a lease, its renewals and a retry last.
FROZEN = 40.0


@dataclass
class Play:
    """Everything of one story."""

    loop: SimulatedLoop
    chance: random.Random
    lock: rows.Lock
    store: Watched
    node: Node
    site: Site
    settings: Settings
    limits: Limits
    points: Failpoints = field(init=False)
    reach: Reach = field(init=False)
    invariants: Invariants = field(init=False)
    replica: str = ""
    restarted: float | None = None
    longest: float = 0.0
    # When whatever was frozen goes on.
    thawed: float = 0.0
    # Objects that the story itself has made anew: their names may have several UIDs.
    meddled: set[str] = field(default_factory=set)
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)
    running: list[asyncio.Task[Any]] = field(default_factory=list)
    _born: int = 0

    def __post_init__(self) -> None:
        self.points = Failpoints(self.kill, self.freeze)
        self.reach = Reach(self.store, self.site)
        self.invariants = Invariants(self.store, set())

    def port(self) -> Any:
        """The cluster as a replica has it."""
        return Port(self.reach, self.points)

    def begin(self) -> None:
        """Start a replica."""
        self._born += 1
        self.replica = f"replica-{self._born}"
        self.running.append(self._in_replica(self._run()))

    async def kill(self) -> None:
        """End the running replica between two instructions; the database rolls back what it had open."""
        dying = REPLICA.get() or self.replica
        self.loop.killed.add(dying)
        self.lock.forget(dying)
        self.loop.call_later(AWAY, self._restart, context=contextvars.Context())
        await self.loop.create_future()

    async def freeze(self) -> None:
        """Hold the running replica for longer than its leases last, while another goes on."""
        held = REPLICA.get()
        # What it has open would hold up whoever shares the one connection, as nothing does in earnest.
        while self.lock.holder == held:  # noqa: ASYNC110 -- a turn of the loop is a step
            await asyncio.sleep(0)
        self.loop.killed.add(held)
        self.loop.call_later(FROZEN, self.loop.thaw, held, context=contextvars.Context())
        contextvars.Context().run(self.begin)
        self.thawed = self.loop.time() + FROZEN
        await asyncio.sleep(0)

    async def ask(self, act: Callable[..., Awaitable[ResultT]], *words: Any) -> ResultT:
        """Have a deed done by whichever replica runs; ask again, under the same key, until answered."""
        key = new_id()
        asked = Asked("ann", key=key, fingerprint=key)
        end, again = self.loop.time() + NEVER, False
        while True:
            task = self._in_replica(act(asked, *words))
            name = self.replica
            while not task.done() and name not in self.loop.killed:  # noqa: ASYNC110 -- of two
                await asyncio.sleep(LOOK)
            if not task.done():
                again = True
                await self._until_up(name)
                continue
            try:
                return task.result()
            except (BaseORMException, ClusterError) as error:
                # What api answers with SERVER_ERROR: whether it was done is not known.
                if self.loop.time() > end:
                    raise Violation(f"never answered: {error!r}") from error
                again = True
                await asyncio.sleep(LOOK)
            except NotFound:
                # Told to go, and gone before the person asked once more.
                if not (again and act.__name__.startswith(("delete", "remove"))):
                    raise
                return None  # type: ignore[return-value]

    def context(self) -> Context:
        """What handlers get, with a way to the cluster that has no failpoints."""
        token, signing = self.settings.datastore_token, self.settings.signing_key
        client = DatastoreClient(self.site, token, signing)  # type: ignore[arg-type]
        return Context(self.store, client, self.settings, self.limits)

    async def call(self, act: Callable[[], Awaitable[ResultT]]) -> ResultT:
        """The same for what is asked without a key, and changes nothing."""
        return await self.ask(lambda _: act())

    async def until(self, true: Callable[[], Awaitable[Any]], what: str) -> None:
        """Wait until something is so; raise a `Violation` where it never is, or late after a restart."""
        end = self.loop.time() + NEVER
        while not await true():
            await self._look()
            if self.loop.time() > end:
                raise Violation(f"never: {what}; {await self.invariants.unsettled()}")
            await asyncio.sleep(LOOK)
        self._note_settled(what)

    async def finish(self, failed: int = 0) -> None:
        """Wait until nothing is left to do; `failed` operations may stay as they are."""
        # Not before whatever was frozen has done its worst.
        await self.until(self._awake, "all are awake")

        async def nothing() -> bool:
            left = await self.invariants.unsettled()
            refused = [one for one in left if " FAILED " in one or " ABANDONED " in one]
            return len(left) == len(refused) and len(refused) == failed

        await self.until(nothing, f"nothing left but {failed} refusals")
        twice = [name for name in self.store.doubled() if name[0] not in self.meddled]
        if twice:
            raise Violation(f"made more than once: {twice}")

    async def _awake(self) -> bool:
        return self.loop.time() > self.thawed + LOOK

    def _note_settled(self, what: str) -> None:
        if self.restarted is None:
            return
        took = self.loop.time() - self.restarted
        self.restarted = None
        self.longest = max(self.longest, took)
        if took > SETTLED:
            raise Violation(f"{took:.0f} s from the restart until {what}")

    async def _look(self) -> None:
        for task in self.running:
            if task.done():
                raise Violation("a replica ended by itself") from task.exception()
        await self.invariants.at_any_moment()

    async def _until_up(self, dead: str) -> None:
        while self.replica == dead:  # noqa: ASYNC110 -- the dead one tells nobody
            await asyncio.sleep(LOOK)

    def _restart(self) -> None:
        self.restarted = self.loop.time()
        self.begin()

    def _in_replica(self, work: Any) -> asyncio.Task[Any]:
        context = contextvars.Context()
        context.run(REPLICA.set, self.replica)
        task = self.loop.create_task(work, context=context)
        self.tasks.append(task)
        return task

    async def _run(self) -> None:
        port, settings = self.port(), self.settings
        datastore = DatastoreClient(port, settings.datastore_token, settings.signing_key)
        context = Context(port, datastore, settings, self.limits)
        signal: Any = live.relay
        async with asyncio.TaskGroup() as group:
            group.create_task(Relay(context, signal=signal).run())
            group.create_task(Sweep(context).run())
            group.create_task(Housekeeping(context).run())
            group.create_task(Inbound(port, datastore, InferenceClient(port), settings).run())


Story = Callable[[Play], Awaitable[None]]
Prepare = Callable[[Play], None]


@dataclass(frozen=True)
class Played:
    """How a story went: hits by point, what was done at which, the longest wait after a restart in
    simulated seconds, when it ended."""

    hits: dict[str, int]
    done: list[str]
    longest: float
    seconds: float


def play(
    story: Story,
    seed: int,
    prepare: Prepare = lambda _: None,
    settings: Settings = SETTINGS,
    limits: Limits = LIMITS,
) -> Played:
    """Play a story to its end, after `prepare` has armed what it wants; raise a `Violation`."""
    loop = SimulatedLoop(random.Random(f"loop {seed}"))
    chance = random.Random(f"story {seed}")
    memory = Path("/dev/shm")
    asyncio.set_event_loop(loop)
    folder = TemporaryDirectory(dir=memory if memory.is_dir() else None)
    with folder as name, simulated(loop, chance), own_signals():
        opened = partial(_opened, loop, chance, Path(name), settings, limits)
        try:
            return loop.run_until_complete(_play(story, prepare, opened))
        finally:
            asyncio.set_event_loop(None)
            loop.close()


async def _play(story: Story, prepare: Prepare, opened: Callable[[], Any]) -> Played:
    async with opened() as stage:
        with placed(stage.points):
            prepare(stage)
            stage.begin()
            await story(stage)
        return Played(dict(stage.points.hits), stage.points.done, stage.longest, stage.loop.time())


@asynccontextmanager
async def _opened(
    loop: SimulatedLoop,
    chance: random.Random,
    folder: Path,
    settings: Settings,
    limits: Limits,
) -> AsyncIterator[Play]:
    store = Watched(folder / "objects.db")
    node, site = Node(store), Site(store)
    async with rows.opened(folder) as lock:
        stage = Play(loop, chance, lock, store, node, site, settings, limits)
        playing = asyncio.create_task(node.run())
        try:
            yield stage
        finally:
            loop.revive()
            logging.disable(logging.CRITICAL)
            everything = [*stage.tasks, playing]
            for task in everything:
                task.cancel()
            await asyncio.gather(*everything, return_exceptions=True)
            logging.disable(logging.NOTSET)
    store.close()
