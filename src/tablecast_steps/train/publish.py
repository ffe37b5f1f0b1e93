"""The last act: a model's folder appears among the project's models, whole or not at all.

Everything in it is made from the step's own outputs, so that an attempt which finds the work done
publishes the same model under its own model version.
"""

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

from tablecast_steps.artifact import Artifact, write_artifact
from tablecast_steps.jsonfiles import read_json, write_json
from tablecast_steps.runtime import Step

SIGNATURE, EVALUATION, CHOSEN, PIPELINE, MODEL = (
    "signature.json",
    "evaluation.json",
    "chosen.json",
    "pipeline.skops",
    "model.json",
)


def publish(step: Step) -> dict[str, Any]:
    """Publish what lies in the step's folder; return model_version, sha256, bytes and file.

    Another run of the same attempt may have published before it was killed: its folder is replaced.
    """
    part = step.places.models / f".{step.spec.model_version}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    signature, about = read_json(step.folder / SIGNATURE), _about(step)
    pipeline = (step.folder / PIPELINE).read_bytes()
    artifact = write_artifact(part, pipeline, signature, about)
    write_json(part / SIGNATURE, signature)
    write_json(part / EVALUATION, read_json(step.folder / EVALUATION))
    write_json(part / MODEL, {**about, **_named(artifact)})
    _put(part, step.places.model)
    return {"model_version": step.spec.model_version, **_named(artifact)}


def republish(step: Step, result: dict[str, Any]) -> dict[str, Any]:
    """Return the result of work that was done before, its model published by this attempt too."""
    published = read_json(step.places.model / MODEL)
    if published is None:
        return {**result, **publish(step)}
    return {**result, **{name: published[name] for name in ("model_version", *_NAMES)}}


_NAMES = ("sha256", "bytes", "file")


def _named(artifact: Artifact) -> dict[str, Any]:
    return {name: getattr(artifact, name) for name in _NAMES}


def _about(step: Step) -> dict[str, Any]:
    chosen = read_json(step.folder / CHOSEN)
    return {
        "model_version": step.spec.model_version,
        "training": step.spec.training,
        "attempt": step.spec.attempt,
        "algorithm": chosen["algorithm"],
        "hyperparameters": chosen["hyperparameters"],
        "problem": chosen["problem"],
        "created_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }


def _put(part: Path, place: Path) -> None:
    old = part.with_suffix(".old")
    shutil.rmtree(old, ignore_errors=True)
    if place.exists():
        place.rename(old)
    part.rename(place)
    shutil.rmtree(old, ignore_errors=True)
