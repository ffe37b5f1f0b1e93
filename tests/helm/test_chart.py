"""The chart `tablecast`: what values it takes, and what the server is told by them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from helm_python import HelmError, lint

from tablecast.settings import Limits, Settings, read_limits, read_settings
from tests.helm.charts import (
    COMBINATIONS,
    EVERYTHING,
    EXTERNAL,
    TABLECAST,
    TRYING_OUT,
    Manifest,
    containers,
    notes,
    objects,
    one,
    plain,
    pod_templates,
    templates,
)

SCHEMA = json.loads((TABLECAST / "values.schema.json").read_text())
# What only one place can know, or what has no place in a cluster.
NOT_VALUES = {
    *("database", "migrations", "cluster", "kubeconfig", "context", "state", "host", "port"),
    *("secret", "anonymous", "jwks_file", "metrics_port"),
    *(name for name in Settings.model_fields if name.startswith("image_")),
}
# More information than a fault, as Helm counts.
INFO = 1


@pytest.mark.parametrize("values", COMBINATIONS.values(), ids=COMBINATIONS)
def test_helm_finds_nothing_to_object_to(values: Manifest) -> None:
    report = lint(TABLECAST, values, strict=True, kube_version="v1.34.0")
    assert report["errors"] == []
    assert [one for one in report["messages"] if one["severity"] > INFO] == []


@pytest.mark.parametrize("values", COMBINATIONS.values(), ids=COMBINATIONS)
def test_every_object_has_a_name_of_its_own_and_says_whose_it_is(values: Manifest) -> None:
    found = objects(values)
    assert len({(o["kind"], o["metadata"]["name"]) for o in found}) == len(found) > 3
    for each in found:
        labels = each["metadata"]["labels"]
        assert labels["app.kubernetes.io/instance"] == "tablecast"
        assert labels["app.kubernetes.io/managed-by"] == "Helm"


def test_two_releases_in_two_namespaces_share_no_object_of_the_cluster() -> None:
    cluster_wide = ("ClusterRole", "ClusterRoleBinding")
    names = [
        {
            o["metadata"]["name"]
            for o in objects(EXTERNAL, namespace=where)
            if o["kind"] in cluster_wide
        }
        for where in ("one", "other")
    ]
    assert names == [{"one-tablecast"}, {"other-tablecast"}]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        pytest.param(EXTERNAL | {"replica": 2}, "replica", id="an unknown key"),
        pytest.param(EXTERNAL | {"replicas": 0}, "/replicas", id="no replica"),
        pytest.param(EXTERNAL | {"replicas": "two"}, "/replicas", id="a word for a number"),
        pytest.param(EXTERNAL | {"drainSeconds": 0}, "/drainSeconds", id="no time to drain"),
        pytest.param(EXTERNAL | {"limits": {"page_sise": 9}}, "page_sise", id="a misspelt limit"),
        pytest.param(EXTERNAL | {"limits": {"page_size": 0}}, "/limits/page_size", id="limit of 0"),
        pytest.param(EXTERNAL | {"settings": {"port": 1}}, "port", id="a setting that is fixed"),
        pytest.param(
            EXTERNAL | {"settings": {"explorer": "yes"}}, "/settings/explorer", id="yes for true"
        ),
        pytest.param(EXTERNAL | {"images": {"serve": ""}}, "/images/serve", id="no image"),
        pytest.param(
            {"mariadb": {"enabled": True, "storage": "8 GB"}}, "/mariadb/storage", id="no quantity"
        ),
        pytest.param(
            EXTERNAL | {"networkPolicy": {"databaseCidrs": ["db"]}},
            "/networkPolicy/databaseCidrs/0",
            id="a name for addresses",
        ),
        pytest.param({}, "database.existingSecret", id="no database"),
        pytest.param(EXTERNAL | TRYING_OUT, "mariadb.enabled", id="two databases"),
        pytest.param(
            EXTERNAL | {"ingress": {"enabled": True}}, "ingress.host", id="an ingress for no name"
        ),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(values: Manifest, told: str) -> None:
    with pytest.raises(HelmError) as refused:
        templates(values)
    assert told in plain(str(refused.value))


def test_every_value_is_explained_and_every_default_is_one() -> None:
    undescribed = [path for path, part in _parts(SCHEMA) if not part.get("description")]
    assert undescribed == [""]
    open_ones = [
        path
        for path, part in _parts(SCHEMA)
        if "properties" in part and part["additionalProperties"] is not False
    ]
    assert open_ones == []
    defaults = yaml.safe_load((TABLECAST / "values.yaml").read_text())
    assert _keys(defaults) == _schema_keys(SCHEMA) - {"global"} | {"settings", "limits"}


def _parts(part: Manifest, path: str = "") -> Iterator[tuple[str, Manifest]]:
    yield path, part
    for name, inner in part.get("properties", {}).items():
        yield from _parts(inner, f"{path}/{name}")


def _keys(values: Manifest, before: str = "") -> set[str]:
    """Paths of values, down to where a value is Kubernetes' own, or nothing."""
    found: set[str] = set()
    for key, value in values.items():
        inner = value if isinstance(value, dict) else {}
        ours = inner and key not in ("resources", "annotations", "labels")
        found |= _keys(inner, f"{before}{key}/") if ours else {f"{before}{key}"}
    return found


