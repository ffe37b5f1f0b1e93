"""What a publishing that was killed left among the models goes by itself, and nothing else does."""

import os
import time
from pathlib import Path

from tablecast.datastore.volume import Volume
from tests.datastore.running import until

HOUR = 3_600


def folder(volume: Volume, name: str, age: float, file_age: float | None = None) -> Path:
    """A folder among the models that was last touched so many seconds ago, its file at another time."""
    path = volume.root / "models" / name
    path.mkdir(parents=True)
    file = path / "pipeline.skops"
    file.write_bytes(b"x")
    now = time.time()
    os.utime(file, (now, now - (age if file_age is None else file_age)))
    os.utime(path, (now, now - age))
    return path


def swept(tmp_path: Path) -> Volume:
    volume = Volume(tmp_path)
    volume.prepare()
    return volume


def test_what_nothing_has_touched_for_long_goes(tmp_path):
    """The unfinished folder of a model, and the one that was to be replaced."""
    volume = swept(tmp_path)
    left = [folder(volume, f".v1{end}", 25 * HOUR) for end in (".part", ".old")]
    volume.sweep_models(time.time(), 24 * HOUR)
    assert [path for path in left if path.exists()] == []
    assert list((tmp_path / ".trash").iterdir()) == []


def test_what_is_being_published_stays(tmp_path):
    """The youngest file counts: a large model takes a while to write."""
    volume = swept(tmp_path)
    young = folder(volume, ".v1.part", 23 * HOUR)
    growing = folder(volume, ".v2.part", 30 * HOUR, file_age=5)
    volume.sweep_models(time.time(), 24 * HOUR)
    assert young.is_dir()
    assert growing.is_dir()


def test_a_model_stays_however_old(tmp_path):
    """So does whatever else somebody put there."""
    volume = swept(tmp_path)
    kept = [folder(volume, name, 900 * HOUR) for name in ("v1", "v1.part", ".hidden", "part")]
    volume.sweep_models(time.time(), 24 * HOUR)
    assert [path for path in kept if not path.is_dir()] == []


def test_a_volume_without_models_has_nothing_to_sweep(tmp_path):
    """As each volume begins."""
    swept(tmp_path).sweep_models(time.time(), 0)


def test_a_datastore_sweeps_by_itself(start):
    """A while after the kill, by its own clock; the model beside it is served on."""
    datastore = start(sweep_seconds=0.1, part_seconds=3_600)
    volume = Volume(datastore.root)
    left, kept = folder(volume, ".v1.part", 2 * HOUR), folder(volume, "v1", 2 * HOUR)
    until(lambda: not left.exists(), "the left-over to go")
    assert kept.is_dir()
