"""`python -m tests.failpoints ACTION TIMES [PART OF PARTS]`: try something at every point, and say how it
went; with PART, each PARTS-th trial from there on. Ends with 1 where anything was not as promised."""

import logging
import os
import sys

# Sets of strings are gone through in the order of their hashes, which are chance in each process else.
if os.environ.get("PYTHONHASHSEED") != "0":
    command = [sys.executable, "-m", "tests.failpoints", *sys.argv[1:]]
    os.execve(sys.executable, command, os.environ | {"PYTHONHASHSEED": "0"})

from tests.failpoints.proofs import outcomes, trials
from tests.simulation import rows

if __name__ == "__main__":
    logging.basicConfig(level=logging.CRITICAL + 1)
    rows.prepare()
    action, times = sys.argv[1], int(sys.argv[2])
    part, parts = (int(sys.argv[3]), int(sys.argv[5])) if len(sys.argv) > 3 else (0, 1)
    failed = 0
    for trial, played, wrong in outcomes(trials(action, times)[part::parts]):  # type: ignore[arg-type]
        failed += bool(wrong)
        took = f"{played.longest:.2f} s" if played else "-"
        print(f"{action} {trial.time} {trial.point} | {took} | {wrong or 'well'}", flush=True)
    sys.exit(bool(failed))
