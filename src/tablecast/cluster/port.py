"""The cluster port: what Tablecast asks of a Kubernetes, and no more.

Both sides of it pass the same contract tests (tests/cluster/contract.py). Every method raises
`ClusterError`s of `tablecast.errors` and nothing else that a cluster could cause.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

Manifest = dict[str, Any]

FIELD_MANAGER = "tablecast"
MANAGED = "tablecast.dev/managed"


@dataclass(frozen=True)
class Kind:
    """A kind of object: where it lives in the API, and what it is called."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True

    @property
    def api_version(self) -> str:
        """`apiVersion` as manifests write it: "v1" or "group/version"."""
        return f"{self.group}/{self.version}" if self.group else self.version


NAMESPACE = Kind("", "v1", "namespaces", "Namespace", namespaced=False)
POD = Kind("", "v1", "pods", "Pod")
SERVICE = Kind("", "v1", "services", "Service")
SECRET = Kind("", "v1", "secrets", "Secret")
CONFIG_MAP = Kind("", "v1", "configmaps", "ConfigMap")
SERVICE_ACCOUNT = Kind("", "v1", "serviceaccounts", "ServiceAccount")
VOLUME_CLAIM = Kind("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim")
RESOURCE_QUOTA = Kind("", "v1", "resourcequotas", "ResourceQuota")
EVENT = Kind("", "v1", "events", "Event")
DEPLOYMENT = Kind("apps", "v1", "deployments", "Deployment")
NETWORK_POLICY = Kind("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy")
ROLE = Kind("rbac.authorization.k8s.io", "v1", "roles", "Role")
ROLE_BINDING = Kind("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding")
WORKFLOW = Kind("argoproj.io", "v1alpha1", "workflows", "Workflow")
SERVING_RUNTIME = Kind("serving.kserve.io", "v1alpha1", "servingruntimes", "ServingRuntime")
INFERENCE_SERVICE = Kind("serving.kserve.io", "v1beta1", "inferenceservices", "InferenceService")
TRAINED_MODEL = Kind("serving.kserve.io", "v1alpha1", "trainedmodels", "TrainedModel")

KINDS = {
    (kind.api_version, kind.kind): kind
    for kind in (
        NAMESPACE,
        POD,
        SERVICE,
        SECRET,
        CONFIG_MAP,
        SERVICE_ACCOUNT,
        VOLUME_CLAIM,
        RESOURCE_QUOTA,
        EVENT,
        DEPLOYMENT,
        NETWORK_POLICY,
        ROLE,
        ROLE_BINDING,
        WORKFLOW,
        SERVING_RUNTIME,
        INFERENCE_SERVICE,
        TRAINED_MODEL,
    )
}


def kind_of(manifest: Manifest) -> Kind:
    """Return the `Kind` of a manifest; KeyError for one that Tablecast does not deal in."""
    return KINDS[manifest["apiVersion"], manifest["kind"]]


@dataclass(frozen=True)
class Listing:
    """Every object that matched, as of one resource version."""

    objects: list[Manifest]
    resource_version: str


@dataclass(frozen=True)
class Versions:
    """The resource version of every object that matched, by UID, as of one resource version."""

    of: Mapping[str, str]
    resource_version: str


@dataclass(frozen=True)
class WatchEvent:
    """One event of a watch: type is ADDED, MODIFIED, DELETED or BOOKMARK.

    A BOOKMARK's object has only its kind and `metadata.resourceVersion`.
    """

    type: str
    object: Manifest


@dataclass(frozen=True)
class Target:
    """Where an HTTP request goes: a Service or a Pod of a namespace, and a port of it.

    `port` is the number that the Service or the container declares.
    """

    namespace: str
    name: str
    port: int
    kind: str = "Service"


class Response(Protocol):
    """An HTTP answer whose body has not been read yet."""

    status: int
    headers: Mapping[str, str]

    async def read(self) -> bytes:
        """Return the whole body."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives."""
        ...


@dataclass(frozen=True)
class Call:
    """An HTTP request to something in the cluster.

    `path` starts with "/", query included. `body` may be a stream: it is sent as it comes, never
    held. `timeout` in seconds bounds connecting and each wait for bytes, not the whole.
    """

    target: Target
    method: str = "GET"
    path: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | AsyncIterator[bytes] | None = None
    timeout: float = 10.0


class Requests(Protocol):
    """HTTP to what runs in the cluster: the one part of the port that clients of it need."""

    def request(self, call: Call) -> AbstractAsyncContextManager[Response]:
        """Send `call`; raises `Unreachable` where nothing answers. Any status is an answer."""
        ...


class Cluster(Requests, Protocol):
    """A Kubernetes as Tablecast sees it."""

    async def apply(
        self, manifest: Manifest, *, manager: str = FIELD_MANAGER, subresource: str = ""
    ) -> Manifest:
        """Server-side apply, forced, strict validation; return the object as stored.

        With `metadata.uid` set the object must exist with that UID: otherwise `ObjectConflict`
        (a deleted object is never resurrected). `subresource` "status" writes status alone.
        A change that changes nothing keeps the resource version.
        """
        ...

    async def create(self, manifest: Manifest, *, manager: str = FIELD_MANAGER) -> Manifest:
        """Create; `ObjectExists` where the name is taken."""
        ...

    async def get(self, kind: Kind, namespace: str, name: str) -> Manifest:
        """Return one object; `ObjectMissing` where there is none. `namespace` "" for cluster kinds."""
        ...

    async def delete(self, kind: Kind, namespace: str, name: str, *, uid: str = "") -> None:
        """Delete, dependents in the background; an object already gone is `ObjectMissing`.

        With `uid`, only that very object: another under the same name is `ObjectConflict`.
        """
        ...

    async def list(self, kind: Kind, *, namespace: str = "", selector: str = "") -> Listing:
        """Every object that matches, consistent as of one version; `namespace` "" means all."""
        ...

    async def versions(self, kind: Kind, *, selector: str = "", at_least: str) -> Versions:
        """What `list` would find in all namespaces, without the objects, and cheap for the server.

        It may be older than now, and is not older than the version `at_least`.
        """
        ...

    def watch(
        self, kind: Kind, *, namespace: str = "", selector: str = "", resource_version: str
    ) -> AsyncIterator[WatchEvent]:
        """Events after `resource_version`, bookmarks among them.

        Ends quietly when the server ends it; raises `VersionGone` on 410 in either form, and
        `Unreachable` on silence beyond the inactivity limit.
        """
        ...

    def logs(
        self, namespace: str, pod: str, *, container: str = "main", follow: bool = False
    ) -> AsyncIterator[bytes]:
        """A container's output so far, and with `follow` until it ends."""
        ...
