"""From checked rows to answers: what a model says of them, as plain values.

Predictions of all rows are made at once; a row's warnings come from its own values.
"""

from collections.abc import Sequence
from typing import Any

from tablecast_steps.artifact import Loaded
from tablecast_steps.evaluation.outcome import Floats
from tablecast_steps.frames import frame_from_rows
from tablecast_steps.serve.rows import Row, warnings_of


def answers(loaded: Loaded, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return {"prediction", "probabilities", "warnings"} for each row."""
    inputs = loaded.signature["inputs"]
    predictions, probabilities = predictions_of(loaded, rows)
    return [
        {"prediction": said, "probabilities": sure, "warnings": warnings_of(row, inputs)}
        for said, sure, row in zip(
            predictions, _named(loaded, probabilities, len(rows)), rows, strict=True
        )
    ]


def predictions_of(
    loaded: Loaded, rows: Sequence[Row]
) -> tuple[list[str] | list[float], Floats | None]:
    """Return a class or number for each row, and (rows, classes) probabilities if it has any."""
    model = loaded.model
    frame = frame_from_rows(rows, loaded.signature["inputs"])
    if model.classes is None:
        return model.predict_values(frame).tolist(), None
    probabilities = model.predict_proba(frame)
    return [model.classes[code] for code in model.decide(probabilities)], probabilities


def _named(
    loaded: Loaded, probabilities: Floats | None, rows: int
) -> list[dict[str, float]] | list[None]:
    classes = loaded.model.classes
    if probabilities is None or classes is None:
        return [None] * rows
    return [dict(zip(classes, row, strict=True)) for row in probabilities.tolist()]
