"""The command line: serve · dev · migrate · schema · token · demo."""

import asyncio
import fcntl
import logging
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tablecast import logs
from tablecast.errors import TablecastError
from tablecast.settings import Limits, Settings, read_limits, read_settings

main = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Train tabular models with Argo Workflows and serve them with KServe, by GraphQL.",
)
console = Console(stderr=True)

State = Annotated[Path, typer.Option(help="Folder in which everything is kept.")]


@main.command()
def serve() -> None:
    """Serve in production: every setting comes from the environment (see `settings`)."""
    with _told():
        _run(read_settings())


@main.command()
def dev(
    state: State = Path(".tablecast"),
    port: Annotated[int, typer.Option(help="TCP port; 0 takes a free one.")] = 8000,
    with_parent: Annotated[
        bool, typer.Option("--with-parent", hidden=True, help="End when standard input closes.")
    ] = False,
) -> None:
    """Serve on this machine alone: SQLite, an embedded cluster; state is kept across restarts."""
    state = state.absolute()
    with _told(), _locked(state):
        settings = read_settings(
            database=f"sqlite://{state / 'tablecast.db'}",
            cluster="embedded",
            state=state,
            port=port,
            **_metrics_beside(port),
            secret=_kept_secret(state),
            anonymous="developer",
        )
        _run(settings, with_parent=with_parent)


@main.command()
def migrate(
    dry_run: Annotated[bool, typer.Option(help="Only say what would be done, in SQL.")] = False,
) -> None:
    """Bring the MySQL or MariaDB of TABLECAST_DATABASE to this version's tables."""
    from tablecast.domain.migrations import upgrade

    with _told():
        settings = read_settings()
        lines = asyncio.run(upgrade(settings.database, settings.migrations, dry_run=dry_run))
        typer.echo("\n".join(lines) or "nothing to do: the tables are this version's")


@main.command()
def schema(
    check: Annotated[
        bool, typer.Option(help="Compare with schema.graphql instead; exit 1 where they differ.")
    ] = False,
) -> None:
    """Print the GraphQL schema as SDL."""
    from tablecast.api.sdl import print_sdl

    printed = print_sdl()
    if not check:
        typer.echo(printed, nl=False)
    elif Path("schema.graphql").read_text() != printed:
        console.print("schema.graphql differs from the code's schema: run `make schema`.")
        raise typer.Exit(1)


@main.command()
def token(
    subject: Annotated[str, typer.Argument(help="Whom the token speaks for.")],
    hours: Annotated[float, typer.Option(help="Hours until it expires.")] = 24,
    state: State = Path(".tablecast"),
) -> None:
    """Print a bearer token for a person, signed with the secret of `dev` or TABLECAST_SECRET."""
    from tablecast.api.auth import issue_token

    with _told():
        settings = read_settings()
        if not settings.secret:
            settings = settings.model_copy(update={"secret": _kept_secret(state)})
        typer.echo(issue_token(settings, subject, seconds=int(hours * 3600)))


@main.command("settings")
def explain_settings() -> None:
    """Explain every setting: its environment variable, its default, its unit and reason."""
    for group in (Settings, Limits):
        prefix = group.model_config.get("env_prefix", "")
        for name, field in group.model_fields.items():
            default = field.get_default(call_default_factory=True, validated_data={})
            typer.echo(f"{prefix}{name.upper()}  (default: {default!r})")
            typer.echo(f"    {field.description}")


@main.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the job.")] = False,
    state: State = Path(".tablecast"),
    url: Annotated[str, typer.Option(help="Use a server that runs already.")] = "",
    token: Annotated[
        str, typer.Option(envvar="TABLECAST_TOKEN", help="The bearer token that it wants.")
    ] = "",
) -> None:
    """Run the main job as a client of the public API: upload, train, serve, predict."""
    from tablecast_demo.run import run_demo

    raise typer.Exit(run_demo(state=state, url=url, token=token, once=once))


def _run(settings: Settings, *, with_parent: bool = False) -> None:
    import uvloop

    from tablecast.process import run

    logs.configure(settings.log_format)
    _audit_by_itself()

    limits = read_limits()

    async def running() -> None:
        until = asyncio.Event() if with_parent else None
        if until is not None:
            asyncio.get_running_loop().add_reader(sys.stdin.fileno(), until.set)
        await run(settings, limits, until=until)

    uvloop.run(running())


def _metrics_beside(port: int) -> dict[str, int]:
    """Metrics beside the API, unless told otherwise: it is one person's machine, who may see them."""
    return {} if "TABLECAST_METRICS_PORT" in os.environ else {"metrics_port": port}


def _audit_by_itself() -> None:
    # Its lines are JSON, whole: nothing stands before them, and whoever collects them can tell.
    audit = logging.getLogger("tablecast.audit")
    lines = logging.StreamHandler()
    lines.setFormatter(logging.Formatter("%(message)s"))
    audit.addHandler(lines)
    audit.propagate = False


@contextmanager
def _told() -> Iterator[None]:
    """Tell our own errors in one line, without a traceback, and exit with status 1."""
    try:
        yield
    except* TablecastError as group:
        for error in group.exceptions:
            console.print(f"tablecast: {error}", style="red", highlight=False)
        raise SystemExit(1) from None


@contextmanager
def _locked(state: Path) -> Iterator[None]:
    """Hold the state folder: two processes on one embedded cluster would run every pod twice."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.print(f"tablecast: another process uses {state}.", style="red")
            raise SystemExit(1) from None
        yield


def _kept_secret(state: Path) -> str:
    """The secret of this state folder, made on first use and readable by its owner only."""
    state.mkdir(parents=True, exist_ok=True)
    path = state / "secret"
    if not path.exists():
        fresh = state / "secret.new"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_hex(32))
        fresh.rename(path)
    return path.read_text()


if __name__ == "__main__":
    main()
