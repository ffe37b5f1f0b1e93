"""The client of a project's datastore: uploads, tables, what steps wrote, links to files.

It knows the datastore's HTTP and nothing of tables. An answer that is not the datastore's own is taken as
no answer, so that a proxy's 404 never looks like a missing upload.
"""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from tablecast.cluster.port import Call, Requests, Response, Target
from tablecast.errors import ClusterBusy, ClusterError, ClusterRefusal, ObjectMissing, Unreachable

PORT = 80
TUS_VERSION = "1.0.0"

_ANSWER_SECONDS = 30.0
# the datastore may have to hash the whole upload before it answers
_FINISH_SECONDS = 900.0
# a person's line may be slow; the datastore itself ends what is silent for a minute
_FORWARD_SECONDS = 120.0

_NOT_NOW = {408, 423, 425, 429}
_OURS = {"authorization", "host", "cookie", "connection", "keep-alive", "proxy-authorization"}
_NOT_PASSED_ON = _OURS | {"te", "trailer", "transfer-encoding", "upgrade", "expect"}


@dataclass(eq=False)
class DatastoreRefusal(ClusterRefusal):
    """The datastore's typed no: `reason` is its code, `error` all of {"code", "message", "hint"}."""

    error: dict[str, Any] = field(default_factory=dict)


