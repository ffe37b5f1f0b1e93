"""Given the pods of the recordings, the plan comes to the very verdict that Argo came to."""

import copy
import gzip
import json
from pathlib import Path

import pytest

from tablecast.cluster.embedded.workflow_plan import plan
from tablecast.cluster.port import Manifest

RECORDINGS = Path(__file__).parents[1] / "recordings"

ENDED = [
    "success",
    "out-of-memory",
    "step-fails",
    "retried",
    "image-missing",
    "deadline",
    "terminated",
    "stopped",
    "node-evicts",
    "pod-deleted",
]


def lines_of(name: str) -> list[str]:
    return gzip.decompress((RECORDINGS / f"{name}.jsonl.gz").read_bytes()).decode().splitlines()


def replayed(name: str) -> tuple[Manifest, Manifest]:
    """Return (Argo's last Workflow, ours) after every event of a recording."""
    theirs: Manifest = {}
    ours: Manifest = {}
    pods: dict[str, Manifest] = {}
    for number, line in enumerate(lines_of(name)):
        event = json.loads(line)
        if event["kind"] == "Act" or event["type"] == "BOOKMARK":
            continue
        seen = event["object"]
        if event["kind"] == "Workflow" and event["type"] != "DELETED":
            theirs = seen
            spec = copy.deepcopy(seen["spec"])
            ours = {**(ours or seen), "spec": spec}
            if event["type"] == "ADDED":
                ours.pop("status", None)
        elif event["kind"] == "Pod":
            by_name = seen["metadata"]["name"]
            if event["type"] == "DELETED":
                pods.pop(by_name, None)
            elif not half_ended(seen):
                pods[by_name] = with_result(seen)
        if ours and "finishedAt" not in ours.get("status", {}):
            ours = {**ours, "status": plan(ours, list(pods.values()), 1.8e9 + number).status}
    return theirs, ours


def half_ended(pod: Manifest) -> bool:
    """Say whether a pod is Failed with a container that is not yet: Argo looks seldom, and later."""
    statuses = pod.get("status", {}).get("containerStatuses", [])
    alive = any("terminated" not in status["state"] for status in statuses)
    return pod["status"].get("phase") == "Failed" and alive


def with_result(pod: Manifest) -> Manifest:
    """Put the result where our kubelet has it: there `wait` brought it another way."""
    told = copy.deepcopy(pod)
    for status in told.get("status", {}).get("containerStatuses", []):
        ended = status["state"].get("terminated")
        if status["name"] == "main" and ended and ended["exitCode"] == 0:
            ended["message"] = '{"rows": 3}'
    return told


def verdict(workflow: Manifest) -> dict[str, tuple[object, ...]]:
    nodes = workflow["status"]["nodes"].values()
    told = {
        node["displayName"]: (
            node["type"],
            node["phase"],
            node.get("message"),
            node.get("outputs", {}).get("exitCode"),
            node["id"],
            node["name"],
            node.get("children"),
        )
        for node in nodes
    }
    status = workflow["status"]
    return {"": (status["phase"], status.get("message"), status["progress"]), **told}


@pytest.mark.parametrize("name", ENDED)
def test_the_same_pods_come_to_the_same_verdict(name: str) -> None:
    theirs, ours = replayed(name)
    assert verdict(ours) == verdict(theirs)
