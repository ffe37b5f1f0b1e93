"""`predict`: from a serving and rows to answers, by the revision that is active or by its canary."""

import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any

from tablecast.api.context import Context
from tablecast.api.inputs.servings import PredictInput
from tablecast.api.prediction import (
    NotServable,
    RowsRefused,
    answers_of,
    check_rows,
    not_servable,
    refused,
)
from tablecast.api.types.predictions import PredictPayload
from tablecast.clients.inference import RowsRefused as RefusedByServer
from tablecast.domain.canaries import answering
from tablecast.domain.deeds import Asked
from tablecast.domain.servings import require_serving
from tablecast.domain.tables import ModelVersion, PredictorPod, Project, Revision, Serving
from tablecast.errors import ClusterBusy, LimitReached, Mistake
from tablecast.metering import PREDICTED, PREDICTING

Json = dict[str, Any]

# A server that fails within this is gone, or a new one that lacks the model still: another one may
# answer. What fails later is the rows' weight, and others would bear it no better.
QUICK_SECONDS = 2.0


async def predict(context: Context, asked: Asked, given: PredictInput) -> PredictPayload:
    """Answer rows; raises `Mistake`s and `ClusterBusy`."""
    began, outcome = time.perf_counter(), "failed"
    try:
        answer = await _predict(context, asked, given)
        outcome = "answered"
        PREDICTED.inc(len(given.rows))
        return answer
    except (Mistake, ClusterBusy) as exc:
        unavailable = isinstance(exc, ClusterBusy | NotServable)
        outcome = "unavailable" if unavailable else "refused"
        raise
    finally:
        PREDICTING.labels(outcome).observe(time.perf_counter() - began)


async def _predict(context: Context, asked: Asked, given: PredictInput) -> PredictPayload:
    _check_count(len(given.rows), context.limits.predict_rows)
    serving = await require_serving(asked, given.serving_id)
    while True:
        try:
            return await _answer(context, serving, given.rows)
        except ClusterBusy:
            # Perhaps another revision took over just now, and the one that was asked is gone.
            asked_of = _revisions(serving)
            serving = await require_serving(asked, given.serving_id)
            if _revisions(serving) == asked_of:
                raise


def _revisions(serving: Serving) -> tuple[int, int, int | None]:
    return serving.active_revision, serving.revision, serving.canary_percent


async def _answer(context: Context, serving: Serving, rows: list[Any]) -> PredictPayload:
    revisions = await answering(serving, random.random())
    if not revisions:
        raise not_servable(serving)
    first, *others = revisions
    try:
        return await _answer_by(context, serving, first, rows)
    except (ClusterBusy, RowsRefused) as exc:
        # What does not fit a canary is the active one's to judge; the other way round it is not.
        final = isinstance(exc, RowsRefused) and first.number == serving.active_revision
        if final or not others:
            raise
    return await _answer_by(context, serving, others[0], rows)


async def _answer_by(
    context: Context, serving: Serving, revision: Revision, rows: list[Any]
) -> PredictPayload:
    version = await ModelVersion.get_or_none(id=revision.model_version_id)
    project = await Project.get_or_none(id=serving.project_id)
    if version is None or project is None:
        raise not_servable(serving)
    warnings = check_rows(rows, version.signature)
    answer = await _ask(context, project.namespace, revision, rows)
    predictions: Any = answers_of(answer, warnings)
    shown: Any = version
    return PredictPayload(predictions=predictions, model_version=shown)


async def _ask(
    context: Context, namespace: str, revision: Revision, rows: list[Any]
) -> dict[str, Any]:
    server = revision.inference_service, revision.object_name
    ask = partial(context.services.inference.predict, namespace, *server, rows)
    try:
        return await _ask_any(ask, revision)
    except RefusedByServer as exc:
        raise refused(exc.errors) from exc


async def _ask_any(ask: Callable[..., Awaitable[Json]], revision: Revision) -> Json:
    """Whichever server the Service chooses; where that one has gone, the others in turn."""
    began = time.monotonic()
    try:
        return await ask()
    except ClusterBusy:
        quick = time.monotonic() - began < QUICK_SECONDS
        for pod in await _loaded_pods(revision) if quick else ():
            with suppress(ClusterBusy):
                return await ask(pod=pod)
        raise


async def _loaded_pods(revision: Revision) -> list[str]:
    service = revision.inference_service
    pods = PredictorPod.filter(
        project_id=revision.project_id, inference_service=service, ready=True
    )
    return [pod.name for pod in await pods if revision.object_name in pod.loaded]


def _check_count(count: int, most: int) -> None:
    if count == 0:
        raise Mistake("There are no rows.", code="NO_ROWS", field="rows", hint="Give at least one.")
    if count > most:
        raise LimitReached(
            f"One predict takes at most {most} rows.",
            field="rows",
            limit=most,
            hint="Send them in several requests.",
        )
