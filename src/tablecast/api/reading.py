"""Reading from a project's datastore for a query: previews, logs, download addresses."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tablecast.api.addresses import public_url
from tablecast.api.context import Context
from tablecast.domain.states import DatasetVersionState, StepState
from tablecast.domain.tables import Attempt, DatasetVersion, ModelVersion, Project, Row, Step
from tablecast.errors import ClusterError, Mistake, ObjectMissing

MOST_LOG_BYTES = 262_144

_UNFINISHED = {StepState.WAITING, StepState.PENDING, StepState.RUNNING}


@dataclass(frozen=True)
class StepLogView:
    """A part of a step's log; `next_offset` in bytes."""

    text: str
    next_offset: int
    ended: bool


async def preview_of(
    context: Context, version: DatasetVersion, offset: int, limit: int
) -> dict[str, Any] | None:
    """First rows of a dataset version that is READY; None of another. Raises `Mistake`."""
    most = context.limits.preview_rows
    _check_range("offset", offset, 0, most)
    _check_range("limit", limit, 1, most)
    namespace = await _namespace(context, version)
    if version.state != DatasetVersionState.READY or namespace is None:
        return None
    try:
        with answering():
            return await context.services.datastore.preview(
                namespace, version.dataset_id, version.id, offset=offset, limit=limit
            )
    except ObjectMissing:
        return None


async def step_log_of(
    context: Context, attempt: Attempt | None, step: Step, offset: int, limit: int
) -> StepLogView:
    """A part of a step's log from a byte on; empty where there is none yet. Raises `Mistake`."""
    _check_range("offset", offset, 0, 2**53)
    _check_range("limit", limit, 1, MOST_LOG_BYTES)
    namespace = await _namespace(context, step)
    if attempt is None or namespace is None:
        return StepLogView("", offset, ended=True)
    ended = step.state not in _UNFINISHED
    try:
        with answering():
            data, _ = await context.services.datastore.step_log(
                namespace,
                attempt.training_id,
                attempt.number,
                step.name,
                offset=offset,
                limit=limit,
            )
    except ObjectMissing:
        return StepLogView("", offset, ended)
    last = ended and len(data) < limit
    text, taken = whole_text(data, last)
    return StepLogView(text, offset + taken, last)


async def download_of(
    context: Context, version: ModelVersion, seconds: int
) -> dict[str, Any] | None:
    """A signed address of a model version's file, good for `seconds`."""
    namespace = await _namespace(context, version)
    if namespace is None:
        return None
    expires = int(time.time()) + seconds
    path = context.services.datastore.signed_path(
        namespace, f"models/{version.id}/{version.file}", expires
    )
    return {
        "url": f"{public_url(context.services.settings)}/downloads/{version.project_id}{path}",
        "expires_at": datetime.fromtimestamp(expires, UTC),
    }


@contextmanager
def answering() -> Iterator[None]:
    """Turn a datastore that does not answer into a `Mistake` (DATASTORE_BUSY); missing stays missing."""
    try:
        yield
    except ObjectMissing:
        raise
    except ClusterError as exc:
        raise Mistake(
            "The project's datastore does not answer now.",
            code="DATASTORE_BUSY",
            hint="Try again in a moment.",
        ) from exc


def whole_text(data: bytes, last: bool) -> tuple[str, int]:
    """The text in `data` and how many bytes it took: a character cut off at the end is left for the
    next part, unless this is the `last`."""
    for cut in range(0 if last else min(4, len(data) + 1)):
        try:
            return data[: len(data) - cut].decode(), len(data) - cut
        except UnicodeDecodeError:
            continue
    return data.decode(errors="replace"), len(data)


def _check_range(field: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise Mistake(
            f"`{field}` is out of range.",
            code="OUT_OF_RANGE",
            field=field,
            hint=f"{least} to {most}",
        )


async def _namespace(context: Context, row: Row) -> str | None:
    project = await context.loaders.row(Project, str(getattr(row, "project_id")))  # noqa: B009
    return project.namespace if project else None