class DatastoreClient:
    """Talks to the datastores of projects through the cluster port.

    Every method raises `ClusterBusy` for what may work later, `Unreachable` (one of them) where no
    datastore answered, `ObjectMissing` for what is not there, and `DatastoreRefusal` for any other no.
    """

    def __init__(
        self,
        requests: Requests,
        token_for: Callable[[str], str],
        signing_key_for: Callable[[str], str],
    ) -> None:
        """`token_for` and `signing_key_for` return a namespace's secrets."""
        self._requests = requests
        self._token_for = token_for
        self._signing_key_for = signing_key_for

    async def ensure_upload(
        self, namespace: str, upload: str, length: int, metadata: Mapping[str, str] | None = None
    ) -> None:
        """Make an upload of `length` bytes, if it is not there yet. `metadata` as tus has it."""
        pairs = (
            f"{key} {b64encode(value.encode()).decode()}" for key, value in (metadata or {}).items()
        )
        headers = {
            "Tus-Resumable": TUS_VERSION,
            "Tablecast-Upload-Id": upload,
            "Upload-Length": str(length),
            "Upload-Metadata": ",".join(pairs),
        }
        await self._ask(namespace, "POST", "/uploads", headers=headers)

    async def upload_state(self, namespace: str, upload: str) -> dict[str, Any]:
        """Return {"offset", "length", "expires_at", "state": OPEN|COMPLETE, "sha256"}."""
        return await self._json(namespace, "GET", f"/v1/uploads/{_id(upload)}")

    async def finish_upload(
        self, namespace: str, upload: str, sha256: str | None = None
    ) -> dict[str, Any]:
        """Close a whole upload and return {"state", "sha256", "bytes"}.

        Refused with UPLOAD_INCOMPLETE or CHECKSUM_MISMATCH.
        """
        path, body = f"/v1/uploads/{_id(upload)}/finish", {"sha256": sha256}
        return await self._json(namespace, "POST", path, body, timeout=_FINISH_SECONDS)

    async def delete_upload(self, namespace: str, upload: str) -> None:
        """Remove an upload; one that is not there is fine."""
        headers = {"Tus-Resumable": TUS_VERSION}
        try:
            await self._ask(namespace, "DELETE", f"/uploads/{_id(upload)}", headers=headers)
        except ObjectMissing:
            return
        except DatastoreRefusal as refusal:
            if refusal.status != 410:
                raise

    @asynccontextmanager
    async def forward(
        self,
        namespace: str,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | AsyncIterator[bytes] | None = None,
    ) -> AsyncIterator[Response]:
        """Pass a request on as it is, with our token, and yield the answer, whatever its status."""
        passed = {
            name: text for name, text in headers.items() if name.lower() not in _NOT_PASSED_ON
        }
        call = self._call(namespace, method, path, passed, body, _FORWARD_SECONDS)
        async with self._requests.request(call) as response:
            yield response

    async def start_conversion(
        self,
        namespace: str,
        dataset: str,
        version: str,
        *,
        upload: str,
        file_name: str,
        options: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Begin to make a version of a finished upload, unless it was begun; return its state."""
        body = {"upload": upload, "file_name": file_name, "options": dict(options or {})}
        return await self._json(namespace, "PUT", _version(dataset, version), body)

    async def version_state(self, namespace: str, dataset: str, version: str) -> dict[str, Any]:
        """Return state, progress, error, sizes, hashes and, once READY, the profile."""
        return await self._json(namespace, "GET", _version(dataset, version))

    async def preview(
        self, namespace: str, dataset: str, version: str, *, offset: int = 0, limit: int = 50
    ) -> dict[str, Any]:
        """Return {"columns", "rows", "total"} of the rows kept for a look."""
        query = urlencode({"offset": offset, "limit": limit})
        return await self._json(namespace, "GET", f"{_version(dataset, version)}/preview?{query}")

    async def delete_version(self, namespace: str, dataset: str, version: str) -> None:
        """Remove a dataset version, also one that is being converted."""
        await self._ask(namespace, "DELETE", _version(dataset, version))

    async def delete_dataset(self, namespace: str, dataset: str) -> None:
        """Remove a dataset and all of its versions."""
        await self._ask(namespace, "DELETE", f"/v1/datasets/{_id(dataset)}")

    async def delete_training(self, namespace: str, training: str) -> None:
        """Remove what a training's attempts left, logs included."""
        await self._ask(namespace, "DELETE", f"/v1/trainings/{_id(training)}")

    async def delete_attempt(self, namespace: str, training: str, attempt: int) -> None:
        """Remove what one attempt left, its log included; one that left nothing is fine."""
        await self._ask(namespace, "DELETE", f"/v1/trainings/{_id(training)}/attempts/{attempt}")

    async def delete_model(self, namespace: str, model_version: str) -> None:
        """Remove a model version's files."""
        await self._ask(namespace, "DELETE", f"/v1/models/{_id(model_version)}")

    async def attempt_progress(
        self, namespace: str, training: str, attempt: int, offsets: Mapping[str, int] | None = None
    ) -> dict[str, dict[str, Any]]:
        """Return for each step asked for {"next", "entries"} from its offset on.

        Without `offsets`, all three steps from the start.
        """
        query = f"?{urlencode(offsets)}" if offsets else ""
        path = f"/v1/trainings/{_id(training)}/attempts/{attempt}/progress{query}"
        steps: dict[str, dict[str, Any]] = (await self._json(namespace, "GET", path))["steps"]
        return steps

    async def step_log(
        self,
        namespace: str,
        training: str,
        attempt: int,
        step: str,
        *,
        offset: int = 0,
        limit: int = 65_536,
    ) -> tuple[bytes, int]:
        """Return up to `limit` bytes of a step's log and the offset to go on from."""
        query = urlencode({"offset": offset, "limit": limit})
        path = f"/v1/trainings/{_id(training)}/attempts/{attempt}/steps/{_id(step)}/log?{query}"
        headers, body = await self._ask(namespace, "GET", path)
        named = {name.lower(): text for name, text in headers.items()}
        return body, int(named.get("tablecast-next-offset", offset + len(body)))

    async def model_documents(self, namespace: str, model_version: str) -> dict[str, Any]:
        """Return {"model", "signature", "evaluation"} of a published model version."""
        return await self._json(namespace, "GET", f"/v1/models/{_id(model_version)}")

    def signed_path(self, namespace: str, path: str, expires: int = 0) -> str:
        """Return the link to a file by its path below the volume, valid until `expires`.

        `expires` in Unix seconds, 0 for ever. The link needs no token.
        """
        key = self._signing_key_for(namespace).encode()
        digest = hmac.new(key, f"{path}\n{expires}".encode(), hashlib.sha256)
        return f"/files/{quote(path)}?expires={expires}&sig={digest.hexdigest()}"

    async def healthy(self, namespace: str) -> bool:
        """Tell whether the project's datastore answers and sees its volume."""
        call = Call(Target(namespace, "datastore", PORT), path="/healthz", timeout=5.0)
        try:
            async with self._requests.request(call) as response:
                return response.status == 200 and "volume" in _parsed(await response.read())
        except ClusterError:
            return False

    async def _json(
        self,
        namespace: str,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        timeout: float = _ANSWER_SECONDS,
    ) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        data = None if body is None else json.dumps(body).encode()
        _, answer = await self._ask(
            namespace, method, path, headers=headers, body=data, timeout=timeout
        )
        found = _parsed(answer)
        if not found:
            raise Unreachable("The datastore's answer is not JSON.")
        return found

    async def _ask(
        self,
        namespace: str,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout: float = _ANSWER_SECONDS,
    ) -> tuple[Mapping[str, str], bytes]:
        call = self._call(namespace, method, path, headers or {}, body, timeout)
        async with self._requests.request(call) as response:
            answer = await response.read()
            if not 200 <= response.status < 300:
                raise refusal_of(response.status, answer)
            return response.headers, answer

    def _call(
        self,
        namespace: str,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | AsyncIterator[bytes] | None,
        timeout: float,
    ) -> Call:
        authorized = {**headers, "Authorization": f"Bearer {self._token_for(namespace)}"}
        target = Target(namespace, "datastore", PORT)
        return Call(target, method, path, authorized, body, timeout)


def refusal_of(status: int, body: bytes) -> ClusterError:
    """Return the error that an answer other than 2xx means."""
    error = _parsed(body).get("error")
    if not isinstance(error, dict) or "code" not in error:
        return Unreachable(f"Something answered {status} in the datastore's place.", status)
    code, message = str(error["code"]), str(error.get("message", ""))
    if status >= 500 or status in _NOT_NOW:
        return ClusterBusy(message, status, code)
    if status == 404:
        return ObjectMissing(message, status, code)
    return DatastoreRefusal(message, status, code, error=error)


def _version(dataset: str, version: str) -> str:
    return f"/v1/datasets/{_id(dataset)}/versions/{_id(version)}"


def _id(text: str) -> str:
    return quote(text, safe="")


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
