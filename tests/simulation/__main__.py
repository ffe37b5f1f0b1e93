"""`python -m tests.simulation SEED [COUNT]`: play so many seeds from SEED on, and say how each ended."""

import logging
import os
import sys
import time

# Sets of strings are gone through in the order of their hashes, which are chance in each process else.
if os.environ.get("PYTHONHASHSEED") != "0":
    command = [sys.executable, "-m", "tests.simulation", *sys.argv[1:]]
    os.execve(sys.executable, command, os.environ | {"PYTHONHASHSEED": "0"})

from tests.simulation import rows
from tests.simulation.run import run

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO if len(sys.argv) == 2 else logging.CRITICAL + 1)
    rows.prepare()
    first, count = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    for seed in range(first, first + count):
        began = time.perf_counter()
        print(seed, run(seed), f"{time.perf_counter() - began:.2f} s", flush=True)
