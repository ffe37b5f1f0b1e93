"""Objects in the cluster, asked for and deleted so that doing it again does no harm."""

from collections.abc import Iterable

from tablecast.cluster.port import MANAGED, Cluster, Kind, Manifest
from tablecast.errors import ObjectConflict, ObjectMissing

LABEL = "tablecast.dev"


async def found(cluster: Cluster, kind: Kind, namespace: str, name: str) -> Manifest | None:
    """Return an object, None where there is none."""
    try:
        return await cluster.get(kind, namespace, name)
    except ObjectMissing:
        return None


async def managed(
    cluster: Cluster, kind: Kind, namespace: str = "", selector: str = ""
) -> list[Manifest]:
    """Objects of ours in a namespace (all where it is ""), narrowed by a label selector.

    None where the cluster does not know the kind: then there is nothing of ours either.
    """
    ours = f"{MANAGED}=true" + (f",{selector}" if selector else "")
    try:
        listing = await cluster.list(kind, namespace=namespace, selector=ours)
    except ObjectMissing:
        return []
    return listing.objects


async def remove(cluster: Cluster, kind: Kind, namespace: str, name: str, uid: str = "") -> bool:
    """Delete an object, that of `uid` where one is given; return whether it is still there.

    An object of that name and another UID is somebody else's: it stays, and does not count.
    """
    there = await found(cluster, kind, namespace, name)
    if there is None or (uid and there["metadata"]["uid"] != uid):
        return False
    await delete_all(cluster, kind, [there])
    left = await found(cluster, kind, namespace, name)
    return left is not None and left["metadata"]["uid"] == there["metadata"]["uid"]


async def delete_all(cluster: Cluster, kind: Kind, objects: Iterable[Manifest]) -> None:
    """Delete these very objects; those that go already, or are gone, are left alone."""
    for there in objects:
        metadata = there["metadata"]
        if metadata.get("deletionTimestamp"):
            continue
        try:
            await cluster.delete(
                kind, metadata.get("namespace", ""), metadata["name"], uid=metadata["uid"]
            )
        except (ObjectMissing, ObjectConflict):
            # Gone meanwhile, or another one has its name: either way this one is not there.
            continue


def label(there: Manifest, name: str) -> str:
    """One of our labels on an object, "" where it has none."""
    labels = there["metadata"].get("labels") or {}
    return str(labels.get(f"{LABEL}/{name}", ""))


def is_ready(there: Manifest) -> bool:
    """Whether an object says Ready, and is not going."""
    if there["metadata"].get("deletionTimestamp"):
        return False
    conditions = (there.get("status") or {}).get("conditions") or []
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def has_ended(workflow: Manifest) -> bool:
    """Whether a Workflow has its verdict."""
    return bool((workflow.get("status") or {}).get("finishedAt"))
