"""The chart's pods: what they may, how they live and end, and who finds them."""

import copy
from typing import Any

import pytest
from starlette.routing import Route

from tablecast.api.context import Services
from tablecast.api.limits import extensions_for
from tablecast.api.schema import build_schema
from tablecast.app import build_app
from tablecast.outbound.manifests.objects import pod_security
from tablecast.process import GRACE_SECONDS
from tablecast.settings import Limits, Settings
from tests.helm.charts import (
    COMBINATIONS,
    EVERYTHING,
    EXTERNAL,
    TRYING_OUT,
    Manifest,
    containers,
    objects,
    one,
    pod_templates,
    selects,
)
from tests.helm.restricted import violations

ALL = pytest.mark.parametrize("values", COMBINATIONS.values(), ids=COMBINATIONS)


def server(values: Manifest) -> Manifest:
    """The server's pod template."""
    template: Manifest = one(objects(values), "Deployment")["spec"]["template"]
    return template


@ALL
def test_every_pod_may_run_where_pod_security_is_restricted(values: Manifest) -> None:
    pods = pod_templates(objects(values))
    told = [f"{name}: {what}" for name, pod in pods.items() for what in violations(pod["spec"])]
    assert told == []
    assert len(pods) >= 2


@pytest.mark.parametrize(
    ("where", "told"),
    [
        pytest.param({"hostNetwork": True}, "hostNetwork is set", id="the node's network"),
        pytest.param({"securityContext": {}}, "server may run as root", id="nobody said who"),
        pytest.param(
            {"volumes": [{"name": "v", "hostPath": {}}]}, "volume v is of", id="the node's disk"
        ),
    ],
)
def test_a_pod_that_asks_for_more_would_be_noticed(where: Manifest, told: str) -> None:
    wrong = copy.deepcopy(server(EXTERNAL)["spec"]) | where
    assert any(said.startswith(told) for said in violations(wrong))


@ALL
def test_no_container_writes_but_where_a_volume_is(values: Manifest) -> None:
    for name, pod in pod_templates(objects(values)).items():
        for container in containers(pod["spec"]):
            assert container["securityContext"]["readOnlyRootFilesystem"] is True, name
            places = {mount["mountPath"] for mount in container["volumeMounts"]}
            assert "/tmp" in places, name


@ALL
def test_users_are_numbers_and_the_servers_is_the_images_own(values: Manifest) -> None:
    pods = pod_templates(objects(values))
    users = {name: pod["spec"]["securityContext"]["runAsUser"] for name, pod in pods.items()}
    assert all(isinstance(user, int) and user > 0 for user in users.values())
    # a project's datastore is of the same image
    assert users["Deployment/tablecast"] == pod_security()["runAsUser"]


@ALL
def test_only_the_server_holds_a_token_of_the_cluster(values: Manifest) -> None:
    for name, pod in pod_templates(objects(values)).items():
        held = pod["spec"].get("automountServiceAccountToken", True)
        assert held is (name == "Deployment/tablecast"), name


@ALL
def test_no_service_of_the_cluster_writes_into_the_environment(values: Manifest) -> None:
    """A Service called tablecast would set TABLECAST_PORT to an address."""
    pods = pod_templates(objects(values)).values()
    assert {pod["spec"]["enableServiceLinks"] for pod in pods} == {False}


def test_probes_ask_what_the_server_answers_and_only_readiness_asks_for_the_database() -> None:
    container = server(EXTERNAL)["spec"]["containers"][0]
    port, _ = container["ports"]
    asked = {
        name: container[f"{name}Probe"]["httpGet"] for name in ("startup", "readiness", "liveness")
    }
    assert {probe["port"] for probe in asked.values()} == {port["name"]}
    assert {name: probe["path"] for name, probe in asked.items()} == {
        "startup": "/healthz",
        "readiness": "/readyz",
        "liveness": "/healthz",
    }
    assert {probe["path"] for probe in asked.values()} <= _answered()


def _answered() -> set[str]:
    settings, limits, nothing = Settings(), Limits(), _nothing()
    schema = build_schema(extensions_for(settings, limits))
    routes = build_app(Services(nothing, nothing, settings, limits), schema).routes
    return {route.path for route in routes if isinstance(route, Route)}


def _nothing() -> Any:
    return None


@pytest.mark.parametrize("values", [EXTERNAL, EVERYTHING], ids=["default", "a longer drain"])
def test_a_pod_that_ends_has_time_for_its_proxies_and_then_for_itself(values: Manifest) -> None:
    pod = server(values)["spec"]
    drained = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert drained == values.get("drainSeconds", 10)
    assert pod["terminationGracePeriodSeconds"] >= drained + 2 * GRACE_SECONDS


def test_an_upgrade_takes_no_replica_before_another_is_ready() -> None:
    strategy = one(objects(EXTERNAL), "Deployment")["spec"]["strategy"]
    assert strategy["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_replicas_go_to_different_nodes_where_there_are_several() -> None:
    template = server(EXTERNAL)
    (spread,) = template["spec"]["topologySpreadConstraints"]
    assert spread["topologyKey"] == "kubernetes.io/hostname"
    assert spread["whenUnsatisfiable"] == "ScheduleAnyway"
    assert selects(spread["labelSelector"]["matchLabels"], template["metadata"]["labels"])


@ALL
def test_service_and_budget_find_the_servers_and_nothing_else(values: Manifest) -> None:
    found = objects(values)
    labels = {name: pod["metadata"]["labels"] for name, pod in pod_templates(found).items()}
    selectors = [one(found, "Service")["spec"]["selector"]]
    if any(o["kind"] == "PodDisruptionBudget" for o in found):
        selectors.append(one(found, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"])
    for selector in selectors:
        hit = {name for name, pod in labels.items() if selects(selector, pod)}
        assert hit == {"Deployment/tablecast"}


def test_an_upgrade_of_the_chart_alone_rolls_no_pod() -> None:
    """Labels of a version in a pod's template would."""
    for pod in pod_templates(objects(TRYING_OUT)).values():
        assert not {"helm.sh/chart", "app.kubernetes.io/version"} & set(pod["metadata"]["labels"])


def test_each_revision_has_a_migration_of_its_own() -> None:
    for revision in (1, 2):
        found = objects(EXTERNAL, revision=revision)
        job = one(found, "Job", f"tablecast-migrate-{revision}")
        assert job["spec"]["template"]["spec"]["containers"][0]["command"] == [
            "tablecast",
            "migrate",
        ]
        assert "helm.sh/hook" not in job["metadata"].get("annotations", {})
