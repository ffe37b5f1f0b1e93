"""Releases on a real cluster: installed by Helm itself, asked for by the accounts that they make."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import yaml
from helm_python import Config

from tablecast.cluster.kubernetes.cluster import KubernetesCluster
from tablecast.cluster.kubernetes.server import Ask
from tablecast.cluster.port import NAMESPACE
from tablecast.domain.identity import new_id
from tests.helm.charts import TABLECAST, Manifest

NAME = "tablecast"


@asynccontextmanager
async def a_namespace(cluster: KubernetesCluster) -> AsyncIterator[str]:
    """A namespace that is no project's; taken away afterwards."""
    name = f"helm-test-{new_id()}"
    restricted = {"pod-security.kubernetes.io/enforce": "restricted"}
    metadata = {"name": name, "labels": restricted}
    await cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    yield name
    await cluster.delete(NAMESPACE, "", name)


@asynccontextmanager
async def installed(kubeconfig: str, namespace: str, values: Manifest) -> AsyncIterator[Config]:
    """The chart as a release in a namespace; uninstalled afterwards."""
    with Config(kubeconfig_path=kubeconfig, namespace=namespace) as helm:
        helm.install(TABLECAST, NAME, values)
        try:
            yield helm
        finally:
            helm.uninstall(NAME, ignore_not_found=True)


async def token(cluster: KubernetesCluster, namespace: str, account: str = NAME) -> str:
    """A token as a pod of this account has one."""
    body = b'{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}'
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
    headers = {"Content-Type": "application/json"}
    made = await cluster._server.ask(Ask("POST", path, headers=headers, body=body))
    return str(made["status"]["token"])


def kubeconfig_of(kubeconfig: str, folder: Path, bearer: str) -> str:
    """The same cluster's kubeconfig for whom a token speaks for, and nobody else."""
    told = yaml.safe_load(Path(kubeconfig).read_text())
    for user in told["users"]:
        user["user"] = {"token": bearer}
    path = folder / "kubeconfig-of-account"
    path.write_text(yaml.safe_dump(told))
    return str(path)
