"""What the chart lets the server do in a cluster: the verbs that it uses, each, and no other."""

import pytest

from tablecast.cluster.port import kind_of
from tablecast.inbound.kinds import WATCHED
from tests.helm.charts import EXTERNAL, NOTHING_OPTIONAL, objects, one
from tests.helm.verbs import APPLIED, ASKED, FOLLOWED, GRANTED, of_request, of_rules
from tests.outbound.manifests import samples

NAME = "tablecast-system-tablecast"


def test_the_role_holds_what_is_asked_for_and_what_is_granted_and_no_more() -> None:
    role = one(objects(EXTERNAL), "ClusterRole", NAME)
    assert of_rules(role["rules"]) == ASKED | GRANTED


def test_no_rule_reaches_for_everything() -> None:
    for rule in one(objects(EXTERNAL), "ClusterRole", NAME)["rules"]:
        assert "*" not in rule["apiGroups"] + rule["resources"] + rule["verbs"]
        assert not {"escalate", "bind", "impersonate"} & set(rule["verbs"])


def test_the_role_is_bound_to_the_account_of_the_servers_pods() -> None:
    found = objects(EXTERNAL)
    (subject,) = one(found, "ClusterRoleBinding", NAME)["subjects"]
    account = one(found, "ServiceAccount")["metadata"]
    assert (subject["name"], subject["namespace"]) == (account["name"], account["namespace"])
    pod = one(found, "Deployment")["spec"]["template"]["spec"]
    assert pod["serviceAccountName"] == account["name"]


def test_everything_that_manifests_name_can_be_applied() -> None:
    needed = {(kind_of(one).group, kind_of(one).plural) for one in samples.all_manifests()}
    assert {what for what in needed if not ASKED[what] >= APPLIED} == set()


def test_everything_that_is_watched_can_be_followed() -> None:
    watched = {(each.kind.group, each.kind.plural) for each in WATCHED}
    assert {what for what in watched if not ASKED[what] >= FOLLOWED} == set()


def test_what_a_projects_role_grants_is_held() -> None:
    (role,) = [one for one in samples.all_manifests() if one["kind"] == "Role"]
    assert of_rules(role["rules"]) == GRANTED


def test_who_brings_their_own_role_gets_none() -> None:
    kinds = {o["kind"] for o in objects(NOTHING_OPTIONAL)}
    assert not kinds & {"ClusterRole", "ClusterRoleBinding", "ServiceAccount"}


@pytest.mark.parametrize(
    ("request_", "needs"),
    [
        pytest.param(
            ("GET", "/api/v1/namespaces", "limit=500", 200),
            (("", "namespaces"), {"list"}),
            id="list",
        ),
        pytest.param(
            ("GET", "/apis/apps/v1/deployments", "watch=true", 200),
            (("apps", "deployments"), {"watch"}),
            id="watch",
        ),
        pytest.param(
            ("PATCH", "/api/v1/namespaces/n/secrets/s", "", 201),
            (("", "secrets"), {"patch", "create"}),
            id="an apply that makes it",
        ),
        pytest.param(
            ("PATCH", "/api/v1/namespaces/n", "", 200), (("", "namespaces"), {"patch"}), id="apply"
        ),
        pytest.param(
            ("GET", "/api/v1/namespaces/n/services/s:80/proxy/x", "", 200),
            (("", "services/proxy"), {"get"}),
            id="the API server's proxy",
        ),
        pytest.param(
            ("DELETE", "/apis/argoproj.io/v1alpha1/namespaces/n/workflows/w", "", 200),
            (("argoproj.io", "workflows"), {"delete"}),
            id="delete",
        ),
    ],
)
def test_a_request_is_read_as_rbac_reads_it(
    request_: tuple[str, str, str, int], needs: tuple[tuple[str, str], set[str]]
) -> None:
    assert of_request(*request_) == needs
