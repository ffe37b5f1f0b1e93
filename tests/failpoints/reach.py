"""The cluster's objects, and the way to them: which were made twice, and what is told while it is broken."""

from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from tablecast.cluster.port import FIELD_MANAGER, Kind, Manifest, WatchEvent
from tablecast.errors import Unreachable
from tests.failpoints.site import Site
from tests.simulation.cluster import Store


class Watched(Store):
    """The store, which remembers the UIDs under which we made each object."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.uids: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)

    async def apply(self, manifest: Manifest, **more: Any) -> Manifest:
        """Apply it, and remember which it became."""
        made = await super().apply(manifest, **more)
        if more.get("manager", FIELD_MANAGER) == FIELD_MANAGER:
            self._remember(made)
        return made

    async def create(self, manifest: Manifest, **more: Any) -> Manifest:
        """Create it, and remember which it became."""
        made = await super().create(manifest, **more)
        if more.get("manager", FIELD_MANAGER) == FIELD_MANAGER:
            self._remember(made)
        return made

    def doubled(self) -> list[tuple[str, str, str]]:
        """What was made more than once, by kind, namespace and name."""
        return [name for name, uids in self.uids.items() if len(uids) > 1]

    def _remember(self, made: Manifest) -> None:
        metadata = made["metadata"]
        name = (made["kind"], metadata.get("namespace", ""), metadata["name"])
        self.uids[name].add(metadata["uid"])


class Reach:
    """The way to the objects and to what answers HTTP; `down` while the network is, `deaf` while watches
    tell nothing."""

    def __init__(self, store: Store, site: Site) -> None:
        self.down = False
        self.deaf = False
        self._store = store
        self._site = site

    async def watch(self, kind: Kind, **asked: Any) -> AsyncIterator[WatchEvent]:
        """What is told of a kind."""
        if self.down:
            raise Unreachable("connection refused")
        async for event in self._store.watch(kind, **asked):
            if not self.deaf:
                yield event

    def __getattr__(self, name: str) -> Any:
        if self.down:
            raise Unreachable("connection refused")
        return getattr(self._site if name == "request" else self._store, name)
