"""Argo's and KServe's controllers on a real cluster: its own where it has them, else what plays them.

    python -m tests.node.controllers [workflow-controller] [kserve-controller-manager] \
        --agent-image=IMAGE     plays the named ones on the cluster of KUBECONFIG, until it is ended
"""

import argparse
import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tablecast.cluster.embedded import inference, trained_models, workflows
from tablecast.cluster.kubernetes.cluster import KubernetesCluster
from tablecast.cluster.port import DEPLOYMENT

ARGO = "workflow-controller"
KSERVE = "kserve-controller-manager"
ENDS_SECONDS = 10


@contextmanager
def running(kubeconfig: str, agent_image: str, log: Path) -> Iterator[list[str]]:
    """Play what the cluster lacks while the context lasts; yield the names of what is played."""
    missing = asyncio.run(lacks(kubeconfig))
    if not missing:
        yield []
        return
    command = [sys.executable, "-m", "tests.node.controllers", *missing]
    with log.open("ab") as out:
        played = subprocess.Popen(
            [*command, f"--agent-image={agent_image}"],
            env=os.environ | {"KUBECONFIG": kubeconfig},
            stdout=out,
            stderr=out,
        )
    try:
        yield missing
        assert played.poll() is None, log.read_text()
    finally:
        played.terminate()
        played.wait(ENDS_SECONDS)


async def lacks(kubeconfig: str) -> list[str]:
    """The controllers that no Deployment of the cluster runs; charts put a name before theirs."""
    async with KubernetesCluster(kubeconfig) as cluster:
        found = (await cluster.list(DEPLOYMENT)).objects
    there = [
        each["metadata"]["name"] for each in found if each.get("status", {}).get("readyReplicas")
    ]
    return [name for name in (ARGO, KSERVE) if not any(one.endswith(name) for one in there)]


async def play(names: list[str], agent_image: str) -> None:
    """Play controllers on the cluster of KUBECONFIG, for ever."""
    async with KubernetesCluster() as cluster, asyncio.TaskGroup() as group:
        if ARGO in names:
            group.create_task(workflows.run(cluster, obeyed=False))
        if KSERVE in names:
            group.create_task(inference.run(cluster, agent_image))
            group.create_task(trained_models.run(cluster))


def main() -> None:
    """See the module's docstring."""
    asked = argparse.ArgumentParser()
    asked.add_argument("names", nargs="+", choices=(ARGO, KSERVE))
    asked.add_argument("--agent-image", required=True)
    told = asked.parse_args()
    asyncio.run(play(told.names, told.agent_image))


if __name__ == "__main__":
    main()
