"""The truth of each recorded Workflow, as its README tells it."""

from typing import NamedTuple

S, F, C, O = "SUCCEEDED", "FAILED", "CANCELLED", "OMITTED"  # noqa: E741


class Truth(NamedTuple):
    """An attempt's state, its steps' states, and the code of the error where there is one."""

    state: str
    steps: tuple[str, str, str]
    code: str | None = None
    exit_code: int | None = None


TRUTHS = {
    "success": Truth("RECORDING", (S, S, S)),
    "out-of-memory": Truth("FAILED", (S, S, F), "OUT_OF_MEMORY", 137),
    "step-fails": Truth("FAILED", (S, F, O), "STEP_FAILED", 3),
    "retried": Truth("RECORDING", (S, S, S)),
    "pod-deleted": Truth("RECORDING", (S, S, S)),
    "image-missing": Truth("FAILED", (S, F, O), "DEADLINE_EXCEEDED"),
    "terminated": Truth("CANCELLED", (S, S, C), "TERMINATED"),
    "stopped": Truth("CANCELLED", (S, S, C), "TERMINATED"),
    "deadline": Truth("FAILED", (S, F, O), "DEADLINE_EXCEEDED"),
    "quota": Truth("RECORDING", (S, S, S)),
    "unschedulable": Truth("LOST", (O, O, O), "LOST"),
    "volume-missing": Truth("LOST", (O, O, O), "LOST"),
    "node-evicts": Truth("FAILED", (S, S, F), "EVICTED"),
}
