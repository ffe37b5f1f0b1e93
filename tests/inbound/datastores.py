"""A datastore's client whose answers a test writes down."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tablecast.errors import ObjectMissing, Unreachable

Json = dict[str, Any]


@dataclass
class Datastore:
    """Answers from what it holds; `down` names namespaces whose datastore refuses to answer,
    `hanging` those whose datastore says nothing at all."""

    down: set[str] = field(default_factory=set)
    hanging: set[str] = field(default_factory=set)
    uploads: dict[str, Json] = field(default_factory=dict)
    versions: dict[str, Json] = field(default_factory=dict)
    journals: dict[str, dict[str, list[Json]]] = field(default_factory=dict)
    models: dict[str, Json] = field(default_factory=dict)
    page: int = 1_000

    async def healthy(self, namespace: str) -> bool:
        return namespace not in self.down

    async def upload_state(self, namespace: str, upload: str) -> Json:
        return await self._held(namespace, self.uploads, upload)

    async def version_state(self, namespace: str, dataset: str, version: str) -> Json:
        return await self._held(namespace, self.versions, version)

    async def attempt_progress(
        self, namespace: str, training: str, attempt: int, offsets: Mapping[str, int] | None = None
    ) -> dict[str, Json]:
        """Offsets count lines here: what they count is the datastore's own business."""
        await self._answer(namespace)
        journals = self.journals.get(training, {})
        found = {}
        for step, offset in (offsets or {}).items():
            entries = journals.get(step, [])[offset : offset + self.page]
            found[step] = {"next": offset + len(entries), "entries": entries}
        return found

    async def model_documents(self, namespace: str, model_version: str) -> Json:
        return await self._held(namespace, self.models, model_version)

    async def _held(self, namespace: str, among: dict[str, Json], key: str) -> Json:
        await self._answer(namespace)
        if key not in among:
            raise ObjectMissing("There is none.", 404)
        return among[key]

    async def _answer(self, namespace: str) -> None:
        if namespace in self.hanging:
            await asyncio.Event().wait()
        if namespace in self.down:
            raise Unreachable("connection refused")


MODEL: Json = {
    "model": {
        "algorithm": "LIGHTGBM",
        "hyperparameters": {"trees": 100},
        "problem": "MULTICLASS_CLASSIFICATION",
        "sha256": "c" * 64,
        "bytes": 12_345,
        "file": "c" * 64 + ".tablecast",
    },
    "signature": {"problem": "MULTICLASS_CLASSIFICATION", "inputs": []},
    "evaluation": {
        "primary_metric": "ACCURACY",
        "metrics": [{"name": "ACCURACY", "value": 0.97}, {"name": "F1", "value": 0.9}],
    },
}
