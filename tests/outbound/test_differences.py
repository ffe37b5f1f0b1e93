"""Differences: what a hand changed of what was wished, and what is nobody's business."""

import copy
from typing import Any

import pytest

from tablecast.cluster.port import FIELD_MANAGER, Manifest
from tablecast.outbound.differences import differences
from tests.outbound.manifests import samples

WISHED = {one["kind"] + one["metadata"]["name"]: one for one in samples.all_manifests()}
DEPLOYMENT = WISHED["Deploymentdatastore"]


def stored(wish: Manifest = DEPLOYMENT) -> Manifest:
    """A manifest as a server keeps it that says nothing of owners."""
    return copy.deepcopy(wish)


@pytest.mark.parametrize("name", WISHED)
def test_what_is_as_it_was_wished_does_not_differ(name: str) -> None:
    assert differences(WISHED[name], stored(WISHED[name])) == []


def test_what_others_add_is_theirs() -> None:
    """Defaults, a side-car, a variable, an annotation, who applied it last."""
    there = stored()
    pod = there["spec"]["template"]["spec"]
    pod["dnsPolicy"] = "ClusterFirst"
    pod["containers"][0]["env"].insert(0, {"name": "PROXY", "value": "x"})
    pod["containers"].insert(0, {"name": "sidecar"})
    there["metadata"]["annotations"] = {"a": "b"}
    there["metadata"]["labels"]["tablecast.dev/operation"] = "another"
    assert differences(DEPLOYMENT, there) == []


def test_each_changed_field_is_named() -> None:
    there = stored()
    there["spec"]["replicas"] = 0
    container = there["spec"]["template"]["spec"]["containers"][0]
    container["image"] = "evil"
    container["env"] = [each for each in container["env"] if each["name"] != "DATASTORE_ROOT"]
    del there["metadata"]["labels"]["tablecast.dev/noun"]
    assert sorted(differences(DEPLOYMENT, there)) == [
        "metadata.labels.tablecast.dev/noun",
        "spec.replicas",
        "spec.template.spec.containers[main].env[DATASTORE_ROOT]",
        "spec.template.spec.containers[main].image",
    ]


def test_a_right_more_than_wished_is_a_difference() -> None:
    """A list without keys is wished as a whole."""
    role = WISHED["Rolestep"]
    there = stored(role)
    there["rules"].append({"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]})
    assert differences(role, there) == ["rules"]


def owned(fields: dict[str, Any], manager: str = FIELD_MANAGER) -> dict[str, Any]:
    return {"manager": manager, "operation": "Apply", "fieldsV1": fields}


def test_a_field_that_is_still_ours_is_no_hand_s() -> None:
    """A server that writes 1000m as 1, or a newer version that wishes another image."""
    there = stored()
    there["spec"]["replicas"] = 7
    container = there["spec"]["template"]["spec"]["containers"][0]
    container["image"] = "older"
    image = {'k:{"name":"main"}': {".": {}, "f:name": {}, "f:image": {}}}
    pod = {"f:template": {"f:spec": {"f:containers": image}}}
    theirs = owned({"f:spec": {"f:replicas": {}}}, "kubectl-scale")
    there["metadata"]["managedFields"] = [owned({"f:spec": pod}), theirs]
    found = differences(DEPLOYMENT, there)
    assert "spec.replicas" in found
    assert not any("image" in path and "Policy" not in path for path in found)
