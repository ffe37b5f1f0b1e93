"""What real controllers were recorded to do, as an informer could come to hear of it."""

import copy
import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tablecast.inbound.changes import Change, Changed, Gone

FOLDER = Path(__file__).parents[1] / "recordings"
NAMES = sorted(path.name.removesuffix(".jsonl.gz") for path in FOLDER.glob("*.jsonl.gz"))
KINDS = ("Pod", "Workflow", "InferenceService", "TrainedModel")


@dataclass(frozen=True)
class Recorded:
    """One event of a watch."""

    kind: str
    type: str
    object: dict[str, Any]

    @property
    def uid(self) -> str:
        return str(self.object["metadata"]["uid"])

    @property
    def change(self) -> Change:
        if self.type == "DELETED":
            return Gone(self.uid, self.object)
        return Changed(self.object)


@cache
def events(name: str) -> tuple[Recorded, ...]:
    """A recording's events of the kinds that are watched, in the order received."""
    with gzip.open(FOLDER / f"{name}.jsonl.gz", "rt") as stream:
        lines = [json.loads(line) for line in stream]
    return tuple(
        Recorded(line["kind"], line["type"], line["object"])
        for line in lines
        if line["kind"] in KINDS and line["type"] != "BOOKMARK"
    )


def labelled(
    recorded: Iterable[Recorded], labels: dict[str, str], namespace: str | None = None
) -> list[Recorded]:
    """The same events with our labels on their objects, as our own manifests would put them there,
    and in a namespace of ours."""
    found = []
    for one in recorded:
        manifest = copy.deepcopy(one.object)
        manifest["metadata"].setdefault("labels", {}).update(labels)
        manifest["metadata"]["namespace"] = namespace or manifest["metadata"]["namespace"]
        found.append(Recorded(one.kind, one.type, manifest))
    return found


def standing(recorded: Iterable[Recorded]) -> dict[str, Recorded]:
    """What a list would give after these events, by UID."""
    found: dict[str, Recorded] = {}
    for one in recorded:
        if one.type == "DELETED":
            found.pop(one.uid, None)
        else:
            found[one.uid] = one
    return found


def relisted(heard: list[Recorded], missed: list[Recorded]) -> list[tuple[str, Change]]:
    """What an informer tells that heard some events, missed some, and listed again after them."""
    told = [(one.kind, one.change) for one in heard]
    known = {one.uid: one.kind for one in heard if one.type != "DELETED"}
    for one in heard:
        if one.type == "DELETED":
            known.pop(one.uid, None)
    now = standing([*heard, *missed])
    told += [(one.kind, Changed(one.object)) for one in now.values()]
    told += [(kind, Gone(uid)) for uid, kind in known.items() if uid not in now]
    return told
