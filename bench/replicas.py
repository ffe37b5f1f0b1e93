"""Replicas: how long a write at one takes until who follows at another sees it.

python -m bench replicas        three servers on a private MariaDB and one cluster; milliseconds
"""

import asyncio
import random
import tempfile
import time
from pathlib import Path

from tablecast_demo import documents
from tablecast_demo.session import Session
from tests.replicas.stage import started

WRITES = 40
RENAME = """
mutation ($input: UpdateProjectInput!) {
  updateProject(input: $input) { ... on Error { code message } }
}"""
TITLE = "subscription ($id: ID!) { project(id: $id) { title } }"


async def measure(urls: list[str]) -> dict[str, list[float]]:
    """Seconds from each mutation's begin to each follower: of the replica that was asked, of the others."""
    found: dict[str, list[float]] = {"same": [], "other": []}
    async with Session(urls[0]) as one, Session(urls[1]) as other:
        made = await one.mutate(documents.CREATE_PROJECT, name="bench")
        project = made["project"]["id"]
        shown: dict[str, asyncio.Queue[tuple[str, float]]] = {}

        async def follow(name: str, session: Session) -> None:
            shown[name] = asyncio.Queue()
            async for answer in session.follow(TITLE, id=project):
                shown[name].put_nowait((answer["title"], time.perf_counter()))

        following = [
            asyncio.create_task(follow("same", one)),
            asyncio.create_task(follow("other", other)),
        ]
        # Setting it up tells of itself, too.
        await asyncio.sleep(5)
        for number in range(WRITES):
            begun = time.perf_counter()
            await one.mutate(RENAME, projectId=project, title=str(number))
            for name, queue in shown.items():
                while (seen := await queue.get())[0] != str(number):
                    pass
                found[name].append(seen[1] - begun)
            # Waiting for what was seen keeps step with who looks: this gets out of it.
            await asyncio.sleep(random.uniform(0, 0.8))
        for task in following:
            task.cancel()
        await asyncio.wait(following)
    return found


def _measured() -> dict[str, list[float]]:
    with tempfile.TemporaryDirectory() as folder, started(Path(folder) / "stage") as stage:
        return asyncio.run(measure(stage.urls))


async def main() -> None:
    """Measure and print."""
    # Starting them has a loop of its own.
    found = await asyncio.to_thread(_measured)
    for name, seconds in found.items():
        ordered = sorted(1000 * each for each in seconds)
        middle, late = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.9)]
        print(
            f"{name} replica: median {middle:.0f} ms, p90 {late:.0f} ms, most {ordered[-1]:.0f} ms"
        )
