"""Journals: the lines that steps write as they go, onto steps, trials and warnings.

Each line is applied once: how far a step's journal was read is kept in the transaction that applied it.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from tablecast.domain.deeds import Deed
from tablecast.domain.identity import new_id
from tablecast.domain.states import Noun, StepState
from tablecast.domain.tables import Attempt, Step, Trial
from tablecast.inbound.failures import better

Entry = dict[str, Any]

MOST_WARNINGS = 100


async def write(
    tx: Deed, attempt: Attempt, journals: dict[str, Any], offsets: Mapping[str, int]
) -> bool:
    """Apply what was read after `offsets`, a mapping of step to next offset and entries.

    Tell whether there is more to read: there was something, or another replica has applied lines
    while this one asked for them. Then these may be among them, and are left to be read again.
    """
    new = stale = False
    for step in await Step.select_for_update().filter(attempt_id=attempt.id):
        read = journals.get(step.name)
        if read is None or not read["entries"]:
            continue
        if step.progress_offset != offsets.get(step.name, 0):
            stale = True
            continue
        await _apply(tx, attempt, step, read["entries"])
        step.progress_offset = read["next"]
        await step.save()
        new = True
    if new:
        await attempt.save(update_fields=["warnings", "updated_at"])
        tx.tell("TRAINING_PROGRESS", Noun.TRAINING, attempt.training_id)
    return new or stale


async def _apply(tx: Deed, attempt: Attempt, step: Step, entries: list[Entry]) -> None:
    trials = [entry for entry in entries if entry.get("type") == "trial"]
    if trials:
        await _write_trials(attempt, trials)
        tx.tell("TRAINING_TRIAL", Noun.TRAINING, attempt.training_id, str(trials[-1]["number"]))
    for entry in entries:
        match entry.get("type"):
            case "progress":
                step.done, step.total = int(entry["done"]), int(entry["total"])
                step.progress_message = str(entry.get("message") or "")
            case "skipped":
                step.skipped = True
                step.progress_message = str(entry.get("message") or "")
            case "warning":
                _warn(attempt, entry)
            case "error" if step.state != StepState.SUCCEEDED:
                step.error = better(step.error, _error(entry))


async def _write_trials(attempt: Attempt, entries: Iterable[Entry]) -> None:
    # By number: a step that began again counts from one again.
    by_number = {int(entry["number"]): entry for entry in entries}
    numbers = list(by_number)
    await Trial.filter(attempt_id=attempt.id, number__in=numbers).delete()
    best = max((number for number in numbers if by_number[number].get("best")), default=None)
    if best is not None:
        await Trial.filter(attempt_id=attempt.id, best=True).update(best=False)
    rows = [_trial(attempt, entry, best) for entry in by_number.values()]
    await Trial.bulk_create(rows)


def _trial(attempt: Attempt, entry: Entry, best: int | None) -> Trial:
    metric = entry.get("metric") or {}
    return Trial(
        id=new_id(),
        project_id=attempt.project_id,
        attempt_id=attempt.id,
        number=int(entry["number"]),
        algorithm=str(entry.get("algorithm") or "")[:40],
        hyperparameters=entry.get("hyperparameters") or {},
        metric_name=str(metric.get("name") or "")[:32],
        metric_value=_finite(metric.get("value")),
        seconds=_finite(entry.get("seconds")) or 0.0,
        best=int(entry["number"]) == best,
    )


def _warn(attempt: Attempt, entry: Entry) -> None:
    warning = {name: entry.get(name) for name in ("code", "column", "message")}
    if warning not in attempt.warnings and len(attempt.warnings) < MOST_WARNINGS:
        attempt.warnings = [*attempt.warnings, warning]


def _error(entry: Entry) -> dict[str, Any]:
    known = {name: entry.get(name) for name in ("code", "column", "message", "hint")}
    return known | {"code": str(known["code"] or "INTERNAL"), "words": ""}


def _finite(value: Any) -> float | None:
    usable = isinstance(value, int | float) and math.isfinite(value)
    return float(value) if usable else None
