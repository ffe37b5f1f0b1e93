"""The umbrella: what can be told without its charts, which are fetched where it is installed."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from helm_python import HelmError, dependency_list, lint

from tablecast.outbound.manifests.serving import serving_runtime
from tests.helm.charts import PLATFORM, Manifest, objects, one, paths, plain
from tests.outbound.manifests import samples

FIXTURES = Path(__file__).parent / "fixtures"
PROFILES = ("standard", "serverless")
STAGES: dict[str, tuple[str, ...]] = {
    "one": ("stage-1.yaml",),
    "two": ("stage-2.yaml",),
    "three": (),
}
# What each part needs to be there before Helm may be told of it: definitions, or webhooks that run.
NEEDS = {
    "kserve": {"certManager", "kserveCrds"},
    "servingRuntime": {"kserve"},
    "istioGateway": {"istio"},
    "knativeServing": {"knativeOperator"},
}


def read(name: str) -> Manifest:
    """One of the chart's own files."""
    found: Manifest = yaml.safe_load((PLATFORM / name).read_text())
    return found


def merged(*trees: Manifest) -> Manifest:
    """Values as Helm takes several files: the later ones win."""
    found: dict[str, Any] = {}
    for tree in trees:
        for key, value in tree.items():
            both = isinstance(value, dict) and isinstance(found.get(key), dict)
            found[key] = merged(found[key], value) if both else value
    return found


def profile(name: str, *more: str) -> Manifest:
    """A profile's values, stages after it."""
    return merged(read("values.yaml"), read(f"values-{name}.yaml"), *(read(one) for one in more))


def dependencies() -> dict[str, Manifest]:
    """The charts that it brings, by the names that values give them."""
    return {one.get("alias", one["name"]): one for one in read("Chart.yaml")["dependencies"]}


def test_each_chart_is_at_one_version_of_its_projects_own_address() -> None:
    found = dependencies()
    assert len(found) == 8
    for name, chart in found.items():
        assert re.fullmatch(r"v?\d+\.\d+\.\d+", chart["version"]), name
        assert re.match(r"(https|oci)://\S+$", chart["repository"]), name


def test_versions_that_belong_together_do() -> None:
    """KServe and its definitions are one version, and so are Istio's three charts."""
    found = dependencies()
    assert found["kserve-crd"]["version"] == found["kserve-resources"]["version"] == "v0.20.0"
    assert {found[f"istio-{part}"]["version"] for part in ("base", "gateway")} == {
        found["istiod"]["version"]
    }
    values = read("values.yaml")
    assert values["kserve-resources"]["kserve"]["version"] == found["kserve-resources"]["version"]
    # The operator serves the minor version it is of.
    assert values["knativeServing"]["version"] == found["knative-operator"]["version"]
    assert values["argo-workflows"]["images"]["tag"].startswith("v4.1.")


def test_each_chart_is_brought_by_a_switch_that_every_profile_has() -> None:
    switches = {chart["condition"] for chart in dependencies().values()}
    for name in PROFILES:
        known = {f"install.{key}" for key in profile(name)["install"]}
        assert known == switches | {"install.servingRuntime", "install.knativeServing"}


def test_standard_brings_neither_knative_nor_istio_and_serverless_both() -> None:
    asked = {name: profile(name)["install"] for name in PROFILES}
    extras = {"istio", "istioGateway", "knativeOperator", "knativeServing"}
    for name, install in asked.items():
        assert {key for key, is_ in install.items() if not is_} == (
            extras if name == "standard" else set()
        )
    modes = {name: profile(name)["kserve-resources"]["kserve"] for name in PROFILES}
    assert {name: mode["controller"]["deploymentMode"] for name, mode in modes.items()} == {
        "standard": "Standard",
        "serverless": "Knative",
    }


@pytest.mark.parametrize("name", dependencies())
def test_every_value_that_is_set_is_one_of_the_charts_own(name: str) -> None:
    fixture = yaml.safe_load((FIXTURES / f"{name}.yaml").read_text())
    assert fixture["version"] == dependencies()[name]["version"]
    for which in PROFILES:
        given = profile(which).get(name, {})
        unknown = [way for way in paths(given) if way and not _is_known(way, fixture["keys"])]
        assert unknown == []


def _is_known(way: tuple[str, ...], keys: Any) -> bool:
    for step in way:
        if keys is None:
            return False
        if step not in keys:
            return False
        keys = keys[step]
    return True


