"""The client of model servers: is a model loaded on this pod, and what does it predict.

Readiness is asked of each pod by itself; predictions go to the Service, to whichever pod it chooses,
or to one pod where that is named.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tablecast.cluster.port import Call, Requests, Target
from tablecast.errors import ClusterBusy, ClusterError, ClusterRefusal

POD_PORT = 8080
SERVICE_PORT = 80

# Longer than a busy server needs to say yes; a pod that takes longer takes no predictions either.
READY_SECONDS = 5.0
PREDICT_SECONDS = 30.0

# Gone, starting, loading, moved: another try may meet a server that knows the model.
_NOT_NOW = {404, 408, 425, 429}
_REFUSED_ROWS = 422
# A model that the server knows, and did not load.
_REFUSED = 503
# Characters of a server's own words that are kept.
MOST_WORDS = 500


@dataclass(eq=False)
class RowsRefused(ClusterRefusal):
    """Rows do not fit the model's signature; `errors` are row, column, code and message each."""

    errors: list[dict[str, Any]] = field(default_factory=list)


class InferenceClient:
    """Asks model servers through the cluster port."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def ready(self, namespace: str, pod: str, name: str) -> bool:
        """Tell whether a pod says that it has `name` loaded; one that does not answer has not."""
        target = Target(namespace, pod, POD_PORT, kind="Pod")
        call = Call(target, path=f"/v2/models/{name}/ready", timeout=READY_SECONDS)
        try:
            async with self._requests.request(call) as response:
                body = await response.read()
                return response.status == 200 and _says_ready(body)
        except ClusterError:
            return False

    async def refusal(self, namespace: str, pod: str, name: str) -> str:
        """Return why a pod does not have `name` loaded, in its own words; "" where it does not say."""
        target = Target(namespace, pod, POD_PORT, kind="Pod")
        call = Call(target, path=f"/v2/models/{name}/ready", timeout=READY_SECONDS)
        try:
            async with self._requests.request(call) as response:
                found = _json(await response.read())
        except ClusterError:
            return ""
        return str(found.get("error", ""))[:MOST_WORDS] if response.status == _REFUSED else ""

    async def predict(
        self,
        namespace: str,
        inference_service: str,
        name: str,
        instances: Sequence[Any],
        *,
        pod: str = "",
    ) -> dict[str, Any]:
        """Return the server's V1 answer to rows: of `pod`, or of whichever the Service chooses.

        Raises `RowsRefused` for rows that the model cannot take, `ClusterBusy` where no server with
        the model answered, `ClusterRefusal` for any other no.
        """
        service = Target(namespace, f"{inference_service}-predictor", SERVICE_PORT)
        call = Call(
            Target(namespace, pod, POD_PORT, kind="Pod") if pod else service,
            method="POST",
            path=f"/v1/models/{name}:predict",
            headers={"Content-Type": "application/json"},
            body=json.dumps({"instances": list(instances)}).encode(),
            timeout=PREDICT_SECONDS,
        )
        async with self._requests.request(call) as response:
            return _answer(response.status, await response.read())


def _answer(status: int, body: bytes) -> dict[str, Any]:
    found = _json(body)
    if status == 200 and "predictions" in found:
        return found
    if status == _REFUSED_ROWS:
        raise RowsRefused("The rows do not fit the model.", status, errors=_errors(found))
    message = str(found.get("error") or f"The model server answered {status}.")
    if status in _NOT_NOW or status >= 500 or status == 200:
        raise ClusterBusy(message, status)
    raise ClusterRefusal(message, status)


def _errors(found: dict[str, Any]) -> list[dict[str, Any]]:
    errors = found.get("errors")
    return [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []


def _says_ready(body: bytes) -> bool:
    # Servers of the protocol's first version answer with a status alone.
    return _json(body).get("ready", True) is True


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
