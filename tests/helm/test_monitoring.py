"""Alerts and the dashboard speak of what the program exposes, and each alert has its page."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from helm_python import HelmError, lint

from tablecast.metering import REGISTRY, exposition
from tests.helm import queries
from tests.helm.charts import (
    EXTERNAL,
    MONITORED,
    NOTHING_OPTIONAL,
    TABLECAST,
    Manifest,
    containers,
    objects,
    one,
    pod_templates,
    selects,
    templates,
)

README = Path(__file__).parents[2] / "README.md"
FILES = TABLECAST / "files"
GROUPS = yaml.safe_load((FILES / "alerts.yaml").read_text())["groups"]
ALERTS = {rule["alert"]: rule for group in GROUPS for rule in group["rules"]}
DASHBOARD = json.loads((FILES / "dashboard.json").read_text())
# What Prometheus adds to each series by itself, as its operator's ServiceMonitor has it do.
ADDED = {"namespace", "pod", "job"}
SUFFIXES = ("_bucket", "_count", "_sum")


def exposed() -> dict[str, set[str]]:
    """Series that the program exposes, and their labels; also those that nothing was counted of."""
    text = exposition("")[0].decode()
    found: dict[str, set[str]] = {}
    for name, kind in re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE):
        collector = REGISTRY._names_to_collectors.get(name)
        labels = set(getattr(collector, "_labelnames", ()))
        for suffix in SUFFIXES if kind == "histogram" else ("",):
            found[name + suffix] = labels | ({"le"} if suffix == "_bucket" else set())
    return found


def panels() -> Iterator[tuple[str, str]]:
    """Title and query of each line of each panel."""
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]


def rendered(query: str) -> str:
    """A dashboard's query as Grafana asks it, with a value for each of its variables."""
    return query.replace("$__rate_interval", "1m").replace("$namespace", ".*")


def faults(query: str) -> list[str]:
    """What a query speaks of that the program does not expose."""
    known = exposed()
    told = [f"no metric {name}" for name in queries.metrics(query) if name not in known]
    names = queries.metrics(query) & set(known)
    labels = set().union(*(known[name] for name in names)) | ADDED
    told += [f"no label {each}" for each in queries.grouped(query) if each not in labels]
    for name, label, _ in queries.selected(query):
        if name in known and label not in known[name] | ADDED:
            told.append(f"no label {label} of {name}")
    return told


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_asks_for_metrics_that_the_program_exposes(alert: str) -> None:
    query = ALERTS[alert]["expr"]
    assert queries.metrics(query)
    assert faults(query) == []


def test_every_panel_asks_for_metrics_that_the_program_exposes() -> None:
    told = {title: faults(rendered(query)) for title, query in panels()}
    assert {title: each for title, each in told.items() if each} == {}
    assert all(queries.metrics(query) for _, query in panels())


def test_every_query_is_promql() -> None:
    """As Prometheus' own grammar has it: types, functions and their arguments too."""
    for query in [rendered(query) for _, query in panels()]:
        promql_parser.parse(query)
    for rule in ALERTS.values():
        promql_parser.parse(rule["expr"])
    with pytest.raises(ValueError, match="expected"):
        promql_parser.parse("rate(tablecast_claims_total)")


def test_whoever_asks_for_what_is_not_exposed_is_found() -> None:
    """The reading of queries is simple: it must still see each of these."""
    assert faults("tablecast_nonsense > 1") == ["no metric tablecast_nonsense"]
    assert faults("rate(tablecast_claims[5m])") == ["no metric tablecast_claims"]
    assert faults("tablecast_feed_lag_seconds") == ["no metric tablecast_feed_lag_seconds"]
    assert faults("sum by (noun) (tablecast_claims_total)") == ["no label noun"]
    assert faults('tablecast_operations{noun="X"}') == ["no label noun of tablecast_operations"]
    assert faults('rate(tablecast_operation_tries_total{outcome="busy"}[5m]) > 0') == []


