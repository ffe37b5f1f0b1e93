"""`predict`: from a serving and rows to answers, by whichever revision is active."""

from typing import Any

from tablecast.api.context import Context
from tablecast.api.inputs.servings import PredictInput
from tablecast.api.prediction import answers_of, check_rows, not_servable, refused
from tablecast.api.types.predictions import PredictPayload
from tablecast.clients.inference import RowsRefused as RefusedByServer
from tablecast.domain.deeds import Asked
from tablecast.domain.servings import active_revision, can_predict, require_serving
from tablecast.domain.tables import ModelVersion, Project, Revision, Serving
from tablecast.errors import ClusterBusy, LimitReached, Mistake


async def predict(context: Context, asked: Asked, given: PredictInput) -> PredictPayload:
    """Answer rows; raises `Mistake`s and `ClusterBusy`."""
    _check_count(len(given.rows), context.limits.predict_rows)
    serving = await require_serving(asked, given.serving_id)
    while True:
        try:
            return await _answer(context, serving, given.rows)
        except ClusterBusy:
            # Perhaps a newer revision took over just now, and the one that was asked is gone.
            asked_of = serving.active_revision
            serving = await require_serving(asked, given.serving_id)
            if serving.active_revision == asked_of:
                raise


async def _answer(context: Context, serving: Serving, rows: list[Any]) -> PredictPayload:
    revision = await active_revision(serving)
    if revision is None or not can_predict(serving):
        raise not_servable(serving)
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
    try:
        return await context.services.inference.predict(
            namespace, revision.inference_service, revision.object_name, rows
        )
    except RefusedByServer as exc:
        raise refused(exc.errors) from exc


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
