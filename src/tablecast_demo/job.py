"""The main job, deed by deed: project, upload, training, serving, predictions."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tablecast_demo import documents
from tablecast_demo.session import Answer, Refused, Session
from tablecast_demo.show import (
    StepBars,
    say,
    show_importance,
    show_metrics,
    show_predictions,
)
from tablecast_demo.table import TARGET, Table, value

TIME_BUDGET_SECONDS = 20


class JobFailed(Exception):
    """Something of the main job did not happen; the message is the platform's own word."""


@dataclass
class Report:
    """What happened, as the last line of `make run ONCE=1` tells it."""

    rows: int
    steps: list[dict[str, Any]] = field(default_factory=list)
    metric: dict[str, Any] = field(default_factory=dict)
    predictions: int = 0
    seconds: float = 0.0


async def main_job(session: Session, table: Table) -> Report:
    """Do all of it; raise `JobFailed` or `Refused` at the first thing that does not happen."""
    began = time.monotonic()
    report = Report(rows=table.rows)
    project = await _project(session)
    version = await _dataset(session, project, table)
    training = await _training(session, version, report)
    model = (await session.query(documents.MODEL_VERSION, id=training))["modelVersion"]
    _show_model(model, report)
    serving = await _serving(session, project, training)
    report.predictions = await _predict(session, serving, model, table)
    report.seconds = round(time.monotonic() - began, 1)
    return report


async def _project(session: Session) -> str:
    taken = await session.query(documents.PROJECT_NAMES)
    names = {node["name"] for node in taken["projects"]["nodes"]}
    name = next(name for name in _names() if name not in names)
    payload = await session.mutate(documents.CREATE_PROJECT, name=name, title="Palmer penguins")
    project: str = payload["project"]["id"]
    say(f"project [bold]{name}[/bold] asked for; waiting for its datastore")
    await _until(session, documents.FOLLOW_PROJECT, project, lambda seen: seen["state"] == "READY")
    return project


def _names() -> Any:
    yield "penguins"
    yield from (f"penguins-{number}" for number in range(2, 1_000_000))


async def _dataset(session: Session, project: str, table: Table) -> str:
    created = await session.mutate(
        documents.CREATE_UPLOAD,
        projectId=project,
        fileName="penguins-raw.csv",
        length=len(table.content),
    )
    upload = created["upload"]
    await session.upload(upload["url"], table.content)
    await session.mutate(documents.FINISH_UPLOAD, uploadId=upload["id"])
    say(f"uploaded penguins-raw.csv, {len(table.content):,} bytes, by tus")
    payload = await session.mutate(documents.CREATE_VERSION, uploadId=upload["id"], name="penguins")
    version: str = payload["datasetVersion"]["id"]
    ready = await _until(
        session, documents.FOLLOW_VERSION, version, lambda seen: seen["state"] == "READY"
    )
    say(f"dataset ready: {ready['rows']} rows, {ready['columns']} columns, profiled")
    return version


async def _training(session: Session, version: str, report: Report) -> str:
    payload = await session.mutate(
        documents.CREATE_TRAINING,
        datasetVersionId=version,
        name="species",
        target=TARGET,
        timeBudgetSeconds=TIME_BUDGET_SECONDS,
    )
    say(f"training asked for: predict [bold]{TARGET}[/bold]")
    with StepBars() as bars:

        def show(seen: Answer) -> bool:
            attempt = seen["latestAttempt"]
            bars.show(attempt["steps"], attempt["trials"]["nodes"])
            return bool(seen["state"] == "SUCCEEDED")

        done = await _until(session, documents.FOLLOW_TRAINING, payload["training"]["id"], show)
    report.steps = [_step_report(step) for step in done["latestAttempt"]["steps"]]
    version_id: str = done["modelVersion"]["id"]
    return version_id


def _step_report(step: Answer) -> dict[str, Any]:
    began, ended = (datetime.fromisoformat(step[key]) for key in ("startedAt", "finishedAt"))
    return {"name": step["name"].lower(), "seconds": round((ended - began).total_seconds(), 1)}


def _show_model(model: Answer, report: Report) -> None:
    report.metric = model["metric"]
    say(f"model made: {model['algorithm']}")
    show_metrics(model["evaluation"]["metrics"])
    show_importance(model["evaluation"]["importance"][:6])
    for warning in model["evaluation"]["warnings"]:
        where = f"{warning['column']}: " if warning["column"] else ""
        say(f"[yellow]{warning['code']}[/yellow] {where}{warning['message']}")


async def _serving(session: Session, project: str, version: str) -> str:
    payload = await session.mutate(
        documents.CREATE_SERVING, projectId=project, name="species", modelVersionId=version
    )
    serving: str = payload["serving"]["id"]
    say("deployment asked for; servable once a pod says that it has the model")
    seen = await _until(session, documents.FOLLOW_SERVING, serving, lambda seen: seen["servable"])
    say(f"servable on {seen['loadedReplicas']} of {seen['desiredReplicas']} replicas")
    return serving


async def _predict(session: Session, serving: str, model: Answer, table: Table) -> int:
    inputs = model["signature"]["inputs"]
    rows = [
        {column["name"]: value(row[column["name"]], column["type"]) for column in inputs}
        for row in table.held_back
    ]
    payload = await session.mutate(documents.PREDICT, servingId=serving, rows=rows)
    shown = [
        (truth[TARGET], str(answer["prediction"]), _highest(answer["probabilities"]))
        for truth, answer in zip(table.held_back, payload["predictions"], strict=True)
    ]
    show_predictions(shown)
    return len(shown)


def _highest(probabilities: list[Answer] | None) -> float | None:
    return max((each["probability"] for each in probabilities or []), default=None)


async def _until(
    session: Session, document: str, subject: str, reached: Callable[[Answer], bool]
) -> Answer:
    """Follow a subject until `reached` says so, and return what was seen then."""
    waits = ""
    async for seen in session.follow(document, id=subject):
        if reached(seen):
            return seen
        if seen["state"] in ("FAILED", "CANCELLED", "LOST"):
            raise JobFailed(_why(seen))
        blocked = (seen.get("blockedBy") or {}).get("message", "")
        if blocked and blocked != waits:
            say(f"[dim]waiting: {blocked}[/dim]")
        waits = blocked
    raise JobFailed("The subscription ended before it came to that.")


def _why(seen: Answer) -> str:
    error = seen.get("error") or (seen.get("latestAttempt") or {}).get("error") or {}
    return str(error.get("message") or seen.get("message") or f"It ended {seen['state']}.")


__all__ = ["JobFailed", "Refused", "Report", "main_job"]
