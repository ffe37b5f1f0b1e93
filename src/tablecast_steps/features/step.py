"""The work of `features`: plan and fit on training rows, check that it can be stored, and store."""

from typing import Any

import pandas as pd
import skops.io

from tablecast_steps.errors import StepError
from tablecast_steps.features.plan import Plan, encoder, plan_columns
from tablecast_steps.features.signature import signature_inputs
from tablecast_steps.frames import frame_from_table
from tablecast_steps.jsonfiles import read_json, write_json
from tablecast_steps.parquet import read_parquet
from tablecast_steps.runtime import Step
from tablecast_steps.transformers import TRUSTED, TableEncoder

PARTS = 4


def features(step: Step) -> dict[str, Any]:
    """Write transformer.skops and features.json into the step's folder."""
    step.progress(0, PARTS, "Reading the training rows")
    before = step.places.work("preprocess")
    columns = [column for column in read_json(before / "schema.json")["columns"] if column["use"]]
    names = [column["name"] for column in columns]
    frame = frame_from_table(read_parquet(before / "train.parquet", names), columns)
    step.progress(1, PARTS, "Choosing an encoding for each column")
    plan = plan_columns(frame, columns)
    _tell_left_out(step, plan)
    step.progress(2, PARTS, "Fitting the encodings")
    fitted = _fitted(step, plan, frame)
    step.progress(3, PARTS, "Writing the transformer")
    encoded = plan.used
    used = [column for column in columns if column["name"] in encoded]
    _write(step, fitted, signature_inputs(frame, used))
    step.progress(PARTS, PARTS, "Done")
    return {"columns": len(used), "outputs": len(fitted.outputs())}


def _tell_left_out(step: Step, plan: Plan) -> None:
    step.warn_of("CONSTANT_COLUMN", plan.constant, "It is the same in all training rows.")
    step.warn_of("CONSTANT_COLUMN", plan.empty, "It has no value in any training row.")
    sentence = "It is different in every training row, and so teaches nothing."
    step.warn_of("ID_LIKE_COLUMN", plan.unique, sentence)


def _fitted(step: Step, plan: Plan, frame: pd.DataFrame) -> TableEncoder:
    if not plan.used:
        raise _no_features()
    fitted = encoder(plan, len(frame), step.spec.seed).fit(frame)
    if not fitted.outputs():
        raise _no_features()
    return fitted


def _no_features() -> StepError:
    return StepError(
        "NO_USABLE_FEATURES",
        "No feature column differs between the training rows, so there is nothing to learn from.",
        hint="Choose at least one column that has different values and does not only name rows.",
    )


def _write(step: Step, fitted: TableEncoder, inputs: list[dict[str, Any]]) -> None:
    path = step.folder / "transformer.skops"
    skops.io.dump(fitted, path)
    trusted = skops.io.get_untrusted_types(file=path)
    strangers = sorted(set(trusted) - set(TRUSTED))
    if strangers:
        raise RuntimeError(f"the transformer holds what nobody trusts: {', '.join(strangers)}")
    outputs = [{"name": name, "column": column} for name, column in fitted.outputs()]
    document = {"inputs": inputs, "outputs": outputs, "trusted": sorted(trusted)}
    write_json(step.folder / "features.json", document)
