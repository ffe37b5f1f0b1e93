"""Records: a succeeded attempt's model is read from the volume and becomes a model version."""

from typing import Any

from tablecast.domain.attempts import end_attempt
from tablecast.domain.deeds import SYSTEM, Deed, deed
from tablecast.domain.states import AttemptState, Noun
from tablecast.domain.tables import Attempt, Model, ModelVersion, Training
from tablecast.domain.withdrawals import MODEL_DELETING

Document = dict[str, Any]


async def record(attempt: Attempt, document: Document | None) -> None:
    """Write down the model that an attempt in RECORDING made; None where the volume has none."""
    try:
        fields = None if document is None else _fields(document)
    except (KeyError, TypeError, ValueError):
        fields = None
    if fields is None:
        await _fail(
            attempt, "MODEL_MISSING", "The training ended well, but left no readable model."
        )
        return
    async with deed(SYSTEM, attempt.project_id) as tx:
        training = await Training.get_or_none(id=attempt.training_id)
        if training is None:
            return
        # Model before training, as everybody locks them.
        model = await Model.select_for_update().get_or_none(id=training.model_id)
        if model is not None and model.state != MODEL_DELETING:
            await _insert(tx, attempt, model, fields)
            return
    await _fail(attempt, "MODEL_DELETED", "The model that it was made for was deleted meanwhile.")


async def _insert(tx: Deed, attempt: Attempt, model: Model, fields: dict[str, Any]) -> None:
    training = await Training.select_for_update().get(id=attempt.training_id)
    if not await end_attempt(tx, attempt.id, AttemptState.SUCCEEDED):
        return
    model.versions += 1
    await model.save(update_fields=["versions", "updated_at"])
    await ModelVersion.create(
        id=attempt.model_version_id,
        project_id=attempt.project_id,
        model_id=model.id,
        number=model.versions,
        training_id=training.id,
        attempt_id=attempt.id,
        dataset_version_id=training.dataset_version_id,
        target=str(training.spec["target"])[:255],
        **fields,
    )
    await Training.filter(id=training.id).update(model_version_id=attempt.model_version_id)
    tx.tell("MODEL_VERSION_CREATED", Noun.MODEL, model.id, attempt.model_version_id)


async def _fail(attempt: Attempt, code: str, message: str) -> None:
    error = {"code": code, "column": None, "message": message, "hint": "Retry.", "step": "train"}
    async with deed(SYSTEM, attempt.project_id) as tx:
        await end_attempt(tx, attempt.id, AttemptState.FAILED, message, error)


def _fields(document: Document) -> dict[str, Any]:
    made, evaluation = document["model"], document["evaluation"]
    name = evaluation["primary_metric"]
    values = {metric["name"]: metric["value"] for metric in evaluation["metrics"]}
    return {
        "algorithm": made["algorithm"],
        "hyperparameters": made.get("hyperparameters") or {},
        "problem": made["problem"],
        "sha256": made["sha256"],
        "bytes": int(made["bytes"]),
        "file": made["file"],
        "metric_name": name,
        "metric_value": values.get(name),
        "signature": dict(document["signature"]),
        "evaluation": evaluation,
    }
