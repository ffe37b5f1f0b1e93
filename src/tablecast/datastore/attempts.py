"""What the steps wrote beside their work: progress and logs of attempts, documents of models.

A step may be writing, or may have been killed in the middle of a line, or both. Only whole lines are
given out, and a line that is no JSON object is passed over.
"""

import asyncio
from pathlib import Path
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tablecast.datastore.refusals import bad_request, json_response, not_found
from tablecast.datastore.versions import number
from tablecast.datastore.volume import STEPS, Volume

_PROGRESS_BYTES = 256 << 10
_LOG_BYTES = 1 << 20


class Attempts:
    """The endpoints below /v1/trainings and /v1/models."""

    def __init__(self, volume: Volume) -> None:
        self._volume = volume

    def routes(self) -> list[Route]:
        """Return the routes."""
        attempt = "/v1/trainings/{training}/attempts/{attempt}"
        return [
            Route(f"{attempt}/progress", self._progress, methods=["GET"]),
            Route(f"{attempt}/steps/{{step}}/log", self._log, methods=["GET"]),
            Route(attempt, self._delete_attempt, methods=["DELETE"]),
            Route("/v1/trainings/{training}", self._delete_training, methods=["DELETE"]),
            Route("/v1/models/{model}", self._model, methods=["GET"]),
            Route("/v1/models/{model}", self._delete_model, methods=["DELETE"]),
        ]

    async def _progress(self, request: Request) -> Response:
        asked = [step for step in STEPS if step in request.query_params] or list(STEPS)
        share = _PROGRESS_BYTES // len(asked)
        steps = {}
        for step in asked:
            file = self._step(request, step) / "progress.jsonl"
            offset = number(request, step, 0)
            data = await asyncio.to_thread(read_from, file, offset, share)
            steps[step] = _entries(data, offset, share)
        return json_response({"steps": steps})

    async def _log(self, request: Request) -> Response:
        offset = number(request, "offset", 0)
        limit = max(4, min(_LOG_BYTES, number(request, "limit", 65_536)))
        file = self._step(request, request.path_params["step"]) / "log.txt"
        data = whole_characters(await asyncio.to_thread(read_from, file, offset, limit))
        headers = {"Tablecast-Next-Offset": str(offset + len(data))}
        return Response(data, headers=headers, media_type="text/plain; charset=utf-8")

    async def _model(self, request: Request) -> Response:
        folder = self._volume.model(request.path_params["model"])
        return json_response(await asyncio.to_thread(_documents, folder))

    async def _delete_training(self, request: Request) -> Response:
        return await self._removed(self._volume.training(request.path_params["training"]))

    async def _delete_attempt(self, request: Request) -> Response:
        training = request.path_params["training"]
        return await self._removed(self._volume.attempt(training, _number_of(request)))

    async def _delete_model(self, request: Request) -> Response:
        return await self._removed(self._volume.model(request.path_params["model"]))

    async def _removed(self, folder: Path) -> Response:
        await asyncio.to_thread(self._volume.remove, folder)
        return Response(status_code=204)

    def _step(self, request: Request, step: str) -> Path:
        return self._volume.step(request.path_params["training"], _number_of(request), step)


def _number_of(request: Request) -> int:
    attempt: str = request.path_params["attempt"]
    if not (attempt.isascii() and attempt.isdigit() and len(attempt) < 10):
        raise bad_request("The attempt is no whole number.")
    return int(attempt)


def read_from(file: Path, offset: int, limit: int) -> bytes:
    """Return up to `limit` bytes from `offset`; nothing of a file that is not there yet."""
    try:
        with file.open("rb") as stream:
            stream.seek(offset)
            return stream.read(limit)
    except FileNotFoundError:
        return b""


def whole_characters(data: bytes) -> bytes:
    """Return `data` without a UTF-8 character that its end cuts in two."""
    for back in range(1, min(4, len(data) + 1)):
        byte = data[-back]
        if byte >= 0xC0:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return data if needed <= back or len(data) == back else data[:-back]
        if byte < 0x80:
            return data
    return data


def _entries(data: bytes, offset: int, limit: int) -> dict[str, Any]:
    end = data.rfind(b"\n") + 1
    if not end and len(data) >= limit:
        end = len(data)  # a line longer than we ever give out: passed over piece by piece
    entries = (_entry(line) for line in data[:end].splitlines())
    return {"next": offset + end, "entries": [entry for entry in entries if entry is not None]}


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        entry = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return entry if isinstance(entry, dict) else None


def _documents(folder: Path) -> dict[str, Any]:
    names = ("model", "signature", "evaluation")
    try:
        return {name: orjson.Fragment((folder / f"{name}.json").read_bytes()) for name in names}
    except FileNotFoundError:
        raise not_found("model version") from None
