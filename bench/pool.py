"""A hundred small models in one pool: from each mutation to its model's answer, and pods that it took.

The model servers are real processes of the embedded cluster. One serving after another, as a person
adds them; then as many at once.
"""

import asyncio
import statistics
import time

from bench.platform import platform
from tablecast.cluster.port import INFERENCE_SERVICE, POD, Cluster
from tablecast_demo import documents
from tablecast_demo.session import Session
from tests.end_to_end import job

ONE_BY_ONE = 50
AT_ONCE = 50


async def main() -> None:
    """Put one model version into service a hundred times and print how long each took."""
    async with platform() as (url, cluster), Session(url) as session:
        project = await job.project(session, "pool")
        version = await job.ready_dataset(session, project)
        model = await job.trained_model(session, await job.training(session, version))
        before = await _servers(cluster)
        first = await _serve(session, project, model, 0)
        alone = [await _serve(session, project, model, one) for one in range(1, ONE_BY_ONE)]
        numbers = range(ONE_BY_ONE, ONE_BY_ONE + AT_ONCE)
        together = await asyncio.gather(*(_serve(session, project, model, one) for one in numbers))
        pods = await _servers(cluster) - before
        pools = await cluster.list(INFERENCE_SERVICE)
        last = await _serve(session, project, model, ONE_BY_ONE + AT_ONCE)
    print(f"the first, with its pool  {first:.1f} s")
    _print("one by one", alone)
    _print("at once", together)
    print(f"the hundred and first  {last:.2f} s")
    print(f"models {ONE_BY_ONE + AT_ONCE}  pools {len(pools.objects)}  pods started {len(pods)}")


async def _serve(session: Session, project: str, model: str, number: int) -> float:
    """Seconds from the mutation until the serving was told to be servable."""
    began = time.perf_counter()
    serving = await job.serving(session, project, model, name=f"s{number}")
    async for seen in session.follow(documents.FOLLOW_SERVING, id=serving):
        if seen["state"] == "SERVABLE":
            break
    return time.perf_counter() - began


async def _servers(cluster: Cluster) -> set[str]:
    pods = await cluster.list(POD)
    label = "serving.kserve.io/inferenceservice"
    return {
        one["metadata"]["uid"] for one in pods.objects if label in one["metadata"].get("labels", {})
    }


def _print(what: str, seconds: list[float]) -> None:
    ordered = sorted(seconds)
    p90 = ordered[int(len(ordered) * 0.9)]
    print(f"{what} {len(ordered)}  median {statistics.median(ordered):.2f} s", end="  ")
    print(f"p90 {p90:.2f} s  most {ordered[-1]:.2f} s")
