"""The child process: limits itself, sees to it that it dies with its parent, then converts.

    python -m tablecast.datastore.conversion FOLDER JSON

JSON holds `memory_bytes`, `limits` and `options`. Standard input is a pipe whose other end the parent
holds: when that closes, the parent is gone.
"""

import ctypes
import json
import os
import resource
import signal
import sys
import threading
import traceback
from pathlib import Path

from tablecast.datastore.conversion.limits import Limits
from tablecast.datastore.conversion.state import read_state

_PR_SET_PDEATHSIG = 1
_KILLED = 137


def main() -> None:
    """Convert, and end without waiting for any thread."""
    folder, job = Path(sys.argv[1]), json.loads(sys.argv[2])
    _die_with_parent()
    _limit_memory(job["memory_bytes"])
    try:
        status = _run(folder, job)
    except MemoryError:
        os.write(2, b"MemoryError\n")
        status = 3
    except Exception:
        traceback.print_exc()
        status = 1
    sys.stderr.flush()
    # Arrow's threads may still be about to call into a file that is closed
    os._exit(status)


def _run(folder: Path, job: dict[str, object]) -> int:
    # imported only now, under the limit
    from tablecast.datastore.conversion.job import convert, prepare_arrow

    prepare_arrow()
    state = read_state(folder)
    options, limits, memory = job["options"], job["limits"], job["memory_bytes"]
    assert state is not None
    assert isinstance(options, dict)
    assert isinstance(limits, dict)
    assert isinstance(memory, int)
    return convert(folder, state, options, Limits(**limits), memory)


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_watch_parent, daemon=True).start()


def _watch_parent() -> None:
    while os.read(0, 1):
        pass
    os._exit(_KILLED)


def _limit_memory(size: int) -> None:
    # data, not address space: Arrow reserves far more addresses than it uses
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
