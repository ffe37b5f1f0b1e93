"""`python -m tablecast.datastore`: the HTTP server, the conversions and the sweep, side by side.

The first of them that ends, ends the process. SIGTERM ends HTTP first; the children die with the rest.
"""

import asyncio
import gc
import signal
import sys
import time

import uvicorn

from tablecast.datastore.app import build_app
from tablecast.datastore.conversions import Conversions
from tablecast.datastore.settings import Settings, read_settings
from tablecast.datastore.uploads import Uploads
from tablecast.datastore.volume import Volume

_GRACE_SECONDS = 5


def main() -> None:
    """Run until SIGTERM or SIGINT, or until a part fails."""
    try:
        settings = read_settings()
    except ValueError as exc:
        sys.exit(f"datastore: {exc}")
    # uvicorn raises the signal again once it has stopped: end quietly then
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.signal(signal.SIGINT, lambda *_: None)
    asyncio.run(run(settings))


async def run(settings: Settings) -> None:
    """Serve, convert and sweep, until HTTP was told to stop."""
    volume = Volume(settings.root)
    volume.prepare()
    uploads = Uploads(volume, settings.max_upload_bytes, settings.upload_seconds)
    conversions = Conversions(settings, volume)
    server = uvicorn.Server(
        uvicorn.Config(
            build_app(settings, volume, uploads, conversions),
            host=settings.bind,
            port=settings.port,
            access_log=False,
            log_level="warning",
            lifespan="off",
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
    )
    gc.collect()
    gc.freeze()
    async with asyncio.TaskGroup() as parts:
        loops = [
            parts.create_task(conversions.run()),
            parts.create_task(sweep(uploads, volume, settings)),
        ]
        await server.serve()
        for loop in loops:
            loop.cancel()


async def sweep(uploads: Uploads, volume: Volume, settings: Settings) -> None:
    """Remove expired uploads, and models that were never finished, for ever."""
    while True:
        await asyncio.to_thread(uploads.sweep, time.time())
        await asyncio.to_thread(volume.sweep_models, time.time(), settings.part_seconds)
        await asyncio.sleep(settings.sweep_seconds)


if __name__ == "__main__":
    main()
