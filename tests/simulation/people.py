"""People who wish at random, and hands that do at the cluster what nobody wished."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tablecast.cluster.port import POD, WORKFLOW, Kind
from tablecast.domain.projects import (
    ProjectChange,
    ProjectWish,
    create_project,
    delete_project,
    update_project,
)
from tablecast.domain.tables import DatasetVersion, Project, Row, Training
from tablecast.domain.trainings import (
    cancel_training,
    create_training,
    delete_training,
    retry_training,
)
from tablecast.errors import ClusterError, Mistake
from tests.domain.world import ANN, LIMITS, a_table, training_wish
from tests.simulation.cluster import Store

RowT = TypeVar("RowT", bound=Row)
Deed = Callable[[], Awaitable[object]]
PAUSE_SECONDS = 2.0


class People:
    """What they wished is in the rows; `meddled` are the Workflows, by UID, that a hand deleted."""

    def __init__(self, store: Store, chance: random.Random) -> None:
        self.meddled: set[str] = set()
        self._store = store
        self._chance = chance

    async def begin(self) -> None:
        """A first project with a table."""
        await self._new_project()

    async def run(self) -> None:
        """Wish, and meddle, until cancelled."""
        often: list[Deed] = [self._train, self._train, self._train, self._cancel, self._retry]
        seldom: list[Deed] = [self._delete, self._update, self._new_project, self._end_project]
        hands: list[Deed] = [self._delete_workflow, self._delete_pod]
        while True:
            await asyncio.sleep(self._chance.expovariate(1.0) * PAUSE_SECONDS)
            deeds = self._chance.choice([often, often, often, seldom, hands])
            try:
                await self._chance.choice(deeds)()
            except (Mistake, ClusterError):
                # Not possible as things are: they are told, and go on.
                continue

    async def _new_project(self) -> None:
        name = f"p-{self._chance.getrandbits(32):x}"
        project = (await create_project(ANN, ProjectWish(name=name), LIMITS)).row
        await a_table(project)

    async def _end_project(self) -> None:
        projects = await Project.all().order_by("id")
        if len(projects) > 1:
            project = self._chance.choice(projects)
            await delete_project(ANN, project.id, project.name)

    async def _update(self) -> None:
        project = await self._one(Project)
        change = ProjectChange(cpu_limit=self._chance.randrange(2, 9))
        await update_project(ANN, project.id, change)

    async def _train(self) -> None:
        version = await self._one(DatasetVersion)
        wish = training_wish(version, name=f"t-{self._chance.getrandbits(32):x}")
        await create_training(ANN, wish, LIMITS)

    async def _cancel(self) -> None:
        await cancel_training(ANN, await self._training())

    async def _retry(self) -> None:
        start = self._chance.choice(["START", "FAILED_STEP"])
        await retry_training(ANN, await self._training(), start, LIMITS)

    async def _delete(self) -> None:
        await delete_training(ANN, await self._training())

    async def _training(self) -> str:
        return str((await self._one(Training)).id)

    async def _one(self, table: type[RowT]) -> RowT:
        rows = await table.all().order_by("id")
        if not rows:
            raise Mistake("There is none.")
        return self._chance.choice(rows)

    async def _delete_workflow(self) -> None:
        self.meddled.add(await self._delete_one(WORKFLOW))

    async def _delete_pod(self) -> None:
        await self._delete_one(POD)

    async def _delete_one(self, kind: Kind) -> str:
        there = (await self._store.list(kind)).objects
        if not there:
            raise Mistake("There is none yet.")
        metadata = self._chance.choice(there)["metadata"]
        await self._store.delete(kind, metadata["namespace"], metadata["name"])
        return str(metadata["uid"])
