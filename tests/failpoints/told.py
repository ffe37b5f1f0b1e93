"""Every story by its name, with the settings under which it is told."""

from dataclasses import dataclass

from tablecast.settings import Limits, Settings
from tests.failpoints import hand_stories, serving_stories, stories
from tests.failpoints.late_stories import LATE, while_frozen
from tests.failpoints.play import LIMITS, SETTINGS, Played, Prepare, Story, play

# So short that what is old goes while the story lasts.
SHORT = SETTINGS.model_copy(update={"keep_uploads_seconds": 3, "keep_attempts_seconds": 3})
BRIEF = LIMITS.model_copy(update={"upload_seconds": 8})


@dataclass(frozen=True)
class Told:
    """A story, and under which settings."""

    story: Story
    settings: Settings = SETTINGS
    limits: Limits = LIMITS

    def play(self, seed: int, prepare: Prepare = lambda _: None) -> Played:
        """Play it; see `play`."""
        return play(self.story, seed, prepare, self.settings, self.limits)


STORIES = {
    "tables": Told(stories.tables),
    "trainings": Told(stories.trainings),
    "servings": Told(serving_stories.servings),
    "broken servings": Told(serving_stories.broken_servings),
    "adopted model": Told(hand_stories.adopted_model),
    "drifts": Told(hand_stories.drifts),
    "housekeeping": Told(hand_stories.housekeeping, SHORT, BRIEF),
} | {name: Told(while_frozen(meanwhile)) for name, meanwhile in LATE.items()}
