"""`python -m tablecast_steps.features`."""

import sys
from typing import Any

from tablecast_steps.runtime import Kind, Step, run_step


def work(step: Step) -> dict[str, Any]:
    # Imported when there is something to do: a step that is skipped ends at once.
    from tablecast_steps.features.step import features

    return features(step)


KIND = Kind(name="features", work=work, keys=("seed",), after=("preprocess",))

if __name__ == "__main__":
    sys.exit(run_step(KIND))
