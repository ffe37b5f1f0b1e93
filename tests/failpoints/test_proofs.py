"""Killed, frozen or left without an answer at any point, nothing is lost, doubled or taken back.

Each trial plays a story in the simulated world, see `tests.failpoints`. TABLECAST_FAILPOINT_TIMES says how
often each point is tried.
"""

import os
import subprocess
import sys

import pytest

TIMES = int(os.environ.get("TABLECAST_FAILPOINT_TIMES", "1"))
PROCESSES = 2
# Long enough for the slowest trial on a loaded machine.
EACH_SECONDS = 15
MOST_TRIALS = 200


def _started(action: str, times: int, part: int) -> subprocess.Popen[str]:
    share = [str(part), "of", str(PROCESSES)]
    command = [sys.executable, "-m", "tests.failpoints", action, str(times), *share]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=-1
    )


def _tried(action: str, times: int) -> list[str]:
    """What was said of each trial."""
    processes = [_started(action, times, part) for part in range(PROCESSES)]
    said = [
        process.communicate(timeout=MOST_TRIALS * EACH_SECONDS * TIMES)[0] for process in processes
    ]
    assert all(process.returncode in (0, 1) for process in processes), said
    return [line for lines in said for line in lines.splitlines()]


def _bad(lines: list[str]) -> list[str]:
    return [line for line in lines if not line.endswith("| well")]


@pytest.mark.slow
def test_a_kill_at_any_point_loses_and_doubles_nothing_and_is_settled_soon() -> None:
    """Within thirty simulated seconds of the restart, a lease of ten among them."""
    lines = _tried("kill", TIMES)
    assert len(lines) >= 100 * TIMES
    assert _bad(lines) == []


@pytest.mark.slow
def test_a_replica_that_stands_still_beyond_its_leases_does_no_harm_when_it_goes_on() -> None:
    """Another has done meanwhile what it was about to do."""
    lines = _tried("freeze", TIMES)
    assert len(lines) >= 30 * TIMES
    assert _bad(lines) == []


@pytest.mark.slow
def test_what_a_relay_makes_when_its_workflow_has_come_and_gone_is_removed() -> None:
    lines = _tried("late", 4 * TIMES)
    assert len(lines) == 12 * TIMES
    assert _bad(lines) == []


@pytest.mark.slow
def test_lost_answers_of_any_verb_lose_and_double_nothing() -> None:
    """The call worked, and its answer did not come."""
    lines = _tried("losses", 5 * TIMES)
    assert _bad(lines) == []
    lost = sum(int(line.split(" s, ")[1].split()[0]) for line in lines)
    assert lost >= 11 * 5 * TIMES
