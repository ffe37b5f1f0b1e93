"""Differences: the wished fields of an object that somebody's hand has changed. Pure.

Only what is wished is compared: what controllers and webhooks add is theirs. Where the API server says
whose a field is (`managedFields`), one that is still ours is no difference: the server only writes it
in another way, or this version of Tablecast wishes another thing, which is not for a sweep to roll out.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tablecast.cluster.port import FIELD_MANAGER, Manifest
from tablecast.outbound.objects import LABEL

# Lists that others may add to: compared item by item, by what tells the items apart.
KEYED = {
    "containers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "ports": ("port", "protocol"),
    "templates": ("name",),
}
# Says who applied an object last, which is not what it is.
NEWEST_WISH = f"{LABEL}/operation"

_ABSENT: Any = object()

Owned = Mapping[str, Any] | None


def differences(wish: Manifest, there: Manifest) -> list[str]:
    """Paths of wished fields that are another in `there`, such as "spec.replicas"."""
    return [path.lstrip(".") for path in _differ(_content(wish), there, _owned(there), "")]


def _content(wish: Manifest) -> Manifest:
    metadata = wish["metadata"]
    labels = {key: text for key, text in metadata["labels"].items() if key != NEWEST_WISH}
    kept = {"labels": labels, "annotations": metadata.get("annotations", {})}
    rest = {key: value for key, value in wish.items() if key not in ("apiVersion", "kind")}
    return rest | {"metadata": kept}


def _owned(there: Manifest) -> Owned:
    entries = there["metadata"].get("managedFields")
    if not entries:
        return None
    found: dict[str, Any] = {}
    for entry in entries:
        if entry.get("manager") == FIELD_MANAGER and not entry.get("subresource"):
            found = _joined(found, entry.get("fieldsV1", {}))
    return found


def _joined(one: Any, other: Any) -> Any:
    both = {key: _joined(one[key], other[key]) for key in one.keys() & other.keys()}
    return {**one, **other, **both}


def _differ(wish: Any, there: Any, owned: Owned, path: str) -> Iterator[str]:
    if wish == there or (there is _ABSENT and wish in ({}, [])) or owned == {}:
        return
    if isinstance(wish, dict) and isinstance(there, dict):
        for key, value in wish.items():
            below = (owned or {}).get(f"f:{key}")
            yield from _differ(value, there.get(key, _ABSENT), below, f"{path}.{key}")
    elif isinstance(wish, list) and isinstance(there, list):
        yield from _differ_in_list(wish, there, owned, path)
    else:
        yield path


def _differ_in_list(wish: list[Any], there: list[Any], owned: Owned, path: str) -> Iterator[str]:
    keys = KEYED.get(path.rpartition(".")[2], ())
    if not (keys and all(isinstance(item, dict) and item.keys() >= set(keys) for item in wish)):
        pairs = zip(wish, there, strict=False)
        if len(wish) != len(there) or any(any(_differ(*pair, None, path)) for pair in pairs):
            yield path
        return
    by_key = {tuple(map(item.get, keys)): item for item in there if isinstance(item, dict)}
    for item in wish:
        key = tuple(map(item.get, keys))
        at = f"{path}[{item.get('name', key[0])}]"
        yield from _differ(item, by_key.get(key, _ABSENT), _item(owned, item), at)


def _item(owned: Owned, item: Mapping[str, Any]) -> Owned:
    for key, below in (owned or {}).items():
        if key.startswith("k:") and json.loads(key[2:]).items() <= item.items():
            return dict(below)
    return None
