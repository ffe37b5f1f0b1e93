"""The CustomResourceDefinitions that manifests are held against, where they are at hand."""

import os
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import lacking

BESIDE = Path(__file__).parents[4] / "shared" / "crds"


def crd_folder() -> Path:
    """The folder of CRDs: TABLECAST_CRDS, or ../shared/crds beside the checkout; skips without."""
    folder = Path(os.environ.get("TABLECAST_CRDS", BESIDE))
    if not folder.is_dir():
        lacking(f"there are no CustomResourceDefinitions at {folder} (TABLECAST_CRDS)")
    return folder


def schema_of(manifest: dict[str, Any]) -> dict[str, Any]:
    """The schema of a manifest's kind and version."""
    group, version = manifest["apiVersion"].split("/")
    names = {
        "Workflow": "argo/argoproj.io_workflows.yaml",
        "InferenceService": "kserve/serving.kserve.io_inferenceservices.yaml",
        "TrainedModel": "kserve/serving.kserve.io_trainedmodels.yaml",
        "ServingRuntime": "kserve/serving.kserve.io_servingruntimes.yaml",
    }
    crd = _load(crd_folder() / names[manifest["kind"]])
    assert crd["spec"]["group"] == group
    found = next(one for one in crd["spec"]["versions"] if one["name"] == version)
    return found["schema"]["openAPIV3Schema"]


@cache
def _load(path: Path) -> dict[str, Any]:
    with path.open() as stream:
        return yaml.load(stream, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
