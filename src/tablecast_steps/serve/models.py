"""One served model: KServe's Model around what an artifact held."""

import asyncio
from typing import Any

import orjson
from kserve import InferRequest, InferResponse, Model
from kserve.errors import InvalidInput

from tablecast_steps.artifact import Loaded
from tablecast_steps.serve.answers import answers
from tablecast_steps.serve.rows import check_rows
from tablecast_steps.serve.tensors import input_types, output_types, response_of, rows_of

# More rows than this are predicted in a thread, so that health and other requests are answered.
ROWS_AT_ONCE = 64


class ServedModel(Model):  # type: ignore[misc] # kserve has no types
    """Answers V1 (a dict with “instances”) and V2 (an InferRequest)."""

    def __init__(self, name: str, loaded: Loaded) -> None:
        super().__init__(name, return_response_headers=True)
        self.loaded = loaded
        self.ready = True

    async def predict(
        self, payload: Any, headers: dict[str, str], response_headers: dict[str, str]
    ) -> bytes | InferResponse:
        """Check and predict; RowsRefused where the rows do not fit the signature.

        V1's answer is encoded here: KServe's own way warns of itself with every request."""
        if isinstance(payload, InferRequest):
            rows = check_rows(rows_of(payload), self.loaded.signature["inputs"])
            return await self._work(rows, response_of, self.loaded, payload, rows, self.name)
        rows = check_rows(_instances(payload), self.loaded.signature["inputs"])
        response_headers["content-type"] = "application/json"
        return await self._work(rows, _answer, self.loaded, rows)

    async def _work(self, rows: list[Any], function: Any, *arguments: Any) -> Any:
        if len(rows) <= ROWS_AT_ONCE:
            return function(*arguments)
        return await asyncio.to_thread(function, *arguments)

    def get_input_types(self) -> list[dict[str, Any]]:
        return input_types(self.loaded)

    def get_output_types(self) -> list[dict[str, Any]]:
        return output_types(self.loaded)


def _answer(loaded: Loaded, rows: list[Any]) -> bytes:
    return orjson.dumps(
        {
            "predictions": answers(loaded, rows),
            "model_version": loaded.about["model_version"],
            "sha256": loaded.sha256,
        }
    )


def _instances(payload: Any) -> Any:
    """Return a V1 body's rows. KServe leaves a body undecoded that is not called JSON."""
    if isinstance(payload, bytes):
        try:
            payload = orjson.loads(payload)
        except orjson.JSONDecodeError as error:
            raise InvalidInput(f"the body is not JSON: {error}") from error
    return payload.get("instances") if isinstance(payload, dict) else None


class RefusedModel(Model):  # type: ignore[misc] # kserve has no types
    """Stands where a model could not be loaded: known, never ready, and able to say why."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name)
        self.reason = reason
        self.ready = False
