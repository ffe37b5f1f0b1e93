"""Pools on real servers: filled, opened, removed; and a load that failed once heals by itself."""

import asyncio
import base64
import contextlib
import sqlite3
import time
from pathlib import Path

import numpy as np
import pytest

from tablecast.settings import MIB
from tablecast_demo.session import Session
from tablecast_steps.artifact import pipeline_bytes, read_artifact, write_artifact
from tests.end_to_end import cluster, documents, job
from tests.end_to_end.load import predicting
from tests.end_to_end.machine import Machine


@pytest.fixture(scope="module")
def model(shared_machine):
    """A project and a model version of it, on the machine that the tests share."""
    return asyncio.run(_model(shared_machine.url))


async def _model(url: str) -> tuple[str, str]:
    async with asyncio.timeout(60), Session(url) as session:
        project = await job.project(session, "pools")
        version = await job.ready_dataset(session, project)
        return project, await job.trained_model(session, await job.training(session, version))


def _account(machine: Machine, version: str, size: int) -> int:
    """Have a model version accounted with so many bytes; return how many it had."""
    path = machine.state / "tablecast.db"
    row = (cluster.row_id(version),)
    with contextlib.closing(sqlite3.connect(path, timeout=10)) as rows, rows:
        (before,) = rows.execute("SELECT bytes FROM model_version WHERE id = ?", row).fetchone()
        rows.execute("UPDATE model_version SET bytes = ? WHERE id = ?", (size, *row))
    return int(before)


def _services(machine: Machine) -> list[str]:
    return sorted(cluster.names(machine, kind="InferenceService"))


async def _delete(session: Session, serving: str) -> None:
    done = await session.mutate(documents.DELETE_SERVING, servingId=serving)
    await job.seen(session, documents.FOLLOW_OPERATION, done["operation"]["id"], state="OBSERVED")


async def test_a_second_pool_is_opened_when_the_first_is_full_and_goes_with_its_last_model(
    shared_machine, model
):
    """Both answer; the third serving fills the first pool again and starts no server."""
    project, version = model
    before = _account(shared_machine, version, 17 * MIB)
    async with asyncio.timeout(120), Session(shared_machine.url) as session:
        servings = [
            await job.serving(session, project, version, name=f"s{number}") for number in range(3)
        ]
        for one in servings:
            await job.servable(session, one)
            assert await job.predict(session, one) == "bee"
        both = _services(shared_machine)
        servers = shared_machine.processes("tablecast_steps.serve")
        await _delete(session, servings[0])
        again = await job.serving(session, project, version, name="again")
        await job.servable(session, again)
        assert set(shared_machine.processes("tablecast_steps.serve")) == set(servers)
        await _delete(session, servings[2])
        left = _services(shared_machine)
        assert await job.predict(session, again) == "bee"
        for one in (servings[1], again):
            await _delete(session, one)
    _account(shared_machine, version, before)
    assert both == ["InferenceService pool-1", "InferenceService pool-2"]
    assert len(servers) == 2
    assert left == ["InferenceService pool-1"]


async def test_a_load_that_failed_once_heals_by_itself_and_is_told(shared_machine, model):
    """Its file could not be had when the agent asked, which asks once; nobody's hand is on it after."""
    project, version = model
    artifact = _artifact(shared_machine, version)
    away = artifact.with_suffix(".away")
    async with asyncio.timeout(150), Session(shared_machine.url) as session:
        neighbour = await job.serving(session, project, version, name="neighbour")
        await job.servable(session, neighbour)
        artifact.rename(away)
        serving = await job.serving(session, project, version, name="healed")
        cause = cluster.objects(shared_machine, kind="TrainedModel", about=serving)
        while not cause:
            await asyncio.sleep(0.1)
            cause = cluster.objects(shared_machine, kind="TrainedModel", about=serving)
        # The agent looks four times a second: by then it has asked.
        await asyncio.sleep(2)
        away.rename(artifact)
        began = time.monotonic()
        await job.servable(session, serving)
        took = time.monotonic() - began
        assert await job.predict(session, serving) == "bee"
        told = await session.query(documents.EVENTS_OF, id=project, subject=serving)
        types = [one["type"] for one in told["project"]["events"]["nodes"]]
        for one in (neighbour, serving):
            await _delete(session, one)
    assert took < 90
    assert types.count("SERVING_HEALED") == 1
    assert types.index("SERVING_HEALED") < types.index("SERVING_SERVABLE")


async def test_a_model_that_would_take_the_pool_down_is_refused_and_fails_nobody(
    shared_machine, model
):
    """A file of a few KiB that takes more than the pool has; its reason is told, no server dies."""
    project, version = model
    async with asyncio.timeout(150), Session(shared_machine.url) as session:
        neighbour = await job.serving(session, project, version, name="neighbour")
        await job.servable(session, neighbour)
        servers = shared_machine.processes("tablecast_steps.serve")
        heavy = _heavy_version(shared_machine, version)
        async with predicting(shared_machine.url, neighbour) as load:
            poison = await job.serving(session, project, heavy, name="poison")
            failed = await _failed(session, poison)
            await load.until(version)
        same = shared_machine.processes("tablecast_steps.serve") == servers
        for one in (poison, neighbour):
            await _delete(session, one)
    assert "MiB of memory" in failed["message"]
    assert load.failures == []
    assert same


async def _failed(session: Session, serving: str) -> dict:
    async for seen in session.follow(documents.FOLLOW_SERVING, id=serving):
        assert not seen["servable"]
        for one in seen["revisions"]["nodes"]:
            if one["message"]:
                return one
    raise AssertionError("the subscription ended")


def _heavy_version(machine: Machine, version: str) -> str:
    """A version like another one, but for a load of zeros; returns its global id."""
    artifact = _artifact(machine, version)
    row_id = f"{cluster.row_id(version)[:-4]}0000"
    folder = artifact.parent.with_name(row_id)
    folder.mkdir()
    loaded = read_artifact(artifact)
    loaded.model.ballast = np.zeros(900 * MIB, dtype=np.uint8)
    pipeline = pipeline_bytes(loaded.model)
    made = write_artifact(folder, pipeline, loaded.signature, dict(loaded.about))
    columns = {"id": row_id, "number": 1000, "file": made.file, "sha256": made.sha256}
    with contextlib.closing(sqlite3.connect(machine.state / "tablecast.db", timeout=10)) as rows:
        rows.row_factory = sqlite3.Row
        found = rows.execute(
            "SELECT * FROM model_version WHERE id = ?", (cluster.row_id(version),)
        ).fetchone()
        row = dict(found) | columns
        with rows:
            places = ", ".join("?" * len(row))
            names = ", ".join(row)
            rows.execute(
                f"INSERT INTO model_version ({names}) VALUES ({places})", list(row.values())
            )
    return base64.b64encode(f"ModelVersion:{row_id}".encode()).decode()


def _artifact(machine: Machine, model_version: str) -> Path:
    (folder,) = cluster.folders(machine, model_version)
    (artifact,) = folder.glob("*.tablecast")
    return artifact
