"""`python -m tablecast_steps.preprocess`."""

import sys
from typing import Any

from tablecast_steps.runtime import Kind, Step, run_step


def work(step: Step) -> dict[str, Any]:
    # Imported when there is something to do: a step that is skipped ends at once.
    from tablecast_steps.preprocess.step import preprocess

    return preprocess(step)


KIND = Kind(
    name="preprocess",
    work=work,
    keys=("dataset.sha256", "target", "problem", "features", "split", "seed"),
)

if __name__ == "__main__":
    sys.exit(run_step(KIND))