def test_every_metric_is_on_the_dashboard_or_in_an_alert() -> None:
    """What nobody looks at need not be counted."""
    asked = {name for _, query in panels() for name in queries.metrics(query)}
    asked |= {name for rule in ALERTS.values() for name in queries.metrics(rule["expr"])}
    ours = {name for name in exposed() if name.startswith("tablecast_")}
    assert {_family(name) for name in ours} - {_family(name) for name in asked} == set()


def _family(name: str) -> str:
    return re.sub(r"_(bucket|count|sum)$", "", name)


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_says_what_is_wrong_and_has_its_page_in_the_runbook(alert: str) -> None:
    rule = ALERTS[alert]
    assert set(rule["annotations"]) == {"summary", "description"}
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert re.fullmatch(r"\d+m", rule["for"])
    headings = re.findall(r"^#+ (Tablecast\w+)$", README.read_text(), re.MULTILINE)
    assert headings.count(alert) == 1


def test_the_runbook_has_no_page_of_an_alert_that_is_gone() -> None:
    headings = re.findall(r"^#+ (Tablecast[A-Z]\w+)$", README.read_text(), re.MULTILINE)
    assert set(headings) - set(ALERTS) == set()


def test_helm_finds_nothing_to_object_to_in_what_is_monitored() -> None:
    assert lint(TABLECAST, MONITORED, strict=True, kube_version="v1.34.0")["errors"] == []


def test_prometheus_operator_gets_the_alerts_as_they_are_with_a_link_to_their_pages() -> None:
    rule = one(objects(MONITORED), "PrometheusRule")
    given: list[dict[str, Any]] = [r for group in rule["spec"]["groups"] for r in group["rules"]]
    for each in given:
        link = each["annotations"].pop("runbook_url")
        assert link == f"https://docs.example/README.md#{each['alert'].lower()}"
    assert {each["alert"]: each for each in given} == ALERTS


def test_prometheus_operator_finds_the_port_that_tells_metrics() -> None:
    found = objects(MONITORED)
    monitor = one(found, "ServiceMonitor")
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    wanted = monitor["spec"]["selector"]["matchLabels"]
    (service,) = [
        o for o in found if o["kind"] == "Service" and selects(wanted, o["metadata"]["labels"])
    ]
    assert service["spec"]["clusterIP"] == "None"
    (endpoint,) = monitor["spec"]["endpoints"]
    (port,) = [p for p in service["spec"]["ports"] if p["name"] == endpoint["port"]]
    (template,) = [t for n, t in pod_templates(found).items() if n.startswith("Deployment")]
    assert selects(service["spec"]["selector"], template["metadata"]["labels"])
    (server,) = [c for c in containers(template["spec"]) if c["name"] == "server"]
    ports = {p["name"]: p["containerPort"] for p in server["ports"]}
    told = {e["name"]: e.get("value") for e in server["env"]}
    assert str(ports[port["targetPort"]]) == told["TABLECAST_METRICS_PORT"] != "8000"


def test_grafana_finds_the_dashboard_as_it_is() -> None:
    config = one(objects(MONITORED), "ConfigMap", "tablecast-dashboard")
    assert config["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(config["data"]["tablecast.json"]) == DASHBOARD
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)


def test_what_needs_the_operator_is_only_made_when_asked_for() -> None:
    operators = {"ServiceMonitor", "PrometheusRule"}
    assert not operators & {o["kind"] for o in objects(EXTERNAL)}
    nothing: list[Manifest] = objects(NOTHING_OPTIONAL)
    assert not [o for o in nothing if "metrics" in str(o)]


def test_metrics_on_the_port_of_the_api_are_refused() -> None:
    with pytest.raises(HelmError, match=r"metrics\.port"):
        templates(EXTERNAL | {"metrics": {"port": 8000}})
