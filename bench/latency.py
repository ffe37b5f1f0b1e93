"""From a step's change in the cluster to the websocket: real trainings, real pods.

A watch on the cluster notes when a step's Pod turned RUNNING or ended; the client's subscription
notes when it was told. Figures in milliseconds; README promises a median under 250.
"""

import asyncio
import base64
import statistics
import time
from typing import Any

from bench.platform import platform
from tablecast.cluster.port import POD, Cluster
from tablecast.inbound.pods import step_pod
from tablecast_demo import documents
from tablecast_demo.session import Session
from tests.end_to_end import job

TRAININGS = 3
TOLD = ("RUNNING", "SUCCEEDED")

Moments = dict[tuple[str, str, str], float]


async def main() -> None:
    """Run trainings one after another and print how long each change was under way."""
    happened: Moments = {}
    told: Moments = {}
    async with platform() as (url, cluster):
        watching = asyncio.create_task(_watch(cluster, happened))
        async with Session(url) as session:
            project = await job.project(session, "latency")
            version = await job.ready_dataset(session, project)
            for number in range(TRAININGS):
                await _follow(
                    session, await job.training(session, version, name=f"t{number}"), told
                )
        watching.cancel()
        await asyncio.wait([watching])
    delays = sorted((told[key] - happened[key]) * 1000 for key in told if key in happened)
    print(f"changes {len(delays)}  median {statistics.median(delays):.0f} ms", end="  ")
    print(f"p90 {delays[int(len(delays) * 0.9)]:.0f} ms  most {delays[-1]:.0f} ms")


async def _watch(cluster: Cluster, happened: Moments) -> None:
    version = (await cluster.list(POD)).resource_version
    async for event in cluster.watch(POD, resource_version=version):
        if event.type in ("ADDED", "MODIFIED") and (pod := step_pod(event.object)):
            key = (_training(event.object), pod.step.upper(), pod.state)
            happened.setdefault(key, time.perf_counter())


async def _follow(session: Session, training: str, told: Moments) -> None:
    name = _raw(training)
    async for seen in session.follow(documents.FOLLOW_TRAINING, id=training):
        now = time.perf_counter()
        for step in seen["latestAttempt"]["steps"]:
            if step["state"] in TOLD:
                told.setdefault((name, step["name"], step["state"]), now)
        if seen["state"] == "SUCCEEDED":
            return


def _training(pod: dict[str, Any]) -> str:
    return str(pod["metadata"]["labels"].get("tablecast.dev/id", ""))


def _raw(global_id: str) -> str:
    return base64.b64decode(global_id).decode().partition(":")[2]
