"""Live: signals and signs of life of this process's loops, and fan-out of changes to whoever listens.

Nothing here is the truth: a signal makes a look come sooner, a change says which row to read afresh.
A subscriber holds one slot per subject, so a slow one gets fewer, newer changes, and costs no more.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tablecast.metering import MERGED

_MERGED = MERGED.labels("subscriber")


class Pulse:
    """When something was last seen to go well, in this process."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def beat(self) -> None:
        """It went well just now."""
        self._last = time.monotonic()

    @property
    def silence(self) -> float:
        """Seconds since it last went well, or since it began."""
        return time.monotonic() - self._last


@dataclass
class Ending:
    """Whether this process is ending; noted once, by whoever is told first."""

    begun: bool = False


@dataclass
class Watching:
    """A kind's informer: its newest event or bookmark, and its last sign of life of any sort."""

    news: Pulse = field(default_factory=Pulse)
    life: Pulse = field(default_factory=Pulse)


class Signal:
    """A wake-up: any number of `set` calls before the next `wait` wake it once."""

    def __init__(self) -> None:
        self._set = False
        self._waiters: set[asyncio.Future[None]] = set()

    def set(self) -> None:
        """Wake whoever waits now, or the next who waits."""
        self._set = True
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def wait(self, timeout: float | None = None) -> bool:
        """Return True when set, False after `timeout` seconds; either way the signal is reset."""
        if not self._set:
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.add(waiter)
            try:
                with suppress(TimeoutError):
                    async with asyncio.timeout(timeout):
                        await waiter
            finally:
                self._waiters.discard(waiter)
        was, self._set = self._set, False
        return was


@dataclass(frozen=True)
class Change:
    """A subject changed: read it afresh. `sequence` is the feed's number of the change."""

    noun: str
    subject_id: str
    sequence: int


class Renewal:
    """How somebody who comes to a running subscription is shown what is true after they came.

    `ask` gives a number; once it is `begun`, whatever is read is read after it was asked for.
    """

    def __init__(self) -> None:
        self.signal = Signal()
        self.begun = 0
        self._asked = 0

    @property
    def pending(self) -> bool:
        """Whether somebody waits for a `begin`."""
        return self.begun != self._asked

    def ask(self) -> int:
        """Have what is followed read and shown once more, changed or not."""
        self._asked += 1
        self.signal.set()
        return self._asked

    def begin(self) -> bool:
        """Note that a reading begins; True where somebody asked for it."""
        pending = self.pending
        self.begun = self._asked
        return pending


@dataclass(eq=False)
class Subscription:
    """What one subscriber has not taken yet: the newest change of each subject it follows."""

    subjects: frozenset[tuple[str, str]] | None
    renewal: Renewal = field(default_factory=Renewal)
    _slots: dict[tuple[str, str], Change] = field(default_factory=dict)

    def offer(self, change: Change) -> None:
        """Keep `change` if it is followed, in place of an older one of the same subject."""
        key = (change.noun, change.subject_id)
        if self.subjects is None or key in self.subjects:
            if key in self._slots:
                _MERGED.inc()
            self._slots[key] = change
            self.renewal.signal.set()

    async def take(self, timeout: float | None = None) -> list[Change]:
        """Wait for changes and return them, oldest first; none after `timeout` seconds, or where
        a renewal is asked for."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                # The signal of changes that were taken at once may still be set.
                while not self._slots and not self.renewal.pending:
                    await self.renewal.signal.wait()
        changes = sorted(self._slots.values(), key=lambda change: change.sequence)
        self._slots.clear()
        return changes


class Hub:
    """Who listens to which project's feed."""

    def __init__(self) -> None:
        self._subscriptions: dict[str, set[Subscription]] = {}

    @contextmanager
    def subscribe(
        self,
        project_id: str,
        subjects: frozenset[tuple[str, str]] | None = None,
        renewal: Renewal | None = None,
    ) -> Iterator[Subscription]:
        """Follow a project's changes, all or those of some (noun, id) subjects, until the end."""
        subscription = Subscription(subjects, renewal or Renewal())
        self._subscriptions.setdefault(project_id, set()).add(subscription)
        feed.set()
        try:
            yield subscription
        finally:
            self._subscriptions[project_id].discard(subscription)
            if not self._subscriptions[project_id]:
                del self._subscriptions[project_id]

    def projects(self) -> list[str]:
        """Ids of the projects that somebody follows."""
        return list(self._subscriptions)

    def publish(self, project_id: str, changes: list[Change]) -> None:
        """Offer changes to everybody who follows the project."""
        for subscription in list(self._subscriptions.get(project_id, ())):
            for change in changes:
                subscription.offer(change)


relay = Signal()
feed = Signal()
hub = Hub()
ending = Ending()
claims = Pulse()
watches: dict[str, Watching] = {}
