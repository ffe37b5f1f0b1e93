"""How little time a training may be given."""

from tablecast_steps.errors import StepError

LEAST_SECONDS = 1.0


def too_small(budget_seconds: float) -> StepError:
    """Say that the budget does not do for a single trial."""
    return StepError(
        "TIME_BUDGET_TOO_SMALL",
        f"No model could be tried within {budget_seconds:g} seconds.",
        hint="Give the training a larger time budget.",
    )
