"""Each manifest, held strictly against the schema of those who read it."""

import copy
from typing import Any

import pytest

from tests.outbound.manifests import core, structural
from tests.outbound.manifests.samples import all_manifests, named
from tests.outbound.manifests.schemas import schema_of

CUSTOM_GROUPS = ("argoproj.io", "serving.kserve.io")


def is_custom(manifest: dict[str, Any]) -> bool:
    return manifest["apiVersion"].startswith(CUSTOM_GROUPS)


def label(manifest: dict[str, Any]) -> str:
    return f"{manifest['kind']} {manifest['metadata']['name']}"


@pytest.mark.parametrize("manifest", [one for one in all_manifests() if is_custom(one)], ids=label)
def test_an_object_of_argo_or_kserve_fits_its_full_schema(manifest: dict[str, Any]) -> None:
    assert structural.errors(schema_of(manifest), manifest) == []


@pytest.mark.parametrize(
    "manifest", [one for one in all_manifests() if not is_custom(one)], ids=label
)
def test_an_object_of_kubernetes_has_no_field_that_kubernetes_does_not_know(
    manifest: dict[str, Any],
) -> None:
    assert core.errors(manifest) == []


@pytest.mark.parametrize(
    ("kind", "name", "path", "field"),
    [
        ("Workflow", None, ("spec",), "podSpecPach"),
        ("Workflow", None, ("spec", "templates", 1, "container"), "comand"),
        ("InferenceService", "pool-1", ("spec",), "predictorSpec"),
        ("TrainedModel", None, ("spec", "model"), "memmory"),
        ("ServingRuntime", None, ("spec", "containers", 0), "imagePolicy"),
    ],
)
def test_a_misspelt_field_would_be_noticed(
    kind: str, name: str | None, path: tuple[Any, ...], field: str
) -> None:
    manifest = copy.deepcopy(named(kind, name))
    place = manifest
    for key in path:
        place = place[key]
    place[field] = "x"
    found = structural.errors(schema_of(manifest), manifest)
    assert [error for error in found if error.endswith(f"{field}: unknown field")]


def test_a_misspelt_field_of_kubernetes_own_would_be_noticed() -> None:
    manifest = copy.deepcopy(named("Deployment"))
    manifest["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    assert core.errors(manifest) == [
        ".spec.template.spec.containers[0].readynessProbe: unknown field"
    ]


def test_a_wrong_type_and_a_missing_field_would_be_noticed() -> None:
    manifest = copy.deepcopy(named("TrainedModel"))
    manifest["spec"]["inferenceService"] = 3
    del manifest["spec"]["model"]["memory"]
    found = structural.errors(schema_of(manifest), manifest)
    assert set(found) == {
        ".spec.inferenceService: int is no string",
        ".spec.model.memory: required",
    }
