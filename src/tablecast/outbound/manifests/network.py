"""Network policies: nothing reaches a project's pods, and they reach nothing, but what is named here.

The server is known by its label in a namespace that is no project's: a project's own pods could not
pretend to be it. A policy selects no API server; steps reach its ports, and hold no token for it.
"""

from typing import Any

from tablecast.cluster.port import MANAGED, NETWORK_POLICY, Manifest
from tablecast.outbound.manifests.objects import (
    DATASTORE,
    NAME_LABEL,
    PORT,
    PREFIX,
    labels,
    manifest,
)
from tablecast.outbound.manifests.specs import ProjectSpec

SERVER = "tablecast"
ISVC_LABEL = "serving.kserve.io/inferenceservice"
NODE_LOCAL_DNS = "169.254.20.10/32"
# of the API server itself, behind its Service: 8443 is minikube's
API_SERVER_PORTS = (443, 6443, 8443)
# 5353 is where some distributions' DNS pods listen
DNS_PORTS = (53, 5353)

Rule = dict[str, Any]


def policies(project: ProjectSpec) -> list[Manifest]:
    """The project's policies; they add up, so that the first denies what no other allows."""
    at_datastore = {"podSelector": {"matchLabels": {NAME_LABEL: DATASTORE}}}
    to_datastore: Rule = {"to": [at_datastore], "ports": _tcp(PORT)}
    is_step = {"matchLabels": {f"{PREFIX}/noun": "training"}}
    is_predictor = {"matchExpressions": [{"key": ISVC_LABEL, "operator": "Exists"}]}
    inside_or_server: Rule = {"from": [{"podSelector": {}}, _server()]}
    return [
        _policy(project, "default-deny", {}, ingress=[], egress=[]),
        _policy(
            project,
            "datastore",
            at_datastore["podSelector"],
            ingress=[inside_or_server | {"ports": _tcp(PORT)}],
        ),
        _policy(project, "steps", is_step, egress=[_dns(), to_datastore, _api_server(project)]),
        _policy(
            project,
            "predictors",
            is_predictor,
            ingress=[inside_or_server],
            egress=[_dns(), to_datastore],
        ),
    ]


def _policy(
    project: ProjectSpec, name: str, selector: dict[str, Any], **directions: list[Rule]
) -> Manifest:
    types = [direction.capitalize() for direction in directions]
    # An empty list is not kept: to the API server each apply of one would be a change.
    kept = {direction: rules for direction, rules in directions.items() if rules}
    spec = {"podSelector": selector, "policyTypes": types} | kept
    own = labels(project.project_id, "project", project.project_id, project.operation_id)
    return manifest(NETWORK_POLICY, project.namespace, name, own, spec=spec)


def _server() -> Rule:
    elsewhere = {"matchExpressions": [{"key": MANAGED, "operator": "DoesNotExist"}]}
    return {
        "namespaceSelector": elsewhere,
        "podSelector": {"matchLabels": {NAME_LABEL: SERVER}},
    }


def _dns() -> Rule:
    ports = [
        {"protocol": protocol, "port": port} for port in DNS_PORTS for protocol in ("UDP", "TCP")
    ]
    return {
        "to": [{"namespaceSelector": {}}, {"ipBlock": {"cidr": NODE_LOCAL_DNS}}],
        "ports": ports,
    }


def _api_server(project: ProjectSpec) -> Rule:
    rule: Rule = {"ports": _tcp(*API_SERVER_PORTS)}
    if project.api_server:
        rule["to"] = [{"ipBlock": {"cidr": block}} for block in project.api_server]
    return rule


def _tcp(*ports: int) -> list[dict[str, Any]]:
    return [{"protocol": "TCP", "port": port} for port in ports]
