"""A whole server on a MariaDB that is killed under it: it goes on by itself, and says so in plain lines."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tablecast.domain.migrations import upgrade
from tablecast_demo import documents
from tablecast_demo.session import Session
from tests.database import mariadb
from tests.domain.world import MIGRATIONS
from tests.end_to_end import job
from tests.end_to_end.machine import Machine, within
from tests.end_to_end.test_kill import WHOLE
from tests.lacking import lacking

pytestmark = pytest.mark.mariadb


class Serving(Machine):
    """`tablecast serve` on an embedded cluster and a MariaDB."""

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.state.mkdir(parents=True, exist_ok=True)
        told = {
            "TABLECAST_CLUSTER": "embedded",
            "TABLECAST_STATE": str(self.state),
            "TABLECAST_SECRET": "s" * 32,
            "TABLECAST_ANONYMOUS": "ann",
            "TABLECAST_PORT": str(self.port),
            "TABLECAST_MIGRATIONS": str(MIGRATIONS),
        }
        with (self.state / "tablecast.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tablecast", "serve"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | told | self.settings,
            )
        within(30, self._answers, f"the server to answer; its log is in {self.state}")


@pytest.fixture(scope="module")
def database() -> Iterator[mariadb.Server]:
    """A MariaDB with this version's tables."""
    if not mariadb.available():
        lacking("mariadb-server is not installed")
    with mariadb.private_server() as running:
        asyncio.run(upgrade(running.url(), MIGRATIONS))
        yield running


@pytest.fixture(scope="module")
def machine(
    database: mariadb.Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Serving]:
    """A server on it, that must have neither ended nor told a stack trace at the end."""
    state: Path = tmp_path_factory.mktemp("outage") / "state"
    running = Serving(state, TABLECAST_DATABASE=database.url(), TABLECAST_SWEEP_SECONDS="1")
    running.start()
    yield running
    log = running.log()
    assert running.stop() == 0, log[-4000:]
    assert "Traceback" not in log, log[-8000:]


@asynccontextmanager
async def killing(database: mariadb.Server) -> AsyncIterator[None]:
    """The database is killed and comes back, again and again."""

    async def kill() -> None:
        while True:
            await asyncio.sleep(1.0)
            await asyncio.to_thread(database.kill)
            await asyncio.sleep(0.5)
            await asyncio.to_thread(database.start)

    task = asyncio.create_task(kill())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        database.kill()
        database.start()


async def test_the_main_job_gets_through_while_the_database_is_killed_again_and_again(
    machine, database
):
    """No error is told to its client; each thing is there once, and every operation is settled."""
    pid = machine.pid
    async with asyncio.timeout(150), Session(machine.url) as session:
        async with killing(database):
            project = await job.project(session, "unshaken")
            version = await job.ready_dataset(session, project)
            training = await job.training(session, version)
            done = await job.seen(session, documents.FOLLOW_TRAINING, training, state="SUCCEEDED")
        whole = await settled(session, project)
    assert machine.pid == pid
    assert done["modelVersion"]
    (dataset,) = whole["datasets"]["nodes"]
    assert dataset["versions"]["nodes"] == [{"state": "READY", "number": 1}]
    (one,) = whole["trainings"]["nodes"]
    assert one["attemptCount"] == 1
    (model,) = whole["models"]["nodes"]
    assert model["versions"]["nodes"] == [{"number": 1}]
    verbs = sorted((node["noun"], node["verb"]) for node in whole["operations"]["nodes"])
    assert verbs == [
        ("DATASET_VERSION", "CREATE"),
        ("PROJECT", "CREATE"),
        ("TRAINING", "CREATE"),
        ("UPLOAD", "CREATE"),
        ("UPLOAD", "FINISH"),
    ]


async def test_a_database_that_stays_away_is_told_as_such_and_the_server_waits_for_it(
    machine, database
):
    """Typed errors and 503s meanwhile; everything works again without a restart."""
    create = {"input": {"name": "later"}}
    async with (
        asyncio.timeout(120),
        Session(machine.url) as follower,
        httpx.AsyncClient(base_url=machine.url, timeout=40) as asked,
    ):
        following = follower.follow(documents.FOLLOW_PROJECT, id=await job.project(follower, "now"))
        await anext(following)
        database.kill()
        mutation, query, download, ready = await asyncio.gather(
            asked.post("/graphql", json={"query": CREATE, "variables": create}),
            asked.post("/graphql", json={"query": "{ projects { nodes { id } } }"}),
            asked.get("/downloads/0123456789abcdef/files/x"),
            asked.get("/readyz"),
        )
        await asyncio.to_thread(within, 40, lambda: told_by_all(machine), "each loop to say so")
        await asyncio.to_thread(database.start)
        await job.project(follower, "later")
    told = mutation.json()["data"]["createProject"]
    assert told["__typename"] == "DatabaseUnavailableError"
    assert (told["code"], told["outcomeUnknown"]) == ("DATABASE_UNAVAILABLE", False)
    assert told["hint"] == "Nothing was changed. Try again in a moment."
    [error] = query.json()["errors"]
    assert error["extensions"]["code"] == "DATABASE_UNAVAILABLE"
    assert (download.status_code, download.headers["retry-after"]) == (503, "1")
    assert download.json()["error"]["code"] == "DATABASE_UNAVAILABLE"
    [part] = [part for part in ready.json()["parts"] if part["name"] == "database"]
    assert (ready.status_code, part["ok"]) == (503, False)
    for text in (mutation.text, query.text, download.text, ready.text):
        assert "127.0.0.1" not in text


def told_by_all(machine: Serving) -> bool:
    """Whether each loop that looks at the database by itself has said that it cannot."""
    log = machine.log()
    return all(line in log for line in LINES)


LINES = (
    "no operations could be claimed: the database does not answer as it should: ",
    "the sweep was cut short: the database does not answer as it should: ",
    "the feed stands still: the database does not answer as it should: ",
    "a round of collecting was cut short: the database does not answer as it should: ",
    "a round of probes was not written down: the database does not answer as it should: ",
)

CREATE = """mutation ($input: CreateProjectInput!) { createProject(input: $input) {
  __typename
  ... on Error { code message hint }
  ... on DatabaseUnavailableError { retryAfterSeconds outcomeUnknown }
} }"""


async def settled(session: Session, project: str) -> dict:
    """The project once every operation of it is settled."""
    while True:
        whole = (await session.query(WHOLE, id=project))["project"]
        if {node["state"] for node in whole["operations"]["nodes"]} <= {"OBSERVED", "SUPERSEDED"}:
            return whole
        await asyncio.sleep(0.2)
