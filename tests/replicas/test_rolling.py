"""All replicas are restarted, one after the other, while people work: no request of theirs is lost."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import pytest

from tablecast_demo import documents
from tablecast_demo.session import Session
from tests.end_to_end import job
from tests.end_to_end.load import PREDICT
from tests.replicas.balancer import Balancer
from tests.replicas.stage import Stage
from tests.replicas.watching import carried_out

pytestmark = [pytest.mark.mariadb, pytest.mark.slow]

EACH_SECONDS = 0.1
LOOK = "query ($id: ID!) { project(id: $id) { feedCursor operations(first: 5) { nodes { id } } } }"


class Crowd:
    """People who ask one thing after another by a load balancer, and what they were told."""

    def __init__(self, balancer: Balancer, project: str, serving: str) -> None:
        self._balancer = balancer
        self._project = project
        self._serving = serving
        self.answers: Counter[str] = Counter()
        self.failures: list[str] = []
        self.uploads: list[str] = []
        self._keys = count()
        self._is_over = False

    async def look(self) -> None:
        """A query."""
        found = await self._balancer.ask(LOOK, id=self._project)
        assert found["project"]["operations"]["nodes"]

    async def wish(self) -> None:
        """A mutation under a key of its own: however often it is sent, it is one wish."""
        key = f"wish {self.answers['wish']} {id(asyncio.current_task())}"
        given = {
            "projectId": self._project,
            "fileName": "t.csv",
            "length": 3,
            "idempotencyKey": key,
        }
        found = (await self._balancer.ask(documents.CREATE_UPLOAD, input=given))["createUpload"]
        self.uploads.append(found["upload"]["id"])

    async def predict(self) -> None:
        """A prediction."""
        given = {"servingId": self._serving, "rows": [job.ROW]}
        found = (await self._balancer.ask(PREDICT, input=given))["predict"]
        assert found["predictions"][0]["prediction"] == "bee"

    async def run(self, name: str, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Begin one each tenth of a second, whether or not the last was answered."""
        async with asyncio.TaskGroup() as group:
            while not self._is_over:
                group.create_task(self._one(name, act))
                await asyncio.sleep(EACH_SECONDS)

    def end(self) -> None:
        """Begin nothing more."""
        self._is_over = True

    async def _one(self, name: str, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await act()
            self.answers[name] += 1
        except Exception as error:
            self.failures.append(f"{name}: {error!r}")


@asynccontextmanager
async def working(crowd: Crowd) -> AsyncIterator[None]:
    """The crowd works while the context lasts, and ends what it began."""
    acts = {"look": crowd.look, "wish": crowd.wish, "predict": crowd.predict}
    tasks = [asyncio.create_task(crowd.run(name, act)) for name, act in acts.items()]
    try:
        yield
    finally:
        crowd.end()
        await asyncio.wait(tasks)


async def test_a_rolling_restart_under_load_loses_no_request(stage: Stage) -> None:
    """Queries, wishes and predictions go on; each wish that was answered is there, once."""
    async with asyncio.timeout(170), Session(stage.urls[0]) as session:
        ids = await job.whole(session, "rolling")
    async with Balancer(stage.urls) as balancer:
        crowd = Crowd(balancer, ids["Project"], ids["Serving"])
        async with working(crowd):
            for replica in stage.replicas:
                assert await asyncio.to_thread(replica.stop) == 0
                await asyncio.to_thread(replica.start)
    print(f"{dict(crowd.answers)}, sent again: {dict(Counter(balancer.retries))}")
    assert crowd.failures == []
    assert min(crowd.answers[name] for name in ("look", "wish", "predict")) > 50
    assert balancer.retries, "no request met a replica that ended: the load was none"
    async with Session(stage.urls[0]) as session:
        done = await carried_out(session, ids["Project"])
    made = [one["subjectId"] for one in done if (one["noun"], one["verb"]) == ("UPLOAD", "CREATE")]
    # Beside the one of the job before.
    assert len(made) == len(crowd.uploads) + 1
    assert set(crowd.uploads) < set(made)
    assert len(set(crowd.uploads)) == crowd.answers["wish"]
    assert "Traceback" not in stage.logs()
