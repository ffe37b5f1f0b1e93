"""Network policies: the chart's and the projects' must name each other, or nothing works."""

from typing import Any

import pytest

from tablecast.cluster.port import MANAGED
from tablecast.outbound.manifests.objects import NAME_LABEL, PORT
from tests.helm.charts import (
    COMBINATIONS,
    EVERYTHING,
    EXTERNAL,
    TRYING_OUT,
    Manifest,
    objects,
    one,
    pod_templates,
    selects,
)
from tests.outbound.manifests import samples

ALL = pytest.mark.parametrize("values", COMBINATIONS.values(), ids=COMBINATIONS)


def pods(values: Manifest) -> dict[str, dict[str, str]]:
    """Labels of the chart's pods."""
    return {n: t["metadata"]["labels"] for n, t in pod_templates(objects(values)).items()}


def let_in_by_projects() -> list[Manifest]:
    """Peers that projects' policies let in from other namespaces."""
    policies = [one for one in samples.all_manifests() if one["kind"] == "NetworkPolicy"]
    peers = [
        peer
        for policy in policies
        for rule in policy["spec"].get("ingress", [])
        for peer in rule["from"]
    ]
    return [peer for peer in peers if "namespaceSelector" in peer]


@ALL
def test_projects_let_the_server_in_and_no_other_pod_of_the_release(values: Manifest) -> None:
    peers = let_in_by_projects()
    assert len(peers) == 2
    for peer in peers:
        wanted = peer["podSelector"]["matchLabels"]
        hit = {name for name, labels in pods(values).items() if selects(wanted, labels)}
        assert hit == {"Deployment/tablecast"}
        (elsewhere,) = peer["namespaceSelector"]["matchExpressions"]
        assert elsewhere == {"key": MANAGED, "operator": "DoesNotExist"}


@ALL
def test_the_release_never_marks_its_own_namespace_or_objects_as_a_projects(
    values: Manifest,
) -> None:
    found = objects(values)
    assert "Namespace" not in {o["kind"] for o in found}
    assert not any(MANAGED in o["metadata"]["labels"] for o in found)


def rules(policy: Manifest, direction: str) -> list[tuple[Any, set[Any]]]:
    """Peers (None: anybody) and ports of a policy's rules."""
    key = {"ingress": "from", "egress": "to"}[direction]
    given = policy["spec"].get(direction, [])
    return [(rule.get(key), {port["port"] for port in rule["ports"]}) for rule in given]


def test_the_server_is_reached_at_its_http_port_and_for_metrics_from_the_cluster_alone() -> None:
    policy = one(objects(EXTERNAL), "NetworkPolicy")
    assert set(policy["spec"]["policyTypes"]) == {"Ingress", "Egress"}
    (people, monitoring) = rules(policy, "ingress")
    assert people == (None, {"http"})
    # a namespace selector lets in pods only, never an address outside; and no project's
    not_projects = {"matchExpressions": [{"key": MANAGED, "operator": "DoesNotExist"}]}
    assert monitoring == ([{"namespaceSelector": not_projects}], {"metrics"})
    narrowed = one(objects(EVERYTHING), "NetworkPolicy")
    peer = {"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}
    assert rules(narrowed, "ingress") == [
        ([{"namespaceSelector": {}}], {"http"}),
        ([peer], {"metrics"}),
    ]


def test_no_service_that_people_reach_leads_to_metrics() -> None:
    for values in COMBINATIONS.values():
        found = objects(values)
        ports = {port["name"]: port for port in one(found, "Service")["spec"]["ports"]}
        assert set(ports) == {"http"}
        backends = [o for o in found if o["kind"] == "Ingress"]
        assert "metrics" not in str(backends)


def test_the_server_reaches_dns_its_database_the_api_server_and_projects() -> None:
    (dns, database, traces, api_server, projects) = rules(
        one(objects(EVERYTHING), "NetworkPolicy"), "egress"
    )
    assert dns[1] == {53, 5353}
    assert traces == (None, {4318})
    blocks = [{"ipBlock": {"cidr": cidr}} for cidr in ("10.0.0.9/32", "fd00::9/128")]
    assert database == (blocks, {3307})
    assert api_server == ([{"ipBlock": {"cidr": "10.0.0.1/32"}}], {6443})
    (namespace,) = [o for o in samples.all_manifests() if o["kind"] == "Namespace"]
    (peer,) = projects[0]
    assert selects(peer["namespaceSelector"]["matchLabels"], namespace["metadata"]["labels"])
    # policies act on the pods' ports, and all of a project's listen here
    assert projects[1] == {PORT}


def test_a_database_in_the_release_is_reached_by_servers_and_migrations_alone() -> None:
    found = objects(TRYING_OUT)
    (rule,) = rules(one(found, "NetworkPolicy", "tablecast-mariadb"), "ingress")
    peers = [peer["podSelector"]["matchLabels"] for peer in rule[0]]
    labels = pods(TRYING_OUT)
    hit = {name for name, own in labels.items() if any(selects(peer, own) for peer in peers)}
    assert hit == {"Deployment/tablecast", "Job/tablecast-migrate-1"}
    for name in ("tablecast", "tablecast-migrate"):
        to, ports = rules(one(found, "NetworkPolicy", name), "egress")[1]
        (peer,) = to
        assert selects(peer["podSelector"]["matchLabels"], labels["StatefulSet/tablecast-mariadb"])
        assert ports == {3306}


def test_every_pod_of_the_release_is_under_a_policy() -> None:
    found = objects(TRYING_OUT)
    policies = [
        o["spec"]["podSelector"]["matchLabels"] for o in found if o["kind"] == "NetworkPolicy"
    ]
    for name, labels in pods(TRYING_OUT).items():
        assert [selects(selector, labels) for selector in policies].count(True) == 1, name
        assert labels[NAME_LABEL]
