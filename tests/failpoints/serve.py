"""`python -m tests.failpoints.serve POINT WORDS…`: a real `tablecast WORDS…` that kills itself, by SIGKILL,
when it first comes to a failpoint."""

import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

from tablecast import process
from tablecast.__main__ import main
from tablecast.settings import Settings
from tests.failpoints.arming import Armed, Failpoints, Port, placed

_open = process.open_cluster


async def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def _stand_still() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


if __name__ == "__main__":
    point, words = sys.argv[1], sys.argv[2:]
    points = Failpoints(_die, _stand_still)
    points.arm(point, Armed("kill"))

    @asynccontextmanager
    async def opened(settings: Settings) -> AsyncIterator[tuple[Any, list[Any]]]:
        """The cluster as it is, with points on the way to it; what plays it goes around them."""
        async with _open(settings) as (cluster, loops):
            yield Port(cluster, points), loops

    sys.argv = ["tablecast", *words]
    with placed(points), patch.object(process, "open_cluster", opened):
        main()
