"""The feed: a project's numbered events, tailed into the hub for whoever listens in this process.

Every replica tails; a local write wakes its own tail at once, another's is seen by the poll.
"""

import logging
from datetime import UTC, datetime

from tablecast import live
from tablecast.domain.states import Noun
from tablecast.domain.tables import Event, Project
from tablecast.errors import DatabaseUnavailable
from tablecast.live import Change, Hub, Signal
from tablecast.metering import FEED_LAG

log = logging.getLogger(__name__)

BATCH = 500

# A feed's last line, told before the project's rows are removed.
THE_END = "PROJECT_DELETED"


class Feed:
    """Follows the events of every project that somebody listens to."""

    def __init__(self, hub: Hub, signal: Signal, poll_seconds: float) -> None:
        self._hub = hub
        self._signal = signal
        self._poll_seconds = poll_seconds
        self._read: dict[str, int] = {}
        self._old: dict[str, int] = {}
        self._ending: set[str] = set()

    async def run(self) -> None:
        """Tail until cancelled."""
        while True:
            await self._signal.wait(self._poll_seconds)
            try:
                await self.publish_new()
            except DatabaseUnavailable as error:
                # What was not read yet is read by the next look.
                log.warning("the feed stands still: %s", error)

    async def publish_new(self) -> None:
        """Publish every event committed since the last look, project by project."""
        followed = self._hub.projects()
        for project_id in set(self._read) - set(followed):
            del self._read[project_id], self._old[project_id]
        self._ending &= set(followed)
        if not followed:
            return
        # One look for all: most feeds that are followed have nothing new.
        found = Project.filter(id__in=followed).values_list("id", "feed_sequence")
        newest_of = {str(project_id): int(number) for project_id, number in await found}
        for project_id in followed:
            number = newest_of.get(project_id)
            if number is None or number != self._read.get(project_id) or project_id in self._ending:
                await self._publish_project(project_id, number or 0)

    async def _publish_project(self, project_id: str, number: int) -> None:
        if project_id not in self._read:
            # Who subscribed reads the snapshot afterwards; from a little before now nothing is missed.
            self._old[project_id] = number
            self._read[project_id] = max(0, number - BATCH)
        while True:
            events = (
                await Event.filter(project_id=project_id, sequence__gt=self._read[project_id])
                .order_by("sequence")
                .limit(BATCH)
            )
            if not events:
                break
            self._read[project_id] = events[-1].sequence
            self._ending |= {project_id for event in events if event.type == THE_END}
            changes = [Change(event.noun, event.subject_id, event.sequence) for event in events]
            self._hub.publish(project_id, changes)
            self._measure(project_id, events)
        if project_id in self._ending:
            # What goes on after the last line has no feed to be told in: who listens looks again.
            end = Change(Noun.PROJECT, project_id, self._read[project_id] + 1)
            self._hub.publish(project_id, [end])

    def _measure(self, project_id: str, events: list[Event]) -> None:
        """Note how late these were told; those from before anybody followed are not late."""
        now = datetime.now(UTC)
        for event in events:
            if event.sequence > self._old[project_id]:
                # Clocks of replicas differ.
                FEED_LAG.observe(max(0.0, (now - event.created_at).total_seconds()))


async def newest(project_id: str) -> int:
    """The number of the project's newest event, 0 where there is none."""
    project = await Project.get_or_none(id=project_id).only("id", "feed_sequence")
    return project.feed_sequence if project else 0


async def oldest(project_id: str) -> int:
    """The number of the oldest event still kept, 0 where there is none."""
    event = await Event.filter(project_id=project_id).order_by("sequence").first()
    return event.sequence if event else 0


async def after(project_id: str, sequence: int, limit: int = BATCH) -> list[Event]:
    """Events after a number, oldest first, at most `limit`."""
    query = Event.filter(project_id=project_id, sequence__gt=sequence)
    return await query.order_by("sequence").limit(limit)


def local_feed(poll_seconds: float) -> Feed:
    """The feed of this process's hub."""
    return Feed(live.hub, live.feed, poll_seconds)
