"""Server-side apply: who owns which field, and what an apply makes of an object.

Pure: dicts in, dicts out. A set of fields is a tree of dicts whose leaves are empty dicts. Lists
are atomic, except `metadata.finalizers` (a set) and `metadata.ownerReferences` (by uid).
"""

from copy import deepcopy
from typing import Any

Tree = dict[str, Any]
Owners = dict[str, Tree]

_ITEM_KEYS = {"finalizers": lambda item: item, "ownerReferences": lambda item: item["uid"]}


def keyed(body: Tree) -> Tree:
    """Return `body` with its two keyed lists as dicts, so that all else is one rule."""
    return _metadata_lists(body, lambda name, items: {_ITEM_KEYS[name](i): i for i in items})


def listed(body: Tree) -> Tree:
    """Undo `keyed`; a keyed list that has become empty goes."""
    return _metadata_lists(body, lambda _, items: list(items.values()))


def _metadata_lists(body: Tree, change: Any) -> Tree:
    metadata = dict(body.get("metadata", {}))
    for name in _ITEM_KEYS:
        if metadata.get(name):
            metadata[name] = change(name, metadata[name])
        else:
            metadata.pop(name, None)
    return {**body, "metadata": metadata} if "metadata" in body else dict(body)


def fields(value: Any) -> Tree:
    """Return the tree of fields that `value` sets."""
    if not isinstance(value, dict):
        return {}
    return {key: fields(child) for key, child in value.items()}


def applied(live: Tree, patch: Tree, owners: Owners, manager: str) -> tuple[Tree, Owners]:
    """Apply `patch` (keyed) over `live` (keyed) for `manager`, by force.

    Fields that `manager` applied before and now leaves out go, unless somebody else owns them
    too; who owned a field that changes loses it.
    """
    mine = fields(patch)
    others = {
        name: _disowned(tree, live, patch) for name, tree in owners.items() if name != manager
    }
    body = _without(live, owners.get(manager, {}), mine, list(others.values()))
    return _merged(body, patch), {**{n: t for n, t in others.items() if t}, manager: mine}


def _merged(live: Any, patch: Any) -> Any:
    if not isinstance(patch, dict) or not isinstance(live, dict):
        return deepcopy(patch)
    merged = dict(live)
    for key, value in patch.items():
        merged[key] = _merged(live.get(key), value)
    return merged


def _without(live: Tree, before: Tree, mine: Tree, others: list[Tree]) -> Tree:
    kept = dict(live)
    for key, below in before.items():
        if key not in kept:
            continue
        co_owners = [other[key] for other in others if key in other]
        if isinstance(kept[key], dict) and (below or key in mine):
            kept[key] = _without(kept[key], below, mine.get(key, {}), co_owners)
            if not kept[key] and below and key not in mine and not co_owners:
                del kept[key]
        elif key not in mine and not co_owners:
            del kept[key]
    return kept


def _disowned(tree: Tree, live: Any, patch: Any) -> Tree:
    """Return what is left of an owner's fields once `patch` has changed some of them."""
    left: Tree = {}
    for key, below in tree.items():
        if key not in patch:
            left[key] = below
            continue
        old = live.get(key) if isinstance(live, dict) else None
        if isinstance(patch[key], dict) and isinstance(old, dict) and below:
            if rest := _disowned(below, old, patch[key]):
                left[key] = rest
        elif patch[key] == old or (isinstance(patch[key], dict) and isinstance(old, dict)):
            left[key] = below
    return left
