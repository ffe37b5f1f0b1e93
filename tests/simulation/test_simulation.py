"""Whatever happens in whichever order, nothing is lost, doubled or taken back.

The same seed is the same world. TABLECAST_SIMULATION_SEEDS says how many are played, side by side.

"""

import os
import subprocess
import sys

SEEDS = int(os.environ.get("TABLECAST_SIMULATION_SEEDS", "80"))
PROCESSES = 2
# Long enough for the slowest seed on a loaded machine.
EACH_SECONDS = 30


def _started(first: int, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.simulation", str(first), str(count)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=-1
    )


def _ended(process: subprocess.Popen[str], count: int) -> list[str]:
    """What it said of each seed, without how long that took."""
    said, _ = process.communicate(timeout=60 + count * EACH_SECONDS)
    assert process.returncode == 0, said[-4_000:]
    return [line.rpartition(" ")[0].rpartition(" ")[0] for line in said.splitlines()]


def test_every_seed_comes_to_a_good_end() -> None:
    each = -(-SEEDS // PROCESSES)
    started = [_started(1 + number * each, each) for number in range(PROCESSES)]
    ended = [line for process in started for line in _ended(process, each)]
    assert [int(line.split()[0]) for line in ended] == list(range(1, PROCESSES * each + 1))
    assert any("models=0" not in line for line in ended), "no training ever came to its end"


def test_a_seed_is_the_same_world_each_time_whatever_was_played_before() -> None:
    alone, after_others = _ended(_started(7, 1), 1), _ended(_started(5, 3), 3)
    assert alone == after_others[2:]
