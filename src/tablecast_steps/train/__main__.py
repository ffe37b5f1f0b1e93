"""`python -m tablecast_steps.train`."""

import os

# Threads that wait for each other let others work meanwhile; read when the libraries are imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import sys

from tablecast_steps.runtime import run_step
from tablecast_steps.train.step import KIND

if __name__ == "__main__":
    sys.exit(run_step(KIND))
