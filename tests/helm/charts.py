"""Charts rendered by Helm itself, in this process, without a cluster."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from helm_python import Chart

Manifest = dict[str, Any]

CHARTS = Path(__file__).parents[2] / "helm"
TABLECAST = CHARTS / "tablecast"
PLATFORM = CHARTS / "platform"
NAMESPACE = "tablecast-system"

TRYING_OUT: Manifest = {"mariadb": {"enabled": True}}
EXTERNAL: Manifest = {"database": {"existingSecret": "mysql"}}
EVERYTHING: Manifest = {
    "replicas": 3,
    "database": {"existingSecret": "mysql", "key": "address", "port": 3307},
    "secret": {"existingSecret": "signing", "key": "of-2026"},
    "images": {"pullSecrets": ["pull"], "pullPolicy": "Always"},
    "jwks": {"configMap": "people"},
    "settings": {
        "allowed_origins": ["https://front.example"],
        "explorer": False,
        "poll_seconds": 2.5,
        "traces_endpoint": "http://collector.traces:4318/v1/traces",
        "storage_class": "fast",
    },
    "limits": {"upload_bytes": 21_474_836_480, "websocket_init_seconds": 1.5},
    "ingress": {
        "enabled": True,
        "host": "tables.example",
        "tlsSecret": "tls",
        "className": "nginx",
    },
    "service": {"type": "NodePort", "port": 8080},
    "metrics": {
        "port": 9001,
        "from": [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}],
        "dashboard": {"enabled": True},
    },
    "serviceAccount": {"annotations": {"who": "tables"}},
    "networkPolicy": {
        "from": [{"namespaceSelector": {}}],
        "apiServer": {"cidrs": ["10.0.0.1/32"], "ports": [6443]},
        "databaseCidrs": ["10.0.0.9/32", "fd00::9/128"],
    },
    "nodeSelector": {"disk": "ssd"},
    "tolerations": [{"key": "only", "operator": "Exists"}],
    "drainSeconds": 30,
}
NOTHING_OPTIONAL: Manifest = EXTERNAL | {
    "replicas": 1,
    "serviceAccount": {"create": False},
    "rbac": {"create": False},
    "networkPolicy": {"enabled": False},
    "podDisruptionBudget": {"enabled": False},
    "metrics": {"enabled": False},
}
# What needs the definitions of Prometheus' operator, which the API servers of tests have not.
MONITORED: Manifest = EXTERNAL | {
    "metrics": {
        "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
        "rules": {"enabled": True, "runbookUrl": "https://docs.example/README.md"},
        "dashboard": {"enabled": True},
    }
}
COMBINATIONS = {
    "trying out": TRYING_OUT,
    "a database that is there": EXTERNAL,
    "everything set": EVERYTHING,
    "nothing optional": NOTHING_OPTIONAL,
}


def templates(
    values: Mapping[str, Any],
    chart: Path = TABLECAST,
    name: str = "tablecast",
    namespace: str = NAMESPACE,
    revision: int = 1,
) -> dict[str, str]:
    """What each template becomes, by its path; raises a `HelmError` where values are refused."""
    with Chart.load(chart) as loaded:
        return loaded.render(dict(values), name=name, namespace=namespace, revision=revision)


def objects(values: Mapping[str, Any], **where: Any) -> list[Manifest]:
    """All objects that a chart makes of values."""
    texts = templates(values, **where).items()
    found = [
        one
        for path, text in texts
        if not path.endswith("NOTES.txt")
        for one in yaml.safe_load_all(text)
    ]
    return [one for one in found if one]


def notes(values: Mapping[str, Any], **where: Any) -> str:
    """What Helm says to who installs."""
    return next(text for path, text in templates(values, **where).items() if path.endswith(".txt"))


def one(found: list[Manifest], kind: str, name: str = "tablecast") -> Manifest:
    """The object of a kind and name; there must be exactly one."""
    (there,) = [o for o in found if (o["kind"], o["metadata"]["name"]) == (kind, name)]
    return there


def pod_templates(found: list[Manifest]) -> dict[str, Manifest]:
    """Pod templates by "Kind/name" of what makes pods of them."""
    return {
        f"{o['kind']}/{o['metadata']['name']}": o["spec"]["template"]
        for o in found
        if "template" in o.get("spec", {})
    }


def containers(pod: Manifest) -> list[Manifest]:
    """All containers of a pod's spec."""
    return [*pod.get("initContainers", []), *pod["containers"]]


def selects(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether labels match a selector of plain labels."""
    return selector.items() <= labels.items()


def paths(tree: Any, *before: str) -> Iterator[tuple[str, ...]]:
    """The way to each leaf of a tree of mappings."""
    if not isinstance(tree, dict) or not tree:
        yield before
        return
    for key, value in tree.items():
        yield from paths(value, *before, key)


def plain(text: str) -> str:
    """A message without line ends and colours."""
    return re.sub(r"\s+", " ", text)
