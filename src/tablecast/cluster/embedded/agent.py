"""Plays KServe's agent beside a pool's model server: downloads models and tells it of them.

As the real one: a model lands in <model dir>/<name>/<last part of the URL's path>, unpacked where
it comes as application/zip, with a file SUCCESS.<sha256 of its spec> beside it; a failed download
or load is only logged and never tried again; a model whose SUCCESS file is there at the start is
not loaded anew. Only the standard library, as it runs once in every predictor pod.
"""

import argparse
import hashlib
import http.client
import json
import logging
import os
import queue
import shutil
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Spec = dict[str, Any]

# A stat a look: cheap enough for ever, quick enough for a person who waits.
_LOOK_SECONDS = 0.25
_TIMEOUT_SECONDS = 300
_CONFIG_FILE = "models.json"
_CHUNK = 1 << 20
_log = logging.getLogger("agent")


def success_file(spec: Spec) -> str:
    """Return the name of the file that says that a model of this spec is complete."""
    encoded = json.dumps(spec, sort_keys=True).encode()
    return f"SUCCESS.{hashlib.sha256(encoded).hexdigest()}"


class Agent:
    """Follows the pool's configuration."""

    def __init__(self, models: Path, port: int) -> None:
        self._models = models
        self._port = port
        self._specs = _recovered(models)
        self._queues: dict[str, queue.SimpleQueue[Spec | None]] = {}

    def follow(self, config: Path) -> None:
        """Look at the configuration for ever."""
        seen = None
        while True:
            stamp = _stamp(config)
            if stamp is not None and stamp != seen:
                seen = stamp
                self._sync(json.loads(config.read_bytes() or b"[]"))
            time.sleep(_LOOK_SECONDS)

    def _sync(self, entries: list[dict[str, Any]]) -> None:
        wanted = {entry["modelName"]: entry["modelSpec"] for entry in entries}
        for name, spec in wanted.items():
            known = self._specs.get(name)
            if known is None:
                self._specs[name] = spec
                self._tell(name, spec)
            elif known != spec:
                # the real agent keeps the old spec in mind here, and so does this one
                self._tell(name, None)
                self._tell(name, spec)
        for name in self._specs.keys() - wanted.keys():
            del self._specs[name]
            self._tell(name, None)

    def _tell(self, name: str, spec: Spec | None) -> None:
        if name not in self._queues:
            self._queues[name] = queue.SimpleQueue()
            threading.Thread(target=self._work, args=(name,), daemon=True).start()
        self._queues[name].put(spec)

    def _work(self, name: str) -> None:
        while True:
            spec = self._queues[name].get()
            try:
                if spec is None:
                    self._remove(name)
                else:
                    self._add(name, spec)
            except (OSError, http.client.HTTPException, ValueError) as error:
                _log.error("model %s: %r, and it is not tried again", name, error)

    def _add(self, name: str, spec: Spec) -> None:
        folder = self._models / name
        success = folder / success_file(spec)
        if not success.exists():
            download(spec["storageUri"], folder)
            success.write_text(json.dumps(spec))
        self._post(name, "load")

    def _remove(self, name: str) -> None:
        shutil.rmtree(self._models / name, ignore_errors=True)
        self._post(name, "unload")

    def _post(self, name: str, deed: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT_SECONDS)
        try:
            path = f"/v2/repository/models/{name}/{deed}"
            connection.request("POST", path, "{}", {"Content-Type": "application/json"})
            response = connection.getresponse()
            body = response.read(1000)
        finally:
            connection.close()
        level = logging.INFO if response.status == http.client.OK else logging.ERROR
        _log.log(level, "%s of model %s: %s %s", deed, name, response.status, body)


def download(uri: str, folder: Path) -> None:
    """Save what `uri` answers under the last part of its path; OSError for all but 200."""
    url = urlsplit(uri)
    proxy = urlsplit(os.environ.get("http_proxy") or os.environ.get("HTTP_PROXY") or "")
    host, port = (proxy.hostname, proxy.port) if proxy.hostname else (url.hostname, url.port or 80)
    if url.scheme != "http" or not host:
        raise ValueError(f"only http can be downloaded here, not {uri!r}")
    target = f"{url.path}?{url.query}" if url.query else url.path
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)
    try:
        headers = {"Host": url.netloc, "Connection": "close"}
        connection.request("GET", uri if proxy.hostname else target, headers=headers)
        response = connection.getresponse()
        if response.status != http.client.OK:
            raise OSError(f"{url.scheme}://{url.netloc}{url.path} answered {response.status}")
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / (url.path.rpartition("/")[2] or "model")
        with path.open("wb") as file:
            shutil.copyfileobj(response, file, _CHUNK)
        if response.length:
            raise OSError(f"the answer broke off {response.length} bytes before its end")
        if "application/zip" in (response.headers["Content-Type"] or ""):
            shutil.unpack_archive(path, folder, "zip")
            path.unlink()
    finally:
        connection.close()


def _recovered(models: Path) -> dict[str, Spec]:
    """Return the models that a former life of this pod's agent completed."""
    found = models.glob("*/SUCCESS.*")
    return {path.parent.name: json.loads(path.read_bytes()) for path in found}


def _stamp(config: Path) -> tuple[int, int] | None:
    try:
        status = config.stat()
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_ino


def main(arguments: list[str] | None = None) -> None:
    """Run the agent as its container does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config-dir", type=Path, required=True)
    parser.add_argument("--model-dir", type=Path, required=True)
    parser.add_argument("--component-port", type=int, required=True)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stdout)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    agent = Agent(options.model_dir, options.component_port)
    agent.follow(options.config_dir / _CONFIG_FILE)


if __name__ == "__main__":
    main()
