"""A cluster port whose watches follow a script, and fail as it says."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

from tablecast.cluster.port import Cluster, Kind, Listing, Manifest, Versions, WatchEvent
from tablecast.errors import ClusterError

HANG = "hang"
Item = WatchEvent | ClusterError | str | float


def an_object(name: str, version: int, uid: str = "", **metadata: Any) -> Manifest:
    """An object of any kind, as a list or a watch gives it."""
    known = {"name": name, "namespace": "n", "uid": uid or f"uid-{name}"}
    return {"metadata": known | {"resourceVersion": str(version)} | metadata}


def added(name: str, version: int, uid: str = "") -> WatchEvent:
    return WatchEvent("ADDED", an_object(name, version, uid))


def modified(name: str, version: int, uid: str = "") -> WatchEvent:
    return WatchEvent("MODIFIED", an_object(name, version, uid))


def deleted(name: str, version: int, uid: str = "") -> WatchEvent:
    return WatchEvent("DELETED", an_object(name, version, uid))


def bookmark(version: int) -> WatchEvent:
    return WatchEvent("BOOKMARK", {"metadata": {"resourceVersion": str(version)}})


class ScriptedCluster:
    """Lists and watches in the order given; `asked` remembers what was asked for.

    A watch yields events, raises errors, waits for as many seconds as a number says, and ends after
    its last item, or falls silent where that is HANG. After the last script it falls silent for good.
    """

    def __init__(
        self, lists: list[Listing | ClusterError], watches: list[list[Item]] | None = None
    ) -> None:
        self.lists = lists
        self.watches = watches or []
        self.asked: list[str] = []
        self.versions_there: dict[str, str] = {}

    async def list(self, kind: Kind, *, namespace: str = "", selector: str = "") -> Listing:
        self.asked.append("list")
        # The last one stands for ever.
        answer = self.lists.pop(0) if len(self.lists) > 1 else self.lists[0]
        if isinstance(answer, ClusterError):
            raise answer
        return answer

    async def versions(self, kind: Kind, *, selector: str = "", at_least: str) -> Versions:
        self.asked.append(f"versions {at_least}")
        newest = max([at_least, *self.versions_there.values()], key=int)
        return Versions(dict(self.versions_there), newest)

    async def watch(
        self, kind: Kind, *, namespace: str = "", selector: str = "", resource_version: str
    ) -> AsyncIterator[WatchEvent]:
        self.asked.append(f"watch {resource_version}")
        script = self.watches.pop(0) if self.watches else [HANG]
        for item in script:
            if isinstance(item, ClusterError):
                raise item
            if isinstance(item, float):
                await asyncio.sleep(item)
            elif isinstance(item, str):
                await asyncio.Event().wait()
            else:
                yield item

    @property
    def port(self) -> Cluster:
        """Itself, as what it plays."""
        return cast(Cluster, self)
