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


def run_demo(*, state: Path, url: str, token: str, once: bool) -> int:
    """Run the main job; return the exit status: 0 only if all of it happened.

    `url` is a server that runs already, `token` the bearer token that it wants; both may be empty.
    """
    began = time.monotonic()
    try:
        with platform(state.absolute(), url) as address:
            say(f"platform at {address}")
            report = asyncio.run(_job(address, token))
            report.seconds = round(time.monotonic() - began, 1)
            if not once:
                _serve_on(address)
    except (JobFailed, PlatformFailed, Refused, TransportError) as error:
        console.print(f"[red]the main job failed:[/red] {_said(error)}")
        return 1
    except KeyboardInterrupt:
        return 130
    sys.stdout.write(json.dumps(asdict(report)) + "\n")
    return 0


def _said(error: Exception) -> str:
    refusals = getattr(error, "errors", None) or []
    return " ".join(refusal["message"] for refusal in refusals) or str(error)


async def _job(address: str, token: str) -> Report:
    async with Session(address, token) as session:
        return await main_job(session, penguins())


def _serve_on(address: str) -> None:
    say(f"all of it happened. GraphiQL: [bold]{address}/graphiql[/bold] — Ctrl-C ends it.")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        say("ending")
