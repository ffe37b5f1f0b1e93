"""A cluster in memory, at the port, that fails on purpose.

Objects have uids, resource versions and deletions that take a while; a fault is queued by the method
and kind that it hits. What controllers would do is done by hand in the tests.
"""

from __future__ import annotations

import copy
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tablecast.cluster.port import (
    FIELD_MANAGER,
    MANAGED,
    Call,
    Kind,
    Listing,
    Manifest,
    WatchEvent,
    kind_of,
)
from tablecast.errors import (
    ClusterError,
    ObjectConflict,
    ObjectExists,
    ObjectMissing,
    Unreachable,
)

Key = tuple[str, str, str]


@dataclass
class Fault:
    """One call's failure; `lost`: the call works all the same, only its answer is lost."""

    error: ClusterError
    lost: bool = False


@dataclass
class Answer:
    """An HTTP answer of the fake datastore."""

    status: int
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    async def read(self) -> bytes:
        return self.content

    async def chunks(self) -> AsyncIterator[bytes]:
        yield self.content


class FakeCluster:
    """Objects by kind, namespace and name; `slow` kinds stay a while after their deletion."""

    def __init__(self) -> None:
        self.objects: dict[Key, Manifest] = {}
        self.slow: set[str] = set()
        self.created: list[Key] = []
        self.applied: list[Key] = []
        self.requests: list[Call] = []
        self.answers: dict[tuple[str, str], Answer] = {}
        self.hook: Callable[[str, Key], Any] | None = None
        self._faults: dict[tuple[str, str], list[Fault]] = defaultdict(list)
        self._version = 0

    def fail(self, method: str, kind: str, *errors: ClusterError, lost: bool = False) -> None:
        """Let the next calls of a method on a kind fail, each with one of these errors."""
        self._faults[method, kind].extend(Fault(error, lost) for error in errors)

    def lose_answer(self, method: str, kind: str) -> None:
        """Let the next call work, and its answer be lost."""
        self.fail(method, kind, Unreachable("connection reset by peer"), lost=True)

    def of(self, kind: str) -> list[Manifest]:
        """Objects of a kind, in the order of their names."""
        return [self.objects[key] for key in sorted(self.objects) if key[0] == kind]

    def names(self, kind: str) -> list[str]:
        """Names of the objects of a kind."""
        return [each["metadata"]["name"] for each in self.of(kind)]

    def vanish(self, kind: str) -> None:
        """Every object of a kind is gone, without anybody having asked for it."""
        for key in [key for key in self.objects if key[0] == kind]:
            del self.objects[key]

    def make_ready(self, kind: str) -> None:
        """A controller says Ready of every object of a kind."""
        for each in self.of(kind):
            each["status"] = {"conditions": [{"type": "Ready", "status": "True"}]}

    def finish_deletions(self) -> None:
        """What was going is gone."""
        for key, each in list(self.objects.items()):
            if each["metadata"].get("deletionTimestamp"):
                self._drop(key)

    async def apply(
        self, manifest: Manifest, *, manager: str = FIELD_MANAGER, subresource: str = ""
    ) -> Manifest:
        key = _key(kind_of(manifest), manifest["metadata"])
        fault = await self._meet("apply", key)
        there = self.objects.get(key)
        uid = manifest["metadata"].get("uid")
        if uid and (there is None or there["metadata"]["uid"] != uid):
            raise ObjectConflict("the UID in the precondition does not match", status=409)
        stored = self._store(key, _merged(there or {}, manifest))
        self.applied.append(key)
        return _answered(stored, fault)

    async def create(self, manifest: Manifest, *, manager: str = FIELD_MANAGER) -> Manifest:
        key = _key(kind_of(manifest), manifest["metadata"])
        fault = await self._meet("create", key)
        if key in self.objects:
            raise ObjectExists(f"{key[2]} already exists", status=409)
        stored = self._store(key, copy.deepcopy(manifest))
        self.created.append(key)
        return _answered(stored, fault)

    async def get(self, kind: Kind, namespace: str, name: str) -> Manifest:
        key = (kind.kind, namespace, name)
        fault = await self._meet("get", key)
        if key not in self.objects:
            raise ObjectMissing(f"{name} not found", status=404)
        return _answered(self.objects[key], fault)

    async def delete(self, kind: Kind, namespace: str, name: str, *, uid: str = "") -> None:
        key = (kind.kind, namespace, name)
        fault = await self._meet("delete", key)
        there = self.objects.get(key)
        if there is None:
            raise ObjectMissing(f"{name} not found", status=404)
        if uid and there["metadata"]["uid"] != uid:
            raise ObjectConflict("the UID in the precondition does not match", status=409)
        there["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        if kind.kind not in self.slow:
            self._drop(key)
        _answered({}, fault)

    async def list(self, kind: Kind, *, namespace: str = "", selector: str = "") -> Listing:
        fault = await self._meet("list", (kind.kind, namespace, ""))
        wanted = dict(part.split("=", 1) for part in selector.split(",") if part)
        matching = [
            copy.deepcopy(each)
            for each in self.of(kind.kind)
            if not namespace or each["metadata"].get("namespace") == namespace
            if wanted.items() <= (each["metadata"].get("labels") or {}).items()
        ]
        return _answered(Listing(matching, str(self._version)), fault)

    async def watch(
        self, kind: Kind, *, namespace: str = "", selector: str = "", resource_version: str
    ) -> AsyncIterator[WatchEvent]:
        raise Unreachable("this cluster is not watched")
        yield

    async def logs(
        self, namespace: str, pod: str, *, container: str = "main", follow: bool = False
    ) -> AsyncIterator[bytes]:
        raise Unreachable("this cluster runs no pod")
        yield b""

    @asynccontextmanager
    async def request(self, call: Call) -> AsyncIterator[Answer]:
        """The datastore's answer: as told in `answers` by method and path, or a plain success."""
        fault = await self._meet("request", (call.target.name, call.target.namespace, call.path))
        self.requests.append(call)
        told = self.answers.get((call.method, call.path.split("?")[0]))
        answer = told or Answer(_success(call.method), json.dumps({"sha256": "c" * 64}).encode())
        yield _answered(answer, fault)

    def asked(self, method: str) -> list[str]:
        """Paths that were requested with a method, each once, in order."""
        return list(dict.fromkeys(call.path for call in self.requests if call.method == method))

    async def _meet(self, method: str, key: Key) -> Fault | None:
        if self.hook is not None:
            await self.hook(method, key)
        queue = self._faults[method, key[0]]
        fault = queue.pop(0) if queue else None
        if fault is not None and not fault.lost:
            raise fault.error
        return fault

    def _store(self, key: Key, manifest: Manifest) -> Manifest:
        self._version += 1
        manifest["metadata"].setdefault("uid", str(uuid4()))
        manifest["metadata"]["resourceVersion"] = str(self._version)
        self.objects[key] = manifest
        return manifest

    def _drop(self, key: Key) -> None:
        self.objects.pop(key, None)
        if key[0] == "Namespace":
            for inner in [each for each in self.objects if each[1] == key[2]]:
                del self.objects[inner]


def ours(there: Manifest) -> bool:
    """Whether an object carries the label of everything that is ours."""
    return bool(there["metadata"]["labels"].get(MANAGED) == "true")


def _answered(value: Any, fault: Fault | None) -> Any:
    if fault is not None:
        raise fault.error
    return value if isinstance(value, Answer | Listing) else copy.deepcopy(value)


def _key(kind: Kind, metadata: Mapping[str, Any]) -> Key:
    return kind.kind, metadata.get("namespace", ""), metadata["name"]


def _merged(there: Any, change: Any) -> Any:
    if not isinstance(there, dict) or not isinstance(change, dict):
        return copy.deepcopy(change)
    return {
        key: _merged(there.get(key), change[key]) if key in change else there[key]
        for key in there.keys() | change.keys()
    }


def _success(method: str) -> int:
    return {"POST": 201, "PUT": 202, "DELETE": 204}.get(method, 200)
