"""Time that a training may take: how little it may be given, and a trial that takes too much."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from tablecast_steps.errors import StepError

LEAST_SECONDS = 1.0


def too_small(budget_seconds: float) -> StepError:
    """Say that the budget does not do for a single trial."""
    return StepError(
        "TIME_BUDGET_TOO_SMALL",
        f"No model could be tried within {budget_seconds:g} seconds.",
        hint="Give the training a larger time budget.",
    )


class OutOfTime(Exception):
    """A trial was still running when its time ended."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise OutOfTime in the body once `seconds` have passed. For the main thread, one at a time.

    A signal gets between the Python lines of an estimator's fit: each of ours has some for every
    iteration or tree, so that what a single call into a library takes is the most that is added.
    """
    before = signal.signal(signal.SIGALRM, _out_of_time)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _out_of_time(_number: int, _frame: object) -> NoReturn:
    raise OutOfTime("The time budget ended while this trial ran.")
