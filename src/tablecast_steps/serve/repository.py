"""The models that are served, made to match what the model folder asks for.

A load that fails is kept as a model that is not ready, with its reason; it is tried again only when
its file looks different. What a file may hold shall not end the server; a file that did so twice is not
loaded any more. Whoever asks for `load` or `unload` gets the folder looked at: the folder is the truth,
the call is a hint.
"""

import asyncio
import gc
import logging
from pathlib import Path
from typing import Any

from kserve import ModelRepository
from kserve.errors import ModelNotFound

from tablecast_steps.artifact import Loaded, Untrusted, read_artifact
from tablecast_steps.serve import memory
from tablecast_steps.serve.answers import answers
from tablecast_steps.serve.folder import Found, find_models
from tablecast_steps.serve.marks import MOST_DEATHS, Marks
from tablecast_steps.serve.models import RefusedModel, ServedModel

log = logging.getLogger("tablecast.serve")


class FolderRepository(ModelRepository):  # type: ignore[misc] # kserve has no types
    """KServe's registry over one model folder."""

    def __init__(self, model_dir: Path, own_name: str, marks: Marks) -> None:
        super().__init__(str(model_dir))
        self._folder = model_dir
        self._own_name = own_name
        self._marks = marks
        self._seen: dict[str, Found] = {}
        self._turn = asyncio.Lock()

    async def follow(self, *, cautious: bool = False) -> None:
        """Make what is served match the folder once; the slow part runs in a thread.

        `cautious`: what the server died of before is left for later.
        """
        async with self._turn:
            wanted = await asyncio.to_thread(find_models, self._folder, self._own_name)
            gone = [name for name in self._seen if name not in wanted]
            new = [name for name, found in wanted.items() if self._seen.get(name) != found]
            if cautious:
                new = [name for name in new if not self._deaths(wanted[name])]
            for name in gone:
                self._drop(name)
            for name in new:
                await self._take(name, wanted[name])
            if gone or new:
                _settle_memory()

    async def load(self, name: str) -> bool:
        """Look at the folder now, as the agent has asked; ModelNotFound if it holds no such model."""
        await self.follow()
        if name not in self._seen:
            raise ModelNotFound(name)
        return bool(await self.is_model_ready(name))

    def unload(self, name: str) -> None:
        """Stop serving a model; KeyError if there is none. If its files stay it comes back."""
        self._seen.pop(name, None)
        super().unload(name)

    def reason(self, name: str) -> str:
        """Return why a model is not ready, for people."""
        return str(getattr(self.get_model(name), "reason", ""))

    async def _take(self, name: str, found: Found) -> None:
        """Load a model and put it in place; what was served under the name before is not what
        the folder says any more, and goes either way."""
        try:
            loaded = await asyncio.to_thread(self._read, found)
        except Exception as error:
            reason = _reason(error)
            log.error("model %s is not loaded: %s", name, reason)
            self.update(RefusedModel(name, reason))
        else:
            log.info("model %s is loaded: sha256 %s", name, loaded.sha256)
            self.update(ServedModel(name, loaded))
        self._seen[name] = found

    def _drop(self, name: str) -> None:
        del self._seen[name]
        if self.get_model(name) is not None:
            super().unload(name)
        log.info("model %s is unloaded: its files are gone", name)

    def _deaths(self, found: Found) -> int:
        return self._marks.deaths(found.path.name) if found.path else 0

    def _read(self, found: Found) -> Loaded:
        """Load, and predict for a row of nothing: ready means that it answers, and is warm."""
        if found.path is None:
            raise Untrusted("its folder does not hold exactly one .tablecast file")
        deaths = self._deaths(found)
        if deaths >= MOST_DEATHS:
            raise Untrusted(f"the server died {deaths} times while it loaded this file")
        with self._marks.loading(found.path.name):
            loaded = read_artifact(found.path, memory.left())
            answers(loaded, [{each["name"]: None for each in loaded.signature["inputs"]}])
        return loaded


def _reason(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return f"its load took more memory than is left: {error}".rstrip(": ")
    return str(error) if isinstance(error, Untrusted) else repr(error)


def _settle_memory() -> None:
    """Take what stays for long out of the garbage collector's rounds: a request that met a full
    round over all models took 70 ms instead of 2."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def index(repository: FolderRepository) -> list[dict[str, Any]]:
    """Return the repository index of KServe's V2 protocol: name, state, reason."""
    return [
        {
            "name": name,
            "state": "READY" if model.ready else "UNAVAILABLE",
            "reason": repository.reason(name),
        }
        for name, model in sorted(repository.get_models().items())
    ]
