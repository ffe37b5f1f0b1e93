"""The demo's frame: platform up, the job, then serving on or one line of JSON."""

import asyncio
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from gql.transport.exceptions import TransportError

from tablecast_demo.job import JobFailed, Refused, Report, main_job
from tablecast_demo.platform import PlatformFailed, platform
from tablecast_demo.session import Session
from tablecast_demo.show import console, say
from tablecast_demo.table import penguins


def run_demo(*, state: Path, url: str, once: bool) -> int:
    """Run the main job; return the exit status: 0 only if all of it happened."""
    began = time.monotonic()
    try:
        with platform(state.absolute(), url) as address:
            say(f"platform at {address}")
            report = asyncio.run(_job(address))
            report.seconds = round(time.monotonic() - began, 1)
            if not once:
                _serve_on(address)
    except (JobFailed, PlatformFailed, Refused, TransportError) as error:
        console.print(f"[red]the main job failed:[/red] {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    sys.stdout.write(json.dumps(asdict(report)) + "\n")
    return 0


async def _job(address: str) -> Report:
    async with Session(address) as session:
        return await main_job(session, penguins())


def _serve_on(address: str) -> None:
    say(f"all of it happened. GraphiQL: [bold]{address}/graphiql[/bold] — Ctrl-C ends it.")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        say("ending")
