"""Projections: an object's change becomes facts, and facts that are news become rows, in one deed.

Guarded by UID and resource version: an older state changes nothing, an object of the same name with
another UID is another object. What was read off an object stays in its sighting.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tortoise.exceptions import IntegrityError

from tablecast import tracing
from tablecast.cluster.port import Kind, Manifest
from tablecast.domain.deeds import SYSTEM, Deed, deed
from tablecast.domain.identity import new_id
from tablecast.domain.retrying import again
from tablecast.domain.tables import Project, Sighting
from tablecast.domain.traces import traceparent_of
from tablecast.inbound.changes import Change, Gone
from tablecast.inbound.informer import is_newer
from tablecast.inbound.signals import Signals, Then
from tablecast.metering import PROJECTING

PREFIX = "tablecast.dev/"
OF = ("noun", "id", "operation", "attempt", "revision")

Facts = dict[str, Any]


@dataclass(frozen=True)
class Watched:
    """A kind to keep up with: which objects of it, what to read off one, and what to write then.

    `write` gets the sighting, whose facts and `gone` are new. `expected` adds UIDs that ought to be
    there though no informer has seen them, and `unseen` tells of one of these that it is gone.
    """

    kind: Kind
    selector: str
    facts: Callable[[Manifest], Facts | None]
    write: Callable[[Deed, Sighting], Awaitable[Then]]
    expected: Callable[[], Awaitable[dict[str, str]]] | None = None
    unseen: Callable[[str], Awaitable["Seen | None"]] | None = None


@dataclass(frozen=True)
class Seen:
    """What one change tells of an object."""

    uid: str
    project_id: str
    namespace: str
    name: str
    version: str
    facts: Facts
    gone: bool


def look(watched: Watched, change: Change) -> Seen | None:
    """Read a change; None for an object that is nobody's, or whose kind of it nobody cares for."""
    if change.object is None:
        return None
    metadata = change.object["metadata"]
    labels = metadata.get("labels") or {}
    facts = watched.facts(change.object)
    if facts is None or f"{PREFIX}project" not in labels:
        return None
    owner = {key: labels[PREFIX + key] for key in OF if PREFIX + key in labels}
    return Seen(
        uid=change.uid,
        project_id=labels[f"{PREFIX}project"],
        namespace=metadata.get("namespace", ""),
        name=metadata["name"],
        version=metadata.get("resourceVersion", ""),
        facts=facts | {"of": owner},
        gone=isinstance(change, Gone),
    )


class Projection:
    """Writes down what one kind's informer tells."""

    def __init__(self, watched: Watched, signals: Signals) -> None:
        self._watched = watched
        self._signals = signals
        self._measured = PROJECTING.labels(watched.kind.plural)

    async def project(self, change: Change) -> None:
        """Write a change down if it is news."""
        with self._measured.time():
            await self._project(change)

    async def _project(self, change: Change) -> None:
        sighting = await Sighting.get_or_none(uid=change.uid)
        seen = look(self._watched, change)
        if seen is None:
            if isinstance(change, Gone):
                await self._miss(change.uid, sighting)
            return
        if is_news(sighting, seen) and await Project.exists(id=seen.project_id):
            await self._write(seen)

    async def remembered(self) -> dict[str, str]:
        """UIDs of this kind that were there when last looked at, with their resource versions."""
        kept = Sighting.filter(kind=self._watched.kind.kind, gone=False)
        found = dict(await kept.values_list("uid", "resource_version"))
        if self._watched.expected is not None:
            found = await self._watched.expected() | found
        return {str(uid): str(version) for uid, version in found.items()}

    async def _write(self, seen: Seen) -> None:
        operation_id = str(seen.facts.get("of", {}).get("operation", ""))
        with tracing.span(
            f"project {self._watched.kind.kind}",
            parent=await traceparent_of(operation_id),
            kind="consumer",
            operation_id=operation_id,
            **{"k8s.namespace.name": seen.namespace, "k8s.object.name": seen.name},
        ):
            await self._write_down(seen)

    async def _write_down(self, seen: Seen) -> None:
        try:
            await again(lambda: self._write_once(seen))
        except IntegrityError:
            # Another replica saw the object at the same moment, and its sighting is there now.
            await again(lambda: self._write_once(seen))

    async def _write_once(self, seen: Seen) -> None:
        async with deed(SYSTEM, seen.project_id) as tx:
            sighting = await Sighting.select_for_update().get_or_none(uid=seen.uid)
            if not is_news(sighting, seen):
                return
            sighting = await self._record(sighting, seen)
            then = await self._watched.write(tx, sighting)
        await self._signals.follow_up(then, seen.project_id)

    async def _record(self, sighting: Sighting | None, seen: Seen) -> Sighting:
        if sighting is None:
            sighting = Sighting(
                id=new_id(),
                project_id=seen.project_id,
                uid=seen.uid,
                kind=self._watched.kind.kind,
                namespace=seen.namespace,
                name=seen.name,
            )
        sighting.resource_version = seen.version
        sighting.facts = seen.facts
        sighting.gone = seen.gone
        await sighting.save()
        return sighting

    async def _miss(self, uid: str, sighting: Sighting | None) -> None:
        """Write down that an object is gone of which nothing newer is known than its sighting."""
        seen = None
        if sighting is not None:
            seen = _vanished(sighting)
        elif self._watched.unseen is not None:
            seen = await self._watched.unseen(uid)
        if seen is not None and is_news(sighting, seen):
            await self._write(seen)


def is_news(sighting: Sighting | None, seen: Seen) -> bool:
    """Whether what was seen is newer than the sighting, and other than it."""
    if sighting is None:
        return True
    if sighting.gone or is_newer(sighting.resource_version, seen.version):
        return False
    return seen.gone or sighting.facts != seen.facts


def _vanished(sighting: Sighting) -> Seen:
    return Seen(
        uid=sighting.uid,
        project_id=sighting.project_id,
        namespace=sighting.namespace,
        name=sighting.name,
        version=sighting.resource_version,
        facts=sighting.facts or {},
        gone=True,
    )
