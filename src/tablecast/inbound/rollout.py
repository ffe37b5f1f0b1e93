"""Rollout: which revision of a serving answers, and where predictions go. Pure arithmetic on pods.

A revision counts as loaded on a pod when that pod, taking requests, said so itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tablecast.domain.states import ServingState
from tablecast.domain.tables import PredictorPod


@dataclass(frozen=True)
class Loading:
    """How far one revision is: pods there are, those that take requests, those that answer for it."""

    desired: int
    pods: int
    ready: int
    loaded: int

    @property
    def complete(self) -> bool:
        """Every pod that gets requests answers, and they are as many as are wished."""
        return 0 < self.desired <= self.loaded == self.ready

    @property
    def servable(self) -> bool:
        """A request gets an answer, whichever pod it meets."""
        return 0 < self.loaded == self.ready

    @property
    def settled(self) -> bool:
        """Complete, and no pod too many."""
        return self.complete and self.pods == self.desired

    @property
    def stuck(self) -> bool:
        """The servers are there and take requests, and some do not know the model."""
        return self.ready >= self.desired and self.loaded < self.ready


def loading(object_name: str, pods: Iterable[PredictorPod], desired: int) -> Loading:
    """Count one revision's pods."""
    mine = list(pods)
    ready = [pod for pod in mine if pod.ready]
    loaded = [pod for pod in ready if object_name in pod.loaded]
    return Loading(desired, len(mine), len(ready), len(loaded))


def serving_state(active: Loading | None, begun: bool) -> ServingState:
    """A serving's state: `active` of the revision that predictions go to, `begun` once any is made."""
    if active is None:
        return ServingState.LOADING if begun else ServingState.PENDING
    if active.complete:
        return ServingState.SERVABLE
    return ServingState.DEGRADED if active.loaded else ServingState.UNAVAILABLE


def patience(load_seconds: float, failures: int) -> float:
    """Seconds to wait for a model: doubled for each revision that failed before, at most 16 times."""
    return load_seconds * float(2 ** min(failures, 4))
