"""Facts and pictures without a database: what projections keep of changes, and make of them."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tablecast.inbound import pods, workflows
from tablecast.inbound.changes import Change, Gone
from tablecast.inbound.informer import is_newer
from tablecast.inbound.picture import AttemptPicture, picture


class Kept:
    """The newest facts of each object, guarded as sightings are."""

    def __init__(self) -> None:
        self._facts: dict[str, tuple[str, str, Any, bool]] = {}

    def take(self, kind: str, change: Change) -> None:
        """Keep what a change tells, if it is no older than what is kept."""
        version, _, facts, gone = self._facts.get(change.uid, ("0", kind, None, False))
        if change.object is not None:
            new_version = change.object["metadata"]["resourceVersion"]
            if gone or is_newer(version, new_version):
                return
            version = new_version
            read = pods.step_pod if kind == "Pod" else workflows.workflow_facts
            facts = read(change.object)
        self._facts[change.uid] = (version, kind, facts, gone or isinstance(change, Gone))

    def picture(self) -> AttemptPicture:
        """What all of it amounts to."""
        there = [(kind, facts, gone) for _, kind, facts, gone in self._facts.values() if facts]
        workflow = next(((facts, gone) for kind, facts, gone in there if kind == "Workflow"), None)
        facts, gone = workflow or (None, False)
        found = [replace(one, gone=lost) for kind, one, lost in there if kind == "Pod"]
        return picture(facts, gone, found)


def fold(told: Iterable[tuple[str, Change]]) -> AttemptPicture:
    """The picture after all these changes."""
    kept = Kept()
    for kind, change in told:
        kept.take(kind, change)
    return kept.picture()
