"""The snapshot: every managed object of the kinds that the sweep compares, listed once a sweep."""

import logging
from collections.abc import Iterable, Iterator

from tablecast.cluster.port import (
    DEPLOYMENT,
    INFERENCE_SERVICE,
    NAMESPACE,
    NETWORK_POLICY,
    RESOURCE_QUOTA,
    ROLE,
    ROLE_BINDING,
    SECRET,
    SERVICE,
    SERVICE_ACCOUNT,
    SERVING_RUNTIME,
    TRAINED_MODEL,
    VOLUME_CLAIM,
    WORKFLOW,
    Cluster,
    Kind,
    Manifest,
)
from tablecast.errors import ClusterRefusal
from tablecast.outbound.objects import found, managed

log = logging.getLogger(__name__)

# By namespace, "" for what is in none, and by name.
Placed = dict[str, dict[str, Manifest]]

LISTED = (
    NAMESPACE,
    VOLUME_CLAIM,
    RESOURCE_QUOTA,
    SERVICE_ACCOUNT,
    ROLE,
    ROLE_BINDING,
    NETWORK_POLICY,
    DEPLOYMENT,
    SERVICE,
    SERVING_RUNTIME,
    INFERENCE_SERVICE,
    TRAINED_MODEL,
    WORKFLOW,
)


class Snapshot:
    """What is in the cluster, by kind, namespace and name.

    `unseen` names the kinds that could not be listed: of these nothing is known to be missing.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.unseen: set[str] = set()
        self._cluster = cluster
        self._objects: dict[Kind, Placed] = {}

    async def look(self) -> None:
        """List every kind. One that the cluster's rights refuse is left out, the others are compared."""
        for kind in LISTED:
            try:
                objects = await managed(self._cluster, kind)
            except ClusterRefusal as exc:
                log.warning("%s cannot be listed: %s", kind.plural, exc)
                self.unseen.add(kind.kind)
                continue
            self._objects[kind] = _placed(objects)

    async def find(self, kind: Kind, namespace: str, name: str) -> Manifest | None:
        """One object; asked for where its kind is not listed: nobody shall need to list Secrets."""
        if kind == SECRET:
            return await found(self._cluster, kind, namespace, name)
        return self._objects.get(kind, {}).get(namespace, {}).get(name)

    async def again(self, kind: Kind, namespace: str, name: str) -> Manifest | None:
        """One object as it is now."""
        if kind != SECRET:
            here = await managed(self._cluster, kind, namespace if kind.namespaced else "")
            within = namespace if kind.namespaced else ""
            self._objects.setdefault(kind, {})[within] = _placed(here).get(within, {})
        return await self.find(kind, namespace, name)

    async def unlabelled(self, kind: Kind, namespace: str, name: str) -> Manifest | None:
        """An object that is there, and was not listed because a hand took our label off it."""
        if kind in (NAMESPACE, SECRET):
            return await found(self._cluster, kind, namespace, name)
        here = (await self._cluster.list(kind, namespace=namespace)).objects
        return next((each for each in here if each["metadata"]["name"] == name), None)

    def all(self, *kinds: Kind) -> Iterator[Manifest]:
        """Every object of some kinds, of all that are listed where none is named."""
        for kind in kinds or LISTED:
            for objects in self._objects.get(kind, {}).values():
                yield from objects.values()

    def within(self, namespace: str, *kinds: Kind) -> Iterator[Manifest]:
        """Every object of some kinds in a namespace, of all that are listed where none is named."""
        for kind in kinds or LISTED:
            yield from self._objects.get(kind, {}).get(namespace, {}).values()


def _placed(objects: Iterable[Manifest]) -> Placed:
    placed: Placed = {}
    for there in objects:
        metadata = there["metadata"]
        placed.setdefault(metadata.get("namespace", ""), {})[metadata["name"]] = there
    return placed
