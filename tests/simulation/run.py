"""One world from its seed to its end."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tablecast.domain.tables import ModelVersion
from tests.simulation import rows
from tests.simulation.cluster import Controllers, Store
from tests.simulation.invariants import Invariants, Violation
from tests.simulation.loop import SimulatedLoop
from tests.simulation.patches import simulated
from tests.simulation.people import People
from tests.simulation.replicas import Replica, own_signals

MEMORY = Path("/dev/shm")
REPLICAS = 2
# Simulated seconds.
TROUBLED = 40.0
LIVES = 12.0
AWAY = 5.0
LOOK = 1.0
# A watch that fell silent at the last moment is given up after 70 s, and a lost event found out then.
SETTLED = 240.0
# How likely each call meets a fault, and each event of a watch: one of these for a whole run.
TROUBLES = (0.0, 0.01, 0.03, 0.08)


@dataclass
class World:
    """Everything of one run."""

    loop: SimulatedLoop
    lock: rows.Lock
    store: Store
    chance: random.Random
    invariants: Invariants
    trouble: float
    replicas: list[Replica] = field(default_factory=list)
    started: list[Replica] = field(default_factory=list)
    living: list[asyncio.Task[None]] = field(default_factory=list)

    def begin(self) -> Replica:
        """Start one more replica."""
        replica = Replica(f"replica-{len(self.started)}", self.store, self.chance)
        replica.network.trouble = self.trouble
        self.replicas.append(replica)
        self.started.append(replica)
        replica.start(self.loop)
        return replica


@dataclass(frozen=True)
class Ended:
    """How a world ended: simulated seconds, turns of its loop, Workflows made, models recorded."""

    seconds: float
    turns: int
    workflows: int
    models: int


def run(seed: int) -> Ended:
    """Play a seed to its end; raise a `Violation`, or whatever ended a replica."""
    loop = SimulatedLoop(random.Random(f"loop {seed}"))
    chance = random.Random(f"world {seed}")
    memory = MEMORY if MEMORY.is_dir() else None
    asyncio.set_event_loop(loop)
    with TemporaryDirectory(dir=memory) as folder, simulated(loop, chance), own_signals():
        try:
            return loop.run_until_complete(_play(loop, chance, Path(folder)))
        finally:
            asyncio.set_event_loop(None)
            loop.close()


async def _play(loop: SimulatedLoop, chance: random.Random, folder: Path) -> Ended:
    store = Store(folder / "objects.db")
    people = People(store, chance)
    async with rows.opened(folder) as lock, _controlled(store, chance) as controllers:
        invariants = Invariants(store, people.meddled)
        world = World(loop, lock, store, chance, invariants, chance.choice(TROUBLES))
        try:
            await _troubled(world, people)
            controllers.trouble = False
            await _all_up(world)
            seconds = await _settled(world)
            turns, models = loop.turns, await ModelVersion.all().count()
        finally:
            await _take_apart(world)
    store.close()
    return Ended(seconds, turns, sum(map(len, store.made.values())), models)


async def _troubled(world: World, people: People) -> None:
    await people.begin()
    for _ in range(REPLICAS):
        world.begin()
    world.living = [asyncio.create_task(people.run()), asyncio.create_task(_fate(world))]
    await _watched(world, TROUBLED)
    for task in world.living:
        task.cancel()
    await asyncio.wait(world.living)
    world.living.clear()


@asynccontextmanager
async def _controlled(store: Store, chance: random.Random) -> AsyncIterator[Controllers]:
    controllers = Controllers(store, chance)
    task = asyncio.create_task(controllers.run())
    try:
        yield controllers
        if task.done():
            task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _fate(world: World) -> None:
    """Kill replicas, and take their network away, until cancelled."""
    while True:
        await asyncio.sleep(world.chance.expovariate(1.0) * LIVES)
        replica = world.chance.choice(world.replicas)
        if world.chance.random() < 0.5:
            world.replicas.remove(replica)
            replica.kill(world.loop, world.lock)
            await asyncio.sleep(world.chance.expovariate(1.0) * AWAY)
            world.begin()
        else:
            replica.network.down = True
            await asyncio.sleep(world.chance.expovariate(1.0) * AWAY)
            replica.network.down = False


async def _watched(world: World, seconds: float) -> None:
    end = world.loop.time() + seconds
    while world.loop.time() < end:
        await asyncio.sleep(LOOK)
        await _look(world)


async def _look(world: World) -> None:
    for replica in world.replicas:
        if (failure := replica.failure()) is not None:
            raise Violation(f"{replica.name} ended by itself") from failure
    for task in world.living:
        if task.done():
            task.result()
    await world.invariants.at_any_moment()


async def _all_up(world: World) -> None:
    while len(world.replicas) < REPLICAS:
        world.begin()
    for replica in world.replicas:
        replica.network.trouble, replica.network.down = 0.0, False


async def _settled(world: World) -> float:
    """Wait until nothing is left to do; return when that was."""
    end = world.loop.time() + SETTLED
    while unsettled := await world.invariants.unsettled():
        if world.loop.time() > end:
            raise Violation("not settled: " + "; ".join(unsettled))
        await asyncio.sleep(5 * LOOK)
        await _look(world)
    return world.loop.time()


async def _take_apart(world: World) -> None:
    """End every task that ever began; what they say of it now means nothing."""
    world.loop.revive()
    logging.disable(logging.CRITICAL)
    tasks = [replica.task for replica in world.started if replica.task is not None]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    logging.disable(logging.NOTSET)
