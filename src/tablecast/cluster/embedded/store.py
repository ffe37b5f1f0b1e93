"""The objects: what an API server and its garbage collector do, in one process and one file.

Each write is one transaction, cascades included, so that a kill leaves no half of one behind.
Versions are one counter over everything; watches see writes in its order.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

from tablecast.cluster.embedded import moment, ownership, selectors
from tablecast.cluster.embedded.admission import WITH_GENERATION, admit, defaulted
from tablecast.cluster.embedded.history import Change, Window
from tablecast.cluster.embedded.objects import (
    applicable,
    bookmark,
    check_uid,
    check_version,
    content,
    held,
    key_of,
    known_kind,
    resource_of,
)
from tablecast.cluster.embedded.rows import Row, Rows
from tablecast.cluster.port import (
    FIELD_MANAGER,
    KINDS,
    NAMESPACE,
    Kind,
    Listing,
    Manifest,
    Versions,
    WatchEvent,
)
from tablecast.errors import (
    ClusterBusy,
    ClusterRefusal,
    ObjectConflict,
    ObjectExists,
    ObjectMissing,
    VersionGone,
)

_DECODED_AT_ONCE = 1000


class EmbeddedStore:
    """The store's half of the port: everything but logs and requests.

    `history` bounds how many changes a kind keeps for watches; a watch ends after
    `watch_seconds` and sends a bookmark after `bookmark_seconds` of silence.
    """

    def __init__(
        self,
        path: Path,
        *,
        history: int = 2048,
        watch_seconds: float = 420.0,
        bookmark_seconds: float = 30.0,
    ) -> None:
        self._rows = Rows(path)
        start = self._rows.version()
        self._windows = {key_of(kind): Window(history, start) for kind in KINDS.values()}
        self._watch_seconds = watch_seconds
        self._bookmark_seconds = bookmark_seconds
        self._changes: list[tuple[str, Change]] = []

    def close(self) -> None:
        """Close the file."""
        self._rows.close()

    async def apply(
        self, manifest: Manifest, *, manager: str = FIELD_MANAGER, subresource: str = ""
    ) -> Manifest:
        """See `port.Cluster.apply`."""
        kind = known_kind(manifest)
        return self._write(lambda: self._apply(kind, manifest, manager, subresource))

    async def create(self, manifest: Manifest, *, manager: str = FIELD_MANAGER) -> Manifest:
        """See `port.Cluster.create`."""
        kind = known_kind(manifest)
        return self._write(lambda: self._create(kind, manifest, f"{manager}/Update/"))

    async def get(self, kind: Kind, namespace: str, name: str) -> Manifest:
        """See `port.Cluster.get`."""
        return self._find(kind, namespace, name).body

    async def delete(self, kind: Kind, namespace: str, name: str, *, uid: str = "") -> None:
        """See `port.Cluster.delete`."""

        def deleted() -> Manifest:
            row = self._find(kind, namespace, name)
            check_uid(row, uid)
            self._delete(row)
            return row.body

        self._write(deleted)

    async def list(self, kind: Kind, *, namespace: str = "", selector: str = "") -> Listing:
        """See `port.Cluster.list`; the loop gets its turn while a long list is decoded."""
        wanted = selectors.parse(selector)
        version = self._rows.version()
        encoded = self._rows.bodies(key_of(kind), namespace, wanted.equal)
        objects: list[Manifest] = []
        for start in range(0, len(encoded), _DECODED_AT_ONCE):
            if start:
                await asyncio.sleep(0)
            decoded = map(orjson.loads, encoded[start : start + _DECODED_AT_ONCE])
            objects += [o for o in decoded if wanted.matches(o["metadata"].get("labels") or {})]
        return Listing(objects, str(version))

    async def versions(self, kind: Kind, *, selector: str = "", at_least: str) -> Versions:
        """See `port.Cluster.versions`."""
        listing = await self.list(kind, selector=selector)
        all_metadata = (each["metadata"] for each in listing.objects)
        found = {one["uid"]: one["resourceVersion"] for one in all_metadata}
        return Versions(found, listing.resource_version)

    async def watch(
        self, kind: Kind, *, namespace: str = "", selector: str = "", resource_version: str
    ) -> AsyncIterator[WatchEvent]:
        """See `port.Cluster.watch`."""
        wanted = selectors.parse(selector)
        window = self._windows[key_of(kind)]
        version = self._start_of_watch(resource_version)
        loop = asyncio.get_running_loop()
        end = loop.time() + self._watch_seconds
        while (left := end - loop.time()) > 0:
            for change in window.after(version):
                version = change.version
                if event := change.seen_by(namespace, wanted):
                    yield event
            if window.after(version, 1):
                continue
            silent = not await window.changed(min(left, self._bookmark_seconds))
            if silent and not window.after(version, 1):
                version = self._rows.version()
                yield bookmark(kind, version)

    def _start_of_watch(self, resource_version: str) -> int:
        if not resource_version.isdigit():
            raise ClusterRefusal(f"invalid resource version: {resource_version!r}", 400)
        if int(resource_version) > self._rows.version():
            raise VersionGone(f"too large resource version: {resource_version}", 410, "Expired")
        return int(resource_version)

    def _write(self, deed: Callable[[], Manifest]) -> Manifest:
        self._changes.clear()
        try:
            with self._rows.writing():
                result = deed()
        except sqlite3.Error as error:
            raise ClusterBusy(f"the store cannot be written: {error}", 500) from error
        for key, change in self._changes:
            self._windows[key].add(change)
        self._changes.clear()
        return result

    def _find(self, kind: Kind, namespace: str, name: str) -> Row:
        row = self._rows.find(key_of(kind), namespace if kind.namespaced else "", name)
        if row is None:
            raise ObjectMissing(f'{resource_of(kind)} "{name}" not found', 404, "NotFound")
        return row

    def _apply(self, kind: Kind, manifest: Manifest, manager: str, subresource: str) -> Manifest:
        metadata = manifest["metadata"]
        namespace = metadata.get("namespace", "") if kind.namespaced else ""
        row = self._rows.find(key_of(kind), namespace, metadata["name"])
        owner = f"{manager}/Apply/{subresource}"
        if row is None:
            if metadata.get("uid"):
                message = f"uid mismatch: no existing object has uid {metadata['uid']}"
                raise ObjectConflict(f"{metadata['name']}: {message}", 409, "Conflict")
            if subresource:
                self._find(kind, namespace, metadata["name"])
            return self._create(kind, manifest, owner)
        check_uid(row, metadata.get("uid", ""))
        check_version(row, metadata.get("resourceVersion", ""))
        patch = ownership.keyed(applicable(kind, manifest, subresource))
        live = ownership.keyed(row.body)
        body, owners = ownership.applied(live, patch, row.owners, owner)
        return self._update(kind, row, ownership.listed(body), owners)

    def _create(self, kind: Kind, manifest: Manifest, owner: str) -> Manifest:
        metadata = manifest["metadata"]
        namespace = metadata.get("namespace", "") if kind.namespaced else ""
        if kind.namespaced:
            self._check_namespace(namespace)
        if self._rows.find(key_of(kind), namespace, metadata["name"]):
            message = f'{resource_of(kind)} "{metadata["name"]}" already exists'
            raise ObjectExists(message, 409, "AlreadyExists")
        patch = applicable(kind, manifest, "")
        body: Manifest = {"apiVersion": kind.api_version, "kind": kind.kind}
        body |= defaulted(kind, patch)
        body["metadata"] = patch.get("metadata", {}) | {"name": metadata["name"]}
        if namespace:
            body["metadata"]["namespace"] = namespace
        admit(kind, body, None)
        body["metadata"] |= {"uid": str(uuid4()), "creationTimestamp": moment.now()}
        if kind in WITH_GENERATION:
            body["metadata"]["generation"] = 1
        owners = {owner: ownership.fields(ownership.keyed(patch))}
        row = Row(key_of(kind), namespace, metadata["name"], body, owners)
        self._put(row, None)
        self._collect_if_orphaned(row)
        return row.body

    def _update(self, kind: Kind, row: Row, body: Manifest, owners: Any) -> Manifest:
        if body == row.body:
            if owners != row.owners:
                self._rows.put(Row(row.kind, row.namespace, row.name, row.body, owners), row)
            return row.body
        admit(kind, body, row.body)
        if kind in WITH_GENERATION and content(kind, body) != content(kind, row.body):
            body["metadata"]["generation"] = row.body["metadata"]["generation"] + 1
        after = Row(row.kind, row.namespace, row.name, body, owners)
        deleting = body["metadata"].get("deletionTimestamp")
        if deleting and not held(body):
            self._put(after, row)
            self._remove(after)
        else:
            self._put(after, row)
        return after.body

    def _put(self, row: Row, before: Row | None) -> None:
        version = self._rows.next_version()
        row.body["metadata"]["resourceVersion"] = str(version)
        self._rows.put(row, before)
        labels = before.labels if before else {}
        self._note(row, version, "MODIFIED" if before else "ADDED", labels)

    def _delete(self, row: Row) -> None:
        metadata = row.body["metadata"]
        if not held(row.body):
            self._remove(row)
        elif not metadata.get("deletionTimestamp"):
            body = {**row.body, "metadata": {**metadata, "deletionTimestamp": moment.now()}}
            if "generation" in metadata:
                body["metadata"]["generation"] = metadata["generation"] + 1
            if row.kind == key_of(NAMESPACE):
                body["status"] = {"phase": "Terminating"}
            self._put(Row(row.kind, row.namespace, row.name, body, row.owners), row)
        if row.kind == key_of(NAMESPACE):
            self._empty_namespace(row.name)

    def _remove(self, row: Row) -> None:
        version = self._rows.next_version()
        row.body["metadata"]["resourceVersion"] = str(version)
        self._rows.drop(row)
        self._note(row, version, "DELETED", row.labels)
        for dependent in self._rows.dependents(row.uid):
            self._collect_if_orphaned(dependent)
        self._end_namespace(row.namespace)

    def _note(self, row: Row, version: int, type_: str, before: selectors.Labels) -> None:
        encoded = orjson.dumps(row.body)
        change = Change(version, type_, row.namespace, encoded, row.labels, before)
        self._changes.append((row.kind, change))

    def _collect_if_orphaned(self, row: Row) -> None:
        owners = row.body["metadata"].get("ownerReferences") or []
        current = self._rows.find(row.kind, row.namespace, row.name)
        if owners and current and not any(self._rows.lives(owner["uid"]) for owner in owners):
            self._delete(current)

    def _check_namespace(self, name: str) -> None:
        namespace = self._find(NAMESPACE, "", name)
        if namespace.body["metadata"].get("deletionTimestamp"):
            raise ClusterRefusal(
                f"unable to create new content in namespace {name} because it is being terminated",
                403,
                "Forbidden",
            )

    def _empty_namespace(self, name: str) -> None:
        for row in self._rows.inside(name):
            if current := self._rows.find(row.kind, row.namespace, row.name):
                self._delete(current)
        self._end_namespace(name)

    def _end_namespace(self, name: str) -> None:
        row = self._rows.find(key_of(NAMESPACE), "", name) if name else None
        if row and row.body["metadata"].get("deletionTimestamp") and not self._rows.inside(name):
            self._remove(row)
