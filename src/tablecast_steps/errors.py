"""What a step could not do, and why, for the person who asked for the training."""

from dataclasses import dataclass


@dataclass(eq=False)
class StepError(Exception):
    """A mistake in what was asked, found while a step ran: it ends the step with exit code 2.

    `code` is UPPER_SNAKE for programs, `message` one sentence for the person, `column` the raw
    column it speaks of, `hint` what would be right.
    """

    code: str
    message: str
    column: str | None = None
    hint: str = ""

    def __str__(self) -> str:
        return self.message
