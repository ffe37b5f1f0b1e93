"""KServe's V2 tensors: a tensor a column in, a tensor of predictions (and probabilities) out. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from kserve import InferInput, InferOutput, InferRequest, InferResponse

from tablecast_steps.artifact import Loaded
from tablecast_steps.serve.answers import answers
from tablecast_steps.serve.rows import Row, RowsRefused

DATATYPES = {
    "INTEGER": "INT64",
    "FLOAT": "FP64",
    "BOOLEAN": "BOOL",
    "STRING": "BYTES",
    "DATE": "BYTES",
    "TIMESTAMP": "BYTES",
}


def rows_of(request: InferRequest) -> list[dict[str, Any]]:
    """Turn a tensor a column into rows; RowsRefused where they are not of one length."""
    columns = {each.name: _values(each) for each in request.inputs}
    lengths = {len(values) for values in columns.values()}
    if len(lengths) != 1:
        sentence = "Every input has to be a column, all of the same length."
        raise RowsRefused(
            [{"row": None, "column": None, "code": "WRONG_TYPE", "message": sentence}]
        )
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _values(tensor: InferInput) -> list[Any]:
    """Return a tensor's values; binary ones come as a numpy array, text in it as bytes."""
    values = tensor.data
    if values is None or not isinstance(values, list):
        values = tensor.as_numpy().ravel().tolist()
    return [each.decode("utf-8", "replace") if isinstance(each, bytes) else each for each in values]


def response_of(
    loaded: Loaded, request: InferRequest, rows: Sequence[Row], name: str
) -> InferResponse:
    """Return predictions, probabilities of shape (rows, classes) and each row's warnings."""
    found = answers(loaded, rows)
    outputs = [_predictions(loaded, found), _warnings(found)]
    if loaded.model.classes is not None:
        outputs.insert(1, _probabilities(loaded, found))
    return InferResponse(
        response_id=request.id,
        model_name=name,
        infer_outputs=outputs,
        parameters={"model_version": loaded.about["model_version"], "sha256": loaded.sha256},
    )


def _predictions(loaded: Loaded, found: Sequence[Mapping[str, Any]]) -> InferOutput:
    datatype = "FP64" if loaded.model.classes is None else "BYTES"
    values = [each["prediction"] for each in found]
    return InferOutput(name="prediction", shape=[len(found)], datatype=datatype, data=values)


def _probabilities(loaded: Loaded, found: Sequence[Mapping[str, Any]]) -> InferOutput:
    classes = loaded.model.classes
    assert classes is not None
    values = [value for each in found for value in each["probabilities"].values()]
    return InferOutput(
        name="probabilities",
        shape=[len(found), len(classes)],
        datatype="FP64",
        data=values,
        parameters={"classes": json.dumps(classes, ensure_ascii=False)},
    )


def _warnings(found: Sequence[Mapping[str, Any]]) -> InferOutput:
    values = [json.dumps(each["warnings"], ensure_ascii=False) for each in found]
    return InferOutput(name="warnings", shape=[len(found)], datatype="BYTES", data=values)


def input_types(loaded: Loaded) -> list[dict[str, Any]]:
    """Describe the inputs as V2's metadata does; -1 is any number of rows."""
    return [
        {"name": each["name"], "datatype": DATATYPES[each["type"]], "shape": [-1]}
        for each in loaded.signature["inputs"]
    ]


def output_types(loaded: Loaded) -> list[dict[str, Any]]:
    """Describe the outputs as V2's metadata does."""
    classes = loaded.model.classes
    datatype = "FP64" if classes is None else "BYTES"
    described: list[dict[str, Any]] = [{"name": "prediction", "datatype": datatype, "shape": [-1]}]
    if classes is not None:
        shape = [-1, len(classes)]
        described.append({"name": "probabilities", "datatype": "FP64", "shape": shape})
    return [*described, {"name": "warnings", "datatype": "BYTES", "shape": [-1]}]
