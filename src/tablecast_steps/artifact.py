"""The one file that holds a model: `<sha256 of the file>.tablecast`, a zip of signature, model.json
and the pipeline.

Reading trusts nothing but what is listed here: the file has the sha256 that its name says, its
parts are the three that are known and no larger than they may be, and the pipeline holds no type
that is not on the list, nor trees that lead out of themselves. Nothing is unpickled.
"""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import skops.io

from tablecast_steps.jsonfiles import encode
from tablecast_steps.lightgbm_text import LightgbmModel, broken
from tablecast_steps.soundness import unsound
from tablecast_steps.train.model import TabularModel
from tablecast_steps.transformers import TRUSTED as TRANSFORMERS

SUFFIX = ".tablecast"
SIGNATURE, MODEL, PIPELINE = "signature.json", "model.json", "pipeline.skops"

# A model server has to hold several of them, and a bomb has to be told from a large forest.
MOST_BYTES = 1 << 30
MOST_JSON_BYTES = 4 << 20
MOST_PIPELINE_BYTES = 4 << 30

_NAME = re.compile(r"([0-9a-f]{64})\.tablecast")

# Beyond what skops itself trusts (scikit-learn's, numpy's and scipy's own types).
TRUSTED = (
    f"{TabularModel.__module__}.{TabularModel.__qualname__}",
    *TRANSFORMERS,
    f"{LightgbmModel.__module__}.{LightgbmModel.__qualname__}",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
)


class Untrusted(Exception):
    """An artifact that is not loaded; the message says why, for the log and for the prober."""


@dataclass(frozen=True)
class Artifact:
    """A file as it was written: its name, sha256 and bytes."""

    file: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Loaded:
    """A model that was read and may be asked."""

    model: TabularModel
    signature: Mapping[str, Any]
    about: Mapping[str, Any]
    sha256: str


def pipeline_bytes(model: TabularModel) -> bytes:
    """Store a model; Untrusted where it holds a type that reading would refuse."""
    content: bytes = skops.io.dumps(model, compression=zipfile.ZIP_DEFLATED)
    _check_types(content)
    return content


def write_artifact(
    folder: Path, pipeline: bytes, signature: Mapping[str, Any], about: Mapping[str, Any]
) -> Artifact:
    """Write the file into a folder, under the name that its content gives it."""
    part = folder / f"new{SUFFIX}.part"
    with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        for name, content in (
            (SIGNATURE, encode(signature).encode()),
            (MODEL, encode(about).encode()),
            (PIPELINE, pipeline),
        ):
            # A fixed date: the same content has to be the same file.
            archive.writestr(zipfile.ZipInfo(name), content)
    with part.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    artifact = Artifact(f"{sha256}{SUFFIX}", sha256, part.stat().st_size)
    part.replace(folder / artifact.file)
    return artifact


def read_artifact(path: Path, memory_bytes: int | None = None) -> Loaded:
    """Verify and load a model; Untrusted where the file is not what it says or may not be loaded, or
    needs more than `memory_bytes`.

    The file is read once into memory, so that what was verified is what is loaded."""
    named = _NAME.fullmatch(path.name)
    if named is None:
        raise Untrusted(f"“{path.name}” is not named <sha256>{SUFFIX}")
    _check_memory(2 * path.stat().st_size, memory_bytes)
    content = _content(path)
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 != named[1]:
        raise Untrusted(f"the file's sha256 is {sha256}, not what its name says")
    signature, about, pipeline = _parts(content)
    # Beside the file and its copy there is what the copy unpacks to: archives say it beforehand.
    _check_memory(2 * len(content) + _unpacked(pipeline), memory_bytes)
    _check_types(pipeline)
    model = skops.io.loads(pipeline, trusted=list(TRUSTED))
    if not isinstance(model, TabularModel):
        raise Untrusted(f"the pipeline is a {type(model).__name__}, not a TabularModel")
    flaw = _flaw(model)
    if flaw is not None:
        raise Untrusted(f"the pipeline is broken: {flaw}")
    return Loaded(model, signature, about, sha256)


def _flaw(model: TabularModel) -> str | None:
    estimator = model.estimator
    return broken(estimator) if isinstance(estimator, LightgbmModel) else unsound(estimator)


def _content(path: Path) -> bytes:
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise Untrusted(f"the file is larger than {MOST_BYTES} bytes")
    with path.open("rb") as file:
        # Room is made for as much as may be read: for no more than the file has.
        return _at_most(file, size, "the file")


def _at_most(file: BinaryIO | Any, most: int, what: str) -> bytes:
    content: bytes = file.read(most + 1)
    if len(content) > most:
        raise Untrusted(f"{what} is larger than {most} bytes")
    return content


def _parts(content: bytes) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_parts(archive)
            with archive.open(SIGNATURE) as file:
                signature = json.loads(_at_most(file, MOST_JSON_BYTES, SIGNATURE))
            with archive.open(MODEL) as file:
                about = json.loads(_at_most(file, MOST_JSON_BYTES, MODEL))
            with archive.open(PIPELINE) as file:
                return signature, about, _at_most(file, MOST_BYTES, PIPELINE)
    except (zipfile.BadZipFile, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise Untrusted(f"the file is no artifact: {error}") from error


def _check_parts(archive: zipfile.ZipFile) -> None:
    names = sorted(archive.namelist())
    if names != sorted((SIGNATURE, MODEL, PIPELINE)):
        raise Untrusted(f"its parts are {', '.join(names[:10]) or 'none'}")
    if any(part.compress_type != zipfile.ZIP_STORED for part in archive.infolist()):
        raise Untrusted("its parts are compressed")


def _check_types(pipeline: bytes) -> None:
    """Refuse a pipeline that would unpack without bound, or that holds a type not on the list."""
    unpacked = _unpacked(pipeline)
    if unpacked > MOST_PIPELINE_BYTES:
        raise Untrusted(f"the pipeline unpacks to more than {MOST_PIPELINE_BYTES} bytes")
    strangers = sorted(set(skops.io.get_untrusted_types(data=pipeline)) - set(TRUSTED))
    if strangers:
        raise Untrusted(f"the pipeline holds types that are not trusted: {', '.join(strangers)}")


def _unpacked(pipeline: bytes) -> int:
    try:
        with zipfile.ZipFile(io.BytesIO(pipeline)) as archive:
            return sum(part.file_size for part in archive.infolist())
    except zipfile.BadZipFile as error:
        raise Untrusted(f"the pipeline is no skops file: {error}") from error


def _check_memory(needed: int, left: int | None) -> None:
    if left is not None and needed > left:
        raise Untrusted(f"it needs {needed >> 20} MiB of memory, and {left >> 20} MiB are left")
