"""Level-triggered work: a queue of keys, one worker a key at a time, woken by watches.

Watches only say what to look at; a reconcile reads the present through the port. What the cluster
refuses or cannot do now is tried again with back-off; anything else is a bug and ends the cluster.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple

from tablecast.cluster.port import Cluster, Kind, Manifest
from tablecast.errors import ClusterError, VersionGone


class Key(NamedTuple):
    """Which object to look at."""

    namespace: str
    name: str


Reconcile = Callable[[Key], Awaitable[float | None]]
Keys = Callable[[Manifest], Iterable[Key]]


def key_of_object(manifest: Manifest) -> Key:
    """Return the key of the object itself."""
    return Key(manifest["metadata"].get("namespace", ""), manifest["metadata"]["name"])


def own_key(manifest: Manifest) -> list[Key]:
    """Map an object to itself."""
    return [key_of_object(manifest)]


def owner_keys(kind: Kind) -> Keys:
    """Map an object to its owners of `kind`."""

    def keys(manifest: Manifest) -> list[Key]:
        metadata = manifest["metadata"]
        owners = metadata.get("ownerReferences") or []
        names = [owner["name"] for owner in owners if owner["kind"] == kind.kind]
        return [Key(metadata.get("namespace", ""), name) for name in names]

    return keys


class Reconciler:
    """Calls `reconcile` for each key that was woken, never twice at once for one.

    It returns the seconds after which to look again, or None. Back-off after a `ClusterError` is
    exponential from `first_delay` to `longest_delay` seconds.
    """

    def __init__(
        self,
        reconcile: Reconcile,
        *,
        workers: int = 4,
        first_delay: float = 0.05,
        longest_delay: float = 30.0,
    ) -> None:
        self._reconcile = reconcile
        self._workers = workers
        self._first_delay = first_delay
        self._longest_delay = longest_delay
        self._queue: asyncio.Queue[Key] = asyncio.Queue()
        self._queued: set[Key] = set()
        self._running: set[Key] = set()
        self._again: set[Key] = set()
        self._failures: dict[Key, int] = {}
        self._timers: dict[Key, asyncio.TimerHandle] = {}

    def wake(self, key: Key) -> None:
        """Look at `key` soon."""
        if key in self._running:
            self._again.add(key)
        elif key not in self._queued:
            self._queued.add(key)
            self._queue.put_nowait(key)

    def wake_after(self, key: Key, seconds: float) -> None:
        """Look at `key` after `seconds`; the last call of a key counts."""
        self._cancel_timer(key)
        loop = asyncio.get_running_loop()
        self._timers[key] = loop.call_later(max(0.0, seconds), self.wake, key)

    async def run(self) -> None:
        """Work for ever."""
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._workers):
                    group.create_task(self._work())
        finally:
            for timer in self._timers.values():
                timer.cancel()

    async def _work(self) -> None:
        while True:
            key = await self._queue.get()
            self._queued.discard(key)
            self._running.add(key)
            self._cancel_timer(key)
            try:
                await self._once(key)
            finally:
                self._running.discard(key)
            if key in self._again:
                self._again.discard(key)
                self.wake(key)

    async def _once(self, key: Key) -> None:
        try:
            after = await self._reconcile(key)
        except ClusterError:
            failures = self._failures.get(key, 0)
            self._failures[key] = failures + 1
            self.wake_after(key, min(self._longest_delay, self._first_delay * 2**failures))
            return
        self._failures.pop(key, None)
        if after is not None:
            self.wake_after(key, after)

    def _cancel_timer(self, key: Key) -> None:
        if timer := self._timers.pop(key, None):
            timer.cancel()


class Watching:
    """Wakes a reconciler for every object of a kind that comes, changes or goes."""

    def __init__(
        self,
        cluster: Cluster,
        kind: Kind,
        wake: Callable[[Key], None],
        keys: Keys = own_key,
        *,
        selector: str = "",
    ) -> None:
        self._cluster = cluster
        self._kind = kind
        self._wake = wake
        self._keys = keys
        self._selector = selector
        self._known: dict[Key, list[Key]] = {}

    async def run(self) -> None:
        """List, follow, and list again where the watch has lost its place."""
        failures = 0
        while True:
            try:
                version = await self._list()
                failures = 0
                await self._follow(version)
            except VersionGone:
                continue
            except ClusterError:
                failures += 1
                await asyncio.sleep(random.uniform(0.1, min(30.0, 0.8 * 2**failures)))

    async def _list(self) -> str:
        listing = await self._cluster.list(self._kind, selector=self._selector)
        before, self._known = self._known, {}
        for manifest in listing.objects:
            self._see(manifest)
        for gone in before.keys() - self._known.keys():
            self._wake_all(before[gone])
        return listing.resource_version

    async def _follow(self, version: str) -> None:
        while True:
            events = self._cluster.watch(
                self._kind, selector=self._selector, resource_version=version
            )
            async for event in events:
                version = event.object["metadata"]["resourceVersion"]
                if event.type == "DELETED":
                    self._wake_all(self._keys(event.object))
                    self._known.pop(key_of_object(event.object), None)
                elif event.type != "BOOKMARK":
                    self._see(event.object)

    def _see(self, manifest: Manifest) -> None:
        keys = self._known[key_of_object(manifest)] = list(self._keys(manifest))
        self._wake_all(keys)

    def _wake_all(self, keys: list[Key] | Iterable[Key]) -> None:
        for key in keys:
            self._wake(key)