def _schema_keys(part: Manifest, before: str = "") -> set[str]:
    found: set[str] = set()
    for name, inner in part["properties"].items():
        ours = "properties" in inner and name not in ("settings", "limits")
        found |= _schema_keys(inner, f"{before}{name}/") if ours else {f"{before}{name}"}
    return found


def test_settings_and_limits_are_the_programs_own_in_its_words() -> None:
    given = SCHEMA["properties"]["settings"]["properties"]
    assert set(given) == set(Settings.model_fields) - NOT_VALUES
    limits = SCHEMA["properties"]["limits"]["properties"]
    assert set(limits) == set(Limits.model_fields)
    for name, part in (given | limits).items():
        field = (Settings.model_fields | Limits.model_fields)[name]
        assert part["description"] == field.description, name


def environment(values: Manifest) -> dict[str, Any]:
    """The server container's environment: values, and where a Secret's go."""
    (pod,) = [
        t["spec"] for name, t in pod_templates(objects(values)).items() if "Deployment" in name
    ]
    return {e["name"]: e.get("value", e.get("valueFrom")) for e in pod["containers"][0]["env"]}


@pytest.mark.parametrize("values", COMBINATIONS.values(), ids=COMBINATIONS)
def test_every_variable_is_a_setting_of_the_program(values: Manifest) -> None:
    known = {f"TABLECAST_{name.upper()}" for name in Settings.model_fields}
    known |= {f"TABLECAST_LIMIT_{name.upper()}" for name in Limits.model_fields}
    pods = pod_templates(objects(values)).values()
    said = {
        variable["name"]
        for pod in pods
        for container in containers(pod["spec"])
        for variable in container["env"]
        if variable["name"].startswith("TABLECAST_")
    }
    assert {"TABLECAST_DATABASE", "TABLECAST_SECRET", "TABLECAST_CLUSTER"} <= said <= known


def test_the_server_reads_what_the_values_say(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in environment(EVERYTHING).items():
        monkeypatch.setenv(name, value if isinstance(value, str) else "s" * 32)
    monkeypatch.chdir(tmp_path)
    settings, limits = read_settings(), read_limits()
    assert (settings.cluster, settings.host, settings.port) == ("kubernetes", "0.0.0.0", 8000)
    assert settings.public_url == "https://tables.example"
    assert settings.allowed_origins == ("https://front.example",)
    assert (settings.explorer, settings.poll_seconds) == (False, 2.5)
    assert settings.storage_class == "fast"
    assert str(settings.jwks_file) == "/etc/tablecast/jwks.json"
    assert settings.images["train"] == "tablecast/train:0.1"
    assert (limits.upload_bytes, limits.websocket_init_seconds) == (21_474_836_480, 1.5)


def test_the_charts_images_are_those_that_the_program_expects() -> None:
    images = yaml.safe_load((TABLECAST / "values.yaml").read_text())["images"]
    expected = {n: Settings.model_fields[f"image_{n}"].default for n in Settings().images}
    assert {name: images[name] for name in expected} == expected


def test_secrets_come_by_reference_and_never_as_values() -> None:
    given = environment(EVERYTHING)
    assert given["TABLECAST_DATABASE"] == {"secretKeyRef": {"name": "mysql", "key": "address"}}
    assert given["TABLECAST_SECRET"] == {"secretKeyRef": {"name": "signing", "key": "of-2026"}}
    assert [o for o in objects(EVERYTHING) if o["kind"] == "Secret"] == []
    made = objects(TRYING_OUT)
    assert "key" in environment(TRYING_OUT)["TABLECAST_SECRET"]["secretKeyRef"]
    kept = [o["metadata"]["annotations"]["helm.sh/resource-policy"] for o in made if "data" in o]
    assert kept == ["keep", "keep"]


def test_a_generated_secret_satisfies_the_program() -> None:
    (first, again) = (one(objects(EXTERNAL), "Secret", "tablecast-signing") for _ in range(2))
    # without a cluster nothing is found to be kept
    assert first["data"] != again["data"]
    assert len(first["data"]["secret"]) >= 32


@pytest.mark.parametrize(
    ("values", "url"),
    [
        pytest.param(EVERYTHING, "https://tables.example", id="by the ingress"),
        pytest.param(EXTERNAL, "http://tablecast.tablecast-system.svc", id="in the cluster"),
        pytest.param(
            EXTERNAL | {"settings": {"public_url": "http://localhost:8000"}},
            "http://localhost:8000",
            id="as told",
        ),
    ],
)
def test_links_begin_with_where_people_reach_it_and_the_notes_say_so(
    values: Manifest, url: str
) -> None:
    assert environment(values)["TABLECAST_PUBLIC_URL"] == url
    assert url in notes(values)
