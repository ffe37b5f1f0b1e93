"""What informers tell: an object is so now, or is gone. Consumers look at it, not at its history."""

from dataclasses import dataclass

from tablecast.cluster.port import Manifest


@dataclass(frozen=True)
class Changed:
    """The object as it is now."""

    object: Manifest

    @property
    def uid(self) -> str:
        """The object's UID."""
        return str(self.object["metadata"]["uid"])


@dataclass(frozen=True)
class Gone:
    """The object is there no more; `object` is its last state where that is known."""

    uid: str
    object: Manifest | None = None


Change = Changed | Gone


def merged(older: Change | None, newer: Change) -> Change:
    """Return what to look at when `newer` comes before `older` was looked at.

    The newest is enough, but for a disappearance without a last state: the older one has it.
    """
    if isinstance(newer, Gone) and newer.object is None and older is not None:
        return Gone(newer.uid, older.object)
    return newer
