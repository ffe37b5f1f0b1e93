"""Why a step ended badly, as one typed error: the step's own where it gave one, else the cluster's.

The sentence is ours and the same whichever object told it, so that it does not matter which came
first; the cluster's words are kept beside it.
"""

import json
import re
from typing import Any

Failure = dict[str, Any]

_SENTENCES = {
    "OUT_OF_MEMORY": (
        "The step needed more memory than its limit.",
        "Train on fewer columns or rows, or raise the project's memory limit.",
    ),
    "DEADLINE_EXCEEDED": (
        "The step ran longer than its deadline.",
        "Allow less search time, or look at what held up the step in its log.",
    ),
    "EVICTED": (
        "The cluster's node put the step's pod out.",
        "Retry; if it happens again the node lacks disk or memory.",
    ),
    "IMAGE_PULL": (
        "The step's image could not be pulled.",
        "Check the image's name and that the cluster can reach its registry.",
    ),
    "TERMINATED": ("The step was stopped on request.", ""),
    "POD_DELETED": ("The step's pod was deleted.", "Retry from the failed step."),
    "QUOTA": ("The project's quota left no room for the step.", "Raise the project's limits."),
    "REFUSED": ("The cluster refused the step's pod.", "See the cluster's words."),
    "KILLED": ("The step was killed.", "Retry from the failed step."),
    "LOST": (
        "The training's workflow vanished before it ended.",
        "Retry; somebody or something deleted it in the cluster.",
    ),
    "STEP_FAILED": ("The step failed without saying why.", "See its log."),
}
_PATTERNS = (
    ("OUT_OF_MEMORY", re.compile("OOMKilled")),
    ("DEADLINE_EXCEEDED", re.compile("deadline", re.IGNORECASE)),
    ("EVICTED", re.compile(r"evict|ephemeral.*storage|low on resource", re.IGNORECASE)),
    ("IMAGE_PULL", re.compile("ErrImage|ImagePullBackOff|InvalidImageName")),
    ("TERMINATED", re.compile("shutdown with strategy|Stopped with strategy")),
    ("POD_DELETED", re.compile("pod deleted", re.IGNORECASE)),
    ("QUOTA", re.compile("quota", re.IGNORECASE)),
    ("REFUSED", re.compile("is forbidden|denied the request", re.IGNORECASE)),
)
_KILLING_EXITS = {137, 143}


def failure(code: str, words: str = "") -> Failure:
    """Return the typed error of one of the cluster's reasons; `words` are its own."""
    message, hint = _SENTENCES[code]
    return {"code": code, "column": None, "message": message, "hint": hint, "words": words}


def cluster_failure(words: str, exit_code: int | None) -> Failure:
    """Return the typed error that reason, message and exit code amount to."""
    for code, pattern in _PATTERNS:
        if pattern.search(words):
            return failure(code, words)
    if exit_code in _KILLING_EXITS:
        return failure("KILLED", words)
    return failure("STEP_FAILED", words)


def own_failure(text: str) -> Failure | None:
    """Return the error that a step wrote as its result, None where it wrote none."""
    error = result_of(text).get("error")
    if not isinstance(error, dict) or not isinstance(error.get("code"), str):
        return None
    known = ("code", "column", "message", "hint")
    return {name: error.get(name) for name in known} | {"words": ""}


def result_of(text: str) -> dict[str, Any]:
    """Return a step's result; empty where the text is none: logs land in the same field."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def is_own(error: Failure) -> bool:
    """Whether the step itself said so."""
    return error["code"] not in _SENTENCES


def better(left: Failure | None, right: Failure | None) -> Failure | None:
    """Return the one that says more, whichever came first."""
    return max((left, right), key=_weight)


def _weight(error: Failure | None) -> tuple[int, str, str]:
    if error is None:
        return (0, "", "")
    code = str(error["code"])
    rank = 4 if is_own(error) else {"STEP_FAILED": 1, "KILLED": 2}.get(code, 3)
    return (rank, code, str(error.get("words")))
