"""What is tried at the points, and how often."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from tests.failpoints.arming import Action, Armed
from tests.failpoints.late_stories import LATE
from tests.failpoints.play import Play, Played
from tests.failpoints.points import points, story_of
from tests.failpoints.told import STORIES
from tests.simulation.loop import Stuck


class Tried(Protocol):
    """Something that is tried, at `point`, for the `time`-th time."""

    @property
    def point(self) -> str:
        """What it is about."""
        ...

    @property
    def time(self) -> int:
        """Its seed."""
        ...

    def play(self) -> Played:
        """Play it; raise what was not as promised."""
        ...


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


@dataclass(frozen=True)
class Losses:
    """A story in which each `every`-th answer of a verb is lost."""

    verb: str
    story: str
    every: int
    time: int

    @property
    def point(self) -> str:
        """What this is about."""
        return f"each {self.every}. answer of {self.verb} in {self.story}"

    def play(self) -> Played:
        """Play it; raise what was not as promised."""

        def prepare(stage: Play) -> None:
            stage.points.losing = (self.verb, self.every)

        return STORIES[self.story].play(self.time, prepare)


# A story that makes many calls of a verb, which of their answers are lost, and how many that are at least in
# a play. What is tried again until an answer comes may not lose each.
LOSSES: dict[str, tuple[str, int, int]] = {
    "apply": ("tables", 15, 1),
    "create": ("trainings", 1, 6),
    "get": ("servings", 3, 2),
    "delete": ("servings", 1, 4),
    "list": ("tables", 12, 4),
    "versions": ("tables", 2, 9),
    "watch": ("adopted model", 3, 4),
    "request": ("servings", 5, 3),
    "commit": ("tables", 9, 7),
    "mark": ("servings", 2, 4),
    "renew": ("tables", 2, 1),
}


def losses(many: int) -> list[Tried]:
    """Trials in which so many answers of each verb are lost, and a few more."""
    return [
        Losses(verb, story, every, time)
        for verb, (story, every, each) in LOSSES.items()
        for time in range(-(-many // each))
    ]


@dataclass(frozen=True)
class Late:
    """A relay frozen before it makes a Workflow, that goes on when this has come and gone."""

    story: str
    time: int

    @property
    def point(self) -> str:
        """What this is about."""
        return f"a relay woke late: {self.story}"

    def play(self) -> Played:
        """Play it; raise what was not as promised."""
        return STORIES[self.story].play(self.time)


def late(times: int) -> list[Tried]:
    """Each of the stories of relays that wake late, so many times."""
    return [Late(story, time) for time in range(times) for story in LATE]


def trials(action: Action, times: int) -> list[Tried]:
    """A trial of each point, so many times. Frozen are only those at which nothing is open."""
    chosen = points()
    if action == "freeze":
        chosen = [one for one in chosen if " outbound." in one and not one.endswith(" commit")]
    return [Trial(action, point, time) for time in range(times) for point in chosen]


def outcomes(
    these: list[Tried],
) -> Iterator[tuple[Tried, Played | None, str]]:
    """How each trial went, and what was not as promised, "" where all was."""
    for trial in these:
        try:
            played = trial.play()
        except (Exception, Stuck) as error:
            yield trial, None, f"{type(error).__name__}: {error}"
        else:
            yield trial, played, "" if played.done else "it was never reached"
