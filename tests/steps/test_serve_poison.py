"""Models that would take their server down: refused before they can, or not loaded a third time."""

import re
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tablecast_steps.artifact import pipeline_bytes, read_artifact, write_artifact
from tablecast_steps.train.step import KIND as TRAIN
from tests.steps.model_server import Server, arrive
from tests.steps.tables import birds
from tests.steps.volume import Volume

MIB = 1 << 20
ROW = {"bill": 47.0, "mass": 5100, "island": "Biscoe", "year": 2008}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model's file, as `train` publishes it."""
    volume = Volume(tmp_path_factory.mktemp("good"))
    volume.put(birds())
    volume.spec.update(target="species", algorithm="LINEAR", model_version="good")
    volume.done("preprocess", "features")
    code, result = volume.run(TRAIN)
    assert code == 0, result
    return volume.root / "models" / "good" / str(result["file"])


def heavy(good: Path, folder: Path, mebibytes: int) -> Path:
    """The same model with a load of zeros: a file of a few KiB that takes this much memory."""
    loaded = read_artifact(good)
    loaded.model.ballast = np.zeros(mebibytes * MIB, dtype=np.uint8)  # type: ignore[attr-defined]
    folder.mkdir()
    artifact = write_artifact(
        folder, pipeline_bytes(loaded.model), loaded.signature, dict(loaded.about)
    )
    assert artifact.bytes < 4 * MIB
    return folder / artifact.file


@pytest.fixture(scope="module")
def bomb(good: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound model that takes 900 MiB."""
    return heavy(good, tmp_path_factory.mktemp("bomb") / "made", 900)


@pytest.fixture(scope="module")
def server(good: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with 700 MiB that has the good model loaded, and outlives all that is done to it."""
    folder = tmp_path_factory.mktemp("server")
    arrive(folder / "models", "good", good)
    server = Server(folder / "models", folder / "log", memory_bytes=700 * MIB)
    try:
        server.until_ready("good")
        yield server
    finally:
        server.process.kill()
        server.process.wait()


def resident(server: Server) -> int:
    """Bytes of its own that a server has in memory; 0 once it is gone."""
    try:
        status = Path(f"/proc/{server.process.pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"RssAnon:\s+(\d+) kB", status)
    return 1024 * int(found[1]) if found else 0


def test_a_model_larger_than_what_is_left_is_refused_before_it_takes_any(
    server: Server, bomb: Path
) -> None:
    most = 0
    arrive(server.folder, "bomb", bomb)
    while server.ready("bomb")[0] != 503:
        most = max(most, resident(server))

    assert "MiB of memory" in server.ready("bomb")[1]["error"]
    assert most < 700 * MIB
    assert server.predict("good", ROW)[0] == 200


def test_a_load_that_meets_the_limit_fails_alone(server: Server, good: Path) -> None:
    """Its file tells less than it takes: what it takes beyond is refused by the process's own limit."""
    fits_by_its_size = heavy(good, server.folder.parent / "made", 330)
    arrive(server.folder, "swells", fits_by_its_size)
    server.until(lambda: server.ready("swells")[0] == 503)

    assert "its load took more memory" in server.ready("swells")[1]["error"]
    assert server.predict("good", ROW)[0] == 200
    arrive(server.folder, "late", good)
    server.until_ready("late")


@pytest.mark.parametrize(
    ("name", "content"),
    [("empty", b""), ("broken", b"PK\x03\x04 and no more"), ("zeros", b"\0" * 5000)],
)
def test_garbage_is_refused_with_its_reason(server: Server, name: str, content: bytes) -> None:
    garbage = server.folder.parent / f"{'a' * 64}.tablecast"
    garbage.write_bytes(content)
    arrive(server.folder, name, garbage)
    server.until(lambda: server.ready(name)[0] == 503)

    assert "sha256" in server.ready(name)[1]["error"]
    assert server.predict("good", ROW)[0] == 200


def test_a_truncated_pipeline_of_the_right_sha256_is_refused(
    server: Server, good: Path, tmp_path: Path
) -> None:
    loaded = read_artifact(good)
    with zipfile.ZipFile(good) as archive:
        half = archive.read("pipeline.skops")[:1500]
    artifact = write_artifact(tmp_path, half, loaded.signature, dict(loaded.about))
    arrive(server.folder, "half", tmp_path / artifact.file)
    server.until(lambda: server.ready("half")[0] == 503)

    assert "skops" in server.ready("half")[1]["error"]
    assert server.predict("good", ROW)[0] == 200


class Container:
    """A pod's server as a node runs it: killed over its memory, started again in the same pod."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self.folder, self.most_bytes = folder, most_bytes
        self.kills = 0
        self.server = self._start()
        self._ending = threading.Event()
        self._watching = threading.Thread(target=self._watch)
        self._watching.start()

    def _start(self) -> Server:
        # Without TABLECAST_MEMORY_BYTES: nothing in the server itself holds the model back.
        marks = f"--marks={self.folder.parent / 'loads'}"
        return Server(self.folder, self.folder.parent / "log", marks)

    def _watch(self) -> None:
        while not self._ending.wait(0.005):
            if resident(self.server) > self.most_bytes:
                self.server.process.kill()
            if self.server.process.poll() is not None:
                self.kills += 1
                self.server = self._start()

    def until(self, seconds: float, status: int, name: str) -> None:
        ends = time.monotonic() + seconds
        while self.server.ready(name)[0] != status:
            assert time.monotonic() < ends, self.server.log.read_text()
            time.sleep(0.02)

    def stop(self) -> None:
        self._ending.set()
        self._watching.join()
        self.server.process.kill()
        self.server.process.wait()


def test_a_model_that_killed_the_server_twice_is_skipped_and_the_others_are_back(
    good: Path, bomb: Path, tmp_path: Path
) -> None:
    """Also under another name: that is how it would be healed."""
    arrive(tmp_path / "models", "good", good)
    container = Container(tmp_path / "models", most_bytes=600 * MIB)
    try:
        container.until(60, 200, "good")
        arrive(tmp_path / "models", "bomb", bomb)
        container.until(120, 503, "bomb")
        container.until(60, 200, "good")
        arrive(tmp_path / "models", "bomb-r2", bomb)
        container.until(60, 503, "bomb-r2")

        assert container.kills == 2
        assert "died 2 times" in container.server.ready("bomb-r2")[1]["error"]
        assert container.server.predict("good", ROW)[0] == 200
        arrive(tmp_path / "models", "late", good)
        container.until(60, 200, "late")
        assert container.kills == 2
    finally:
        container.stop()
