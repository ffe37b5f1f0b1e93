"""Try something at the points, and say how each trial went; ends with 1 where any was not as promised.

python -m tests.failpoints kill 20               every point, 20 times; freeze, lose, … likewise
python -m tests.failpoints kill 20 1 of 2        every other trial of these, from number 1 on
python -m tests.failpoints kill "after outbound.claim.claim commit"
python -m tests.failpoints losses 100            so many lost answers of each verb
python -m tests.failpoints late 20               relays that wake when their Workflow has come and gone
"""

import logging
import os
import sys
from typing import Any

# Sets of strings are gone through in the order of their hashes, which are chance in each process else.
if os.environ.get("PYTHONHASHSEED") != "0":
    command = [sys.executable, "-m", "tests.failpoints", *sys.argv[1:]]
    os.execve(sys.executable, command, os.environ | {"PYTHONHASHSEED": "0"})

from tests.failpoints.proofs import Trial, Tried, late, losses, outcomes, trials
from tests.simulation import rows


def chosen(action: Any, what: str) -> list[Tried]:
    """The trials that are meant."""
    if action == "losses":
        return losses(int(what))
    if action == "late":
        return late(int(what))
    return trials(action, int(what)) if what.isdecimal() else [Trial(action, what, 0)]


if __name__ == "__main__":
    logging.basicConfig(level=logging.CRITICAL + 1)
    rows.prepare()
    action, what, *share = sys.argv[1:]
    part, parts = (int(share[0]), int(share[2])) if share else (0, 1)
    failed = 0
    for trial, played, wrong in outcomes(chosen(action, what)[part::parts]):
        failed += bool(wrong)
        took = f"{played.longest:.2f} s, {len(played.done)} times" if played else "-"
        print(f"{action} {trial.time} {trial.point} | {took} | {wrong or 'well'}", flush=True)
    sys.exit(bool(failed))
