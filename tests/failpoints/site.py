"""What stands in the simulated cluster besides objects: datastores that keep what they are told, and
model servers that have whatever the cluster has a TrainedModel or an InferenceService of."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tablecast.cluster.port import INFERENCE_SERVICE, TRAINED_MODEL, Call
from tablecast.errors import ObjectMissing, Unreachable
from tests.domain.world import PROFILE
from tests.inbound.datastores import MODEL
from tests.simulation.cluster import Store

Json = dict[str, Any]
ENTRY = {"type": "progress", "done": 1, "total": 1, "message": "read"}
OK, ACCEPTED, MISSING, REFUSED, BUSY = 200, 202, 404, 409, 503


@dataclass
class Answer:
    """What was answered."""

    status: int
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict)

    async def read(self) -> bytes:
        """All of it."""
        return json.dumps(self.body).encode()


class Site:
    """Answers HTTP; outlives every replica. `spoilt` uploads are not what was announced, `slow` seconds it
    takes to finish one; models are told of while `recording`, but for those `without_model`, and
    model servers have theirs while it `loads`. `asked` are methods and paths, each time anew."""

    def __init__(self, store: Store) -> None:
        self.uploads: dict[str, Json] = {}
        self.versions: dict[str, Json] = {}
        self.spoilt: set[str] = set()
        self.recording = True
        self.without_model: set[str] = set()
        self.loads = True
        self.slow = 0.0
        self.asked: list[tuple[str, str]] = []
        self._store = store

    @asynccontextmanager
    async def request(self, call: Call) -> AsyncIterator[Answer]:
        """The answer of a datastore, or of a model server."""
        self.asked.append((call.method, call.path))
        target = call.target
        if target.kind == "Pod" or target.name != "datastore":
            yield await self._served(target.namespace, call)
        else:
            await asyncio.sleep(self.slow if call.path.endswith("finish") else 0)
            yield self._stored(call)

    async def _served(self, namespace: str, call: Call) -> Answer:
        name = call.path.split("/")[3].split(":")[0]
        if call.method == "POST":
            return Answer(OK, {"predictions": []})
        for kind in (TRAINED_MODEL, INFERENCE_SERVICE):
            try:
                await self._store.get(kind, namespace, name)
            except ObjectMissing:
                continue
            return Answer(OK, {"ready": True}) if self.loads else _no(BUSY, "it is broken")
        raise Unreachable("connection refused")

    def _stored(self, call: Call) -> Answer:
        url = urlsplit(call.path)
        match [call.method, *url.path.strip("/").split("/")]:
            case ["GET", "healthz"]:
                return Answer(OK, {"volume": {}})
            case ["POST", "uploads"]:
                return self._upload(call)
            case [("PATCH" | "DELETE") as method, "uploads", upload]:
                return self._change(method, upload)
            case ["GET", "v1", "uploads", upload]:
                there = self.uploads.get(upload)
                return Answer(OK, there) if there else _no(MISSING, "UPLOAD_MISSING")
            case ["POST", "v1", "uploads", upload, "finish"]:
                return self._finish(upload)
            case [method, "v1", "datasets", _, "versions", version]:
                return self._version(method, version)
            case ["GET", "v1", "trainings", *_, "progress"]:
                return Answer(OK, {"steps": _progress(parse_qs(url.query))})
            case ["GET", "v1", "models", model]:
                return self._model(model)
            case ["DELETE", *_]:
                return Answer(OK, {})
        raise AssertionError(f"no datastore knows {call.method} {call.path}")

    def _upload(self, call: Call) -> Answer:
        upload = call.headers["Tablecast-Upload-Id"]
        state = {"offset": 0, "length": int(call.headers["Upload-Length"]), "state": "OPEN"}
        self.uploads.setdefault(upload, state)
        return Answer(OK, {})

    def _change(self, method: str, upload: str) -> Answer:
        if method == "DELETE":
            self.uploads.pop(upload, None)
        else:
            self.uploads[upload]["offset"] = self.uploads[upload]["length"]
        return Answer(OK, {})

    def _finish(self, upload: str) -> Answer:
        there = self.uploads.get(upload)
        if there is None:
            return _no(MISSING, "UPLOAD_MISSING")
        if upload in self.spoilt:
            return _no(REFUSED, "CHECKSUM_MISMATCH")
        there["state"] = "COMPLETE"
        return Answer(OK, {"state": "COMPLETE", "sha256": "c" * 64, "bytes": there["length"]})

    def _version(self, method: str, version: str) -> Answer:
        if method == "PUT":
            ready = {"state": "READY", "progress": 1.0, "profile": PROFILE, "rows": 344}
            sizes = {"columns": 7, "bytes": 20_000, "source_bytes": 100}
            hashes = {"sha256": "a" * 64, "source_sha256": "c" * 64}
            self.versions[version] = ready | sizes | hashes
            return Answer(ACCEPTED, {"state": "CONVERTING"})
        there = self.versions.get(version)
        return Answer(OK, there) if there else _no(MISSING, "VERSION_MISSING")

    def _model(self, model: str) -> Answer:
        if not self.recording:
            return _no(BUSY, "STARTING")
        return _no(MISSING, "MODEL_MISSING") if model in self.without_model else Answer(OK, MODEL)


def _no(status: int, code: str) -> Answer:
    return Answer(status, {"error": {"code": code, "message": code, "hint": ""}})


def _progress(offsets: Mapping[str, list[str]]) -> Json:
    """Each step wrote one line."""
    return {
        step: {"next": 1, "entries": [] if int(at) else [ENTRY]} for step, (at,) in offsets.items()
    }
