"""Signals between this room's loops: what one has written makes another look at once."""

from dataclasses import dataclass, field
from enum import Flag, auto

from tablecast.domain.operations import wake
from tablecast.live import Signal


class Then(Flag):
    """What to do once a projection's transaction has been committed."""

    NOTHING = 0
    WAKE = auto()
    PROBE = auto()
    COLLECT = auto()


@dataclass(frozen=True)
class Signals:
    """`probe`: pods or models changed; `collect`: the datastore has, or soon will have, news."""

    probe: Signal = field(default_factory=Signal)
    collect: Signal = field(default_factory=Signal)

    async def follow_up(self, then: Then, project_id: str) -> None:
        """Wake what was waiting for the change that was just committed."""
        if Then.PROBE in then:
            self.probe.set()
        if Then.COLLECT in then:
            self.collect.set()
        if Then.WAKE in then:
            await wake(project_id)