def test_a_value_that_no_chart_has_would_be_noticed() -> None:
    keys = {"crds": {"enabled": None}}
    ways = list(paths({"crds": {"enabled": True, "enable": True}, "crd": {}}))
    assert [way for way in ways if not _is_known(way, keys)] == [("crds", "enable"), ("crd",)]


def test_each_stage_needs_only_what_an_earlier_one_brought() -> None:
    for name in PROFILES:
        there: set[str] = set()
        for more in STAGES.values():
            switches = profile(name, *more)["install"]
            brought = {key for key, is_on in switches.items() if is_on}
            needed = {need for key in brought - there for need in NEEDS.get(key, ())}
            assert needed <= there, (name, more)
            assert there <= brought, "a stage would take away what is there"
            there = brought
        assert there == {key for key, is_on in profile(name)["install"].items() if is_on}


@pytest.mark.parametrize("which", PROFILES)
def test_helm_misses_nothing_but_the_charts_to_fetch(which: str) -> None:
    report = lint(PLATFORM, profile(which), strict=True, namespace="istio-system")
    missing = "chart directory is missing these dependencies: "
    assert [said.partition(missing)[1] for said in report["errors"]] in ([missing], [])
    names = {one["name"] for one in dependency_list(PLATFORM)}
    assert names == {chart["name"] for chart in dependencies().values()}


def test_serverless_is_refused_where_knative_would_not_find_istio() -> None:
    with pytest.raises(HelmError) as refused:
        objects(profile("serverless"), chart=PLATFORM, namespace="elsewhere")
    assert "install.istio needs the namespace istio-system" in plain(str(refused.value))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        pytest.param({"install": {"argo": True}}, "argo", id="an unknown switch"),
        pytest.param({"kserve": {}}, "kserve", id="an unknown chart"),
        pytest.param({"knativeServing": {"version": "1.21"}}, "version", id="half a version"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(values: Manifest, told: str) -> None:
    with pytest.raises(HelmError) as refused:
        objects(values, chart=PLATFORM)
    assert told in plain(str(refused.value))


def rendered(which: str, *more: str) -> list[Manifest]:
    """What the umbrella makes by itself."""
    return objects(profile(which, *more), chart=PLATFORM, namespace="istio-system")


def test_the_runtime_is_the_one_that_projects_get() -> None:
    runtime = one(rendered("standard"), "ClusterServingRuntime", "tabular")
    expected = serving_runtime(samples.POOL)
    image = runtime["spec"]["containers"][0].pop("image")
    assert image == read("values.yaml")["servingRuntime"]["image"]
    expected["spec"]["containers"][0].pop("image")
    assert runtime["spec"] == expected["spec"]
    assert runtime["metadata"]["name"] == expected["metadata"]["name"]
    assert rendered("standard", "stage-2.yaml") == []


def test_serverless_asks_knatives_operator_for_istio() -> None:
    serving = one(rendered("serverless"), "KnativeServing", "knative-serving")
    assert serving["spec"]["version"] == read("values.yaml")["knativeServing"]["version"]
    assert serving["spec"]["ingress"] == {"istio": {"enabled": True}}


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """A `helm` that writes down what it is asked for, and fails once at the second stage."""
    fake = tmp_path / "helm"
    fake.write_text(
        "#!/bin/sh\n"
        'echo "$@" >> "$TOLD"\n'
        'case "$*" in *stage-2*) [ -e "$TOLD.failed" ] || { touch "$TOLD.failed"; exit 1; };; esac\n'
    )
    fake.chmod(0o755)
    return tmp_path / "told"


@pytest.mark.parametrize(
    ("which", "namespace"), [("standard", "tablecast-platform"), ("serverless", "istio-system")]
)
def test_the_script_runs_the_stages_in_order_and_a_failed_one_again(
    told: Path, which: str, namespace: str
) -> None:
    path = f"{told.parent}:{os.environ['PATH']}"
    subprocess.run(
        [PLATFORM / "install", which, "--kube-context", "mine"],
        env={"PATH": path, "TOLD": str(told)},
        check=True,
        capture_output=True,
    )
    fetched, *stages = told.read_text().splitlines()
    assert fetched == "dependency update ."
    assert [re.findall(r"stage-\d", line) for line in stages] == [
        ["stage-1"],
        ["stage-2"],
        ["stage-2"],
        [],
    ]
    for line in stages:
        assert f"--namespace {namespace} " in line
        assert f"--values values-{which}.yaml --wait" in line
        assert line.endswith("--kube-context mine")


def test_the_script_explains_itself_without_a_profile() -> None:
    done = subprocess.run([PLATFORM / "install"], check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "standard|serverless" in done.stderr
