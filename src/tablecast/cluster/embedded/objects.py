"""What a write may set of an object, and what an object is called: pure, shared by the store."""

from tablecast.cluster.embedded.admission import WITH_STATUS, normalised
from tablecast.cluster.embedded.rows import Row
from tablecast.cluster.port import KINDS, NAMESPACE, Kind, Manifest, WatchEvent
from tablecast.errors import ObjectConflict, ObjectMissing

_SERVERS_OWN = {
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "managedFields",
}


def key_of(kind: Kind) -> str:
    """Return the name under which the store keeps a kind."""
    return f"{kind.plural}.{kind.group}"


def resource_of(kind: Kind) -> str:
    """Return a kind as messages name it: "workflows.argoproj.io"."""
    return key_of(kind).rstrip(".")


def known_kind(manifest: Manifest) -> Kind:
    """Return the kind of a manifest; `ObjectMissing` (404) for one that is not served."""
    kind = KINDS.get((manifest.get("apiVersion", ""), manifest.get("kind", "")))
    if kind is None:
        name = f"{manifest.get('apiVersion')}/{manifest.get('kind')}"
        raise ObjectMissing(f"the server could not find the requested resource: {name}", 404)
    return kind


def applicable(kind: Kind, manifest: Manifest, subresource: str) -> Manifest:
    """Return the fields of a manifest that a write may set, without the server's own."""
    if subresource:
        return {subresource: manifest.get(subresource, {})}
    skipped = {"apiVersion", "kind"} | ({"status"} if kind in WITH_STATUS else set())
    body = {key: value for key, value in manifest.items() if key not in skipped}
    body["metadata"] = {k: v for k, v in manifest["metadata"].items() if k not in _SERVERS_OWN}
    return normalised(kind, body)


def content(kind: Kind, body: Manifest) -> Manifest:
    """Return what a new generation is counted by."""
    outside = {"metadata", "status"} if kind in WITH_STATUS else {"metadata"}
    return {key: value for key, value in body.items() if key not in outside}


def held(body: Manifest) -> bool:
    """Say whether a deletion must wait: finalizers, or a namespace's contents."""
    is_namespace = body["kind"] == NAMESPACE.kind
    return is_namespace or bool(body["metadata"].get("finalizers"))


def check_uid(row: Row, uid: str) -> None:
    """Raise `ObjectConflict` where `uid` is given and not the object's."""
    if uid and uid != row.uid:
        message = f"{row.name}: the UID in the precondition ({uid}) is not the object's ({row.uid})"
        raise ObjectConflict(message, 409, "Conflict")


def check_version(row: Row, version: str) -> None:
    """Raise `ObjectConflict` where `version` is given and not the object's."""
    if version and version != row.body["metadata"]["resourceVersion"]:
        message = f"{row.name}: the object has been modified; apply to the latest version"
        raise ObjectConflict(message, 409, "Conflict")


def bookmark(kind: Kind, version: int) -> WatchEvent:
    """Return the event that says: nothing else up to `version`."""
    metadata = {"resourceVersion": str(version)}
    body = {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata}
    return WatchEvent("BOOKMARK", body)
