"""What the server asks of an API server, and who may: (group, resource) → verbs, as RBAC has them."""

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qs

from tests.helm.charts import Manifest

Verbs = dict[tuple[str, str], set[str]]

RBAC = "rbac.authorization.k8s.io"
KSERVE = "serving.kserve.io"

# Server-side apply: `patch`, and `create` where the object is new.
APPLIED = {"create", "patch"}
FOLLOWED = {"list", "watch"}
# what the sweep compares with its row
COMPARED = APPLIED | {"list"}
WHOLE_LIFE = APPLIED | FOLLOWED | {"get", "delete"}

# tests/helm/test_rbac_live.py sees these asked for, each of them, and no other
ASKED: Verbs = {
    ("", "namespaces"): WHOLE_LIFE,
    ("", "persistentvolumeclaims"): COMPARED,
    ("", "pods"): FOLLOWED | {"get"},
    ("", "resourcequotas"): COMPARED,
    ("", "secrets"): APPLIED | {"get"},
    ("", "serviceaccounts"): COMPARED,
    ("", "services"): COMPARED | {"get"},
    ("apps", "deployments"): APPLIED | FOLLOWED,
    ("argoproj.io", "workflows"): WHOLE_LIFE,
    ("networking.k8s.io", "networkpolicies"): COMPARED,
    (RBAC, "rolebindings"): COMPARED,
    (RBAC, "roles"): COMPARED,
    (KSERVE, "inferenceservices"): WHOLE_LIFE,
    (KSERVE, "servingruntimes"): COMPARED,
    (KSERVE, "trainedmodels"): WHOLE_LIFE,
}
# held only to be granted: the steps' Role of each project
GRANTED: Verbs = {("argoproj.io", "workflowtaskresults"): {"create", "patch"}}


def of_rules(rules: Iterable[Manifest]) -> Verbs:
    """What a Role's rules allow."""
    found: Verbs = {}
    for rule in rules:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                found.setdefault((group, resource), set()).update(rule["verbs"])
    return found


def of_request(method: str, path: str, query: str, status: int) -> tuple[tuple[str, str], set[str]]:
    """What a request to an API server needs, told by its answer's status too: an apply that made
    something (201) was allowed to create it."""
    parts = path.strip("/").split("/")
    group = parts[1] if parts[0] == "apis" else ""
    rest = parts[3:] if parts[0] == "apis" else parts[2:]
    if rest[0] == "namespaces" and len(rest) > 2:
        rest = rest[2:]
    resource, name, *below = [*rest, ""]
    if below and below[0]:
        resource = f"{resource}/{below[0]}"
    return (group, resource), _verbs(method, bool(name), parse_qs(query), status)


def _verbs(method: str, named: bool, query: Mapping[str, list[str]], status: int) -> set[str]:
    if method == "GET" and not named:
        return {"watch"} if "watch" in query else {"list"}
    if method == "PATCH":
        return {"patch", "create"} if status == 201 else {"patch"}
    return {{"GET": "get", "POST": "create", "PUT": "update", "DELETE": "delete"}[method]}
