"""Memory: what is left of a container's limit, and a wall before it.

Over its limit a container is killed, with every model in it. So a file that cannot fit is refused by
its size, and what takes more than its size tells meets the process's own limit first: an allocation
fails, and with it that one load.
"""

import os
import re
import resource
from pathlib import Path

# The container's limit in bytes, by the downward API; without it nothing is bounded here.
VARIABLE = "TABLECAST_MEMORY_BYTES"

# What requests need while a model loads, and what the kernel counts beside the process's own pages.
SPARE_BYTES = 64 << 20

_FIELD = re.compile(r"^(VmData|RssAnon):\s+(\d+) kB$", re.MULTILINE)


def left() -> int | None:
    """Bytes that models may still take, None where no limit is known."""
    limit = int(os.environ.get(VARIABLE) or 0)
    return max(0, limit - SPARE_BYTES - _now()["RssAnon"]) if limit else None


def build_wall() -> None:
    """Let allocations fail that would lead over the limit. Once, before the first model.

    The kernel counts the pages that are used, the process's limit those that were asked for: what was
    asked for until now and never used does not count.
    """
    bytes_left = left()
    if bytes_left is not None:
        wall = _now()["VmData"] + bytes_left
        resource.setrlimit(
            resource.RLIMIT_DATA, (wall, resource.getrlimit(resource.RLIMIT_DATA)[1])
        )


def _now() -> dict[str, int]:
    status = Path("/proc/self/status").read_text()
    return {name: 1024 * int(kibibytes) for name, kibibytes in _FIELD.findall(status)}
