"""What is tried at the points, and how often."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tests.failpoints.arming import Action, Armed
from tests.failpoints.play import Play, Played
from tests.failpoints.points import points, story_of
from tests.failpoints.told import STORIES
from tests.simulation.loop import Stuck


@dataclass(frozen=True)
class Trial:
    """Something that happens at one point of its story, at the `time`-th trial of it."""

    action: Action
    point: str
    time: int

    def play(self) -> Played:
        """Play it; raise what was not as promised."""
        played = self._at(self._hit())
        # Another seed, and the point was reached less often: then the first time is the one.
        return played if played.done else self._at(1)

    def _at(self, hit: int) -> Played:
        def prepare(stage: Play) -> None:
            stage.points.arm(self.point, Armed(self.action, hit))

        return STORIES[story_of(self.point)].play(self.time, prepare)

    def _hit(self) -> int:
        if not self.time:
            return 1
        return 1 + (self.time * 7919) % unarmed(story_of(self.point)).hits[self.point]


@cache
def unarmed(story: str) -> Played:
    """A story in which nothing happens."""
    return STORIES[story].play(0)


def trials(action: Action, times: int) -> list[Trial]:
    """A trial of each point, so many times."""
    return [Trial(action, point, time) for time in range(times) for point in points()]


def outcomes(these: list[Trial]) -> Iterator[tuple[Trial, Played | None, str]]:
    """How each trial went, and what was not as promised, "" where all was."""
    for trial in these:
        try:
            played = trial.play()
        except (Exception, Stuck) as error:
            yield trial, None, f"{type(error).__name__}: {error}"
        else:
            yield trial, played, "" if played.done else "it was never reached"
