"""What keeps a thing from going on, told from the cluster's own words: a code, and the words."""

import re
from dataclasses import dataclass

_IMAGE = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull")

# The first that matches names the code; the order is from the particular to the general.
_PATTERNS = (
    ("QUOTA", re.compile(r"exceeded quota|failed quota|must specify limits", re.IGNORECASE)),
    ("IMAGE_PULL", re.compile("|".join(_IMAGE))),
    ("CRASH_LOOP", re.compile("CrashLoopBackOff")),
    ("MEMORY", re.compile(r"enough memory resources", re.IGNORECASE)),
    ("VOLUME", re.compile(r"persistentvolumeclaim|volume|FailedMount", re.IGNORECASE)),
    ("UNSCHEDULABLE", re.compile(r"Unschedulable|nodes are available", re.IGNORECASE)),
    ("REFUSED", re.compile(r"is forbidden|denied the request", re.IGNORECASE)),
    ("CONTAINER", re.compile("CreateContainer|RunContainerError|StartError")),
)


@dataclass(frozen=True)
class Block:
    """Why something waits: `code` for programs, `message` in the cluster's words."""

    code: str
    message: str


def block_of(words: str) -> Block | None:
    """Return what the cluster's words tell of, None where they tell of nothing that blocks."""
    for code, pattern in _PATTERNS:
        if pattern.search(words):
            return Block(code, words)
    return None


def is_image(reason: str) -> bool:
    """Whether a container's waiting reason is about its image."""
    return reason in _IMAGE
