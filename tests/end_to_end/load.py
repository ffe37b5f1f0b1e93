"""A client that predicts all the time, and remembers what it was told."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tablecast_demo.session import Session
from tests.end_to_end import job
from tests.end_to_end.cluster import soon

EACH_SECONDS = 0.05

PREDICT = """
mutation ($input: PredictInput!) {
  predict(input: $input) {
    ... on PredictPayload { modelVersion { id } predictions { prediction } }
    ... on Error { code message }
  }
}"""


class Load:
    """What a client that predicts in a loop met: answers by model version, and failures."""

    def __init__(self) -> None:
        self.answers: Counter[str] = Counter()
        self.failures: list[Any] = []

    async def run(self, session: Session, serving: str) -> None:
        """Begin a prediction each twentieth of a second, whether or not the last was answered."""
        async with asyncio.TaskGroup() as group:
            while True:
                group.create_task(self._ask(session, serving))
                await asyncio.sleep(EACH_SECONDS)

    async def until(self, version: str, least: int = 10) -> None:
        """Wait until a model version has answered so many more times."""
        wanted = self.answers[version] + least
        await soon(30, lambda: self.answers[version] >= wanted, f"{version} to answer")

    async def _ask(self, session: Session, serving: str) -> None:
        try:
            asked = {"servingId": serving, "rows": [job.ROW]}
            found = (await session.query(PREDICT, input=asked))["predict"]
        except Exception as error:
            self.failures.append(repr(error))
            return
        if "modelVersion" in found and found["predictions"][0]["prediction"] == "bee":
            self.answers[found["modelVersion"]["id"]] += 1
        else:
            self.failures.append(found)


@asynccontextmanager
async def predicting(url: str, serving: str, token: str = "") -> AsyncIterator[Load]:
    """Predict all the time while the context lasts, over a connection of its own."""
    load = Load()
    async with Session(url, token) as session:
        running = asyncio.create_task(load.run(session, serving))
        try:
            yield load
        finally:
            running.cancel()
            await asyncio.wait([running])
