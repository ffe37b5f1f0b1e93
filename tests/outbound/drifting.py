"""A project on a cluster, and the hands that others lay on it."""

from dataclasses import dataclass, field
from typing import Any

from tablecast.clients.datastore import DatastoreClient
from tablecast.cluster.port import KINDS, Cluster, Kind, Manifest
from tablecast.domain.projects import ProjectWish, create_project
from tablecast.domain.states import ProjectState
from tablecast.domain.tables import Drift, Event, Operation, Project, Serving, Training
from tablecast.errors import ObjectMissing
from tablecast.outbound.context import Context
from tablecast.outbound.sweep import Sweep
from tablecast.settings import Settings
from tests.domain.world import ANN, LIMITS, a_model_version, a_serving, a_training, a_version
from tests.outbound.fakes import FakeCluster
from tests.outbound.relaying import carry


@dataclass
class Place:
    """A cluster with what Tablecast has put there; its datastores always say yes."""

    cluster: Cluster
    is_real: bool = False
    context: Context = field(init=False)
    sweep: Sweep = field(init=False)

    def __post_init__(self) -> None:
        settings = Settings(secret="s" * 32, poll_seconds=0.05)
        datastores = FakeCluster()
        client = DatastoreClient(datastores, settings.datastore_token, settings.signing_key)
        self.context = Context(self.cluster, client, settings, LIMITS)
        self.sweep = Sweep(self.context)

    async def project(self, name: str = "birds") -> Project:
        """A project that was applied; its datastore is said to answer."""
        made = (await create_project(ANN, ProjectWish(name=name), LIMITS)).row
        await carry(self.context)
        await Project.filter(id=made.id).update(state=ProjectState.READY)
        project = await Project.get(id=made.id)
        assert project.namespace_uid, "it was not applied"
        return project

    async def training(self, project: Project, name: str = "a") -> Training:
        """A training whose Workflow was made."""
        training = await a_training(await a_version(project, name=name))
        await carry(self.context)
        return training

    async def serving(self, project: Project, **wish: Any) -> Serving:
        """A serving whose object was made, beside what it needs."""
        training = await a_training(await a_version(project, name="served"), name="served")
        serving = await a_serving(await a_model_version(training), **wish)
        await carry(self.context)
        # Of this project alone: other tests leave some behind on the same control plane.
        here = await self.cluster.list(KIND["InferenceService"], namespace=project.namespace)
        for there in here.objects:
            ready = {"conditions": [{"type": "Ready", "status": "True"}]}
            await self.cluster.apply(
                _named(there) | {"status": ready}, subresource="status", manager="kserve"
            )
        await carry(self.context)
        return serving

    async def edit(self, kind: str, namespace: str, name: str, **content: Any) -> None:
        """A hand changes an object, and has it in its own name from then on."""
        there = await self.cluster.get(KIND[kind], namespace, name)
        await self.cluster.apply(_named(there) | content, manager="kubectl-edit")

    async def delete(self, kind: str, namespace: str, name: str) -> None:
        """A hand deletes an object."""
        await self.cluster.delete(KIND[kind], namespace, name)

    async def make(self, manifest: Manifest) -> str:
        """A hand makes an object; its UID is returned."""
        made = await self.cluster.create(manifest, manager="kubectl-create")
        return str(made["metadata"]["uid"])

    async def get(self, kind: str, namespace: str, name: str) -> Manifest:
        """An object as it is now."""
        return await self.cluster.get(KIND[kind], namespace, name)

    async def there(self, kind: str, namespace: str, name: str) -> bool:
        """Whether an object is there."""
        try:
            await self.cluster.get(KIND[kind], namespace, name)
        except ObjectMissing:
            return False
        return True


KIND: dict[str, Kind] = {kind.kind: kind for kind in KINDS.values()}


async def told(project: Project, type_: str = "DRIFT_CORRECTED") -> list[str]:
    """What a project's feed says of a type."""
    events = Event.filter(project_id=project.id, type=type_).order_by("sequence")
    return [str(message) for message in await events.values_list("message", flat=True)]


async def drifts(project: Project) -> list[Drift]:
    """What is seen adrift in a project."""
    return await Drift.filter(project_id=project.id).order_by("id")


async def state_of(operation: Operation) -> tuple[str, str]:
    """An operation's state and the last words on it."""
    row = await Operation.get(id=operation.id)
    return row.state, row.last_error


def by_hand(there: Manifest, **labels: str) -> Manifest:
    """A manifest to make again an object that was read, without what a server wrote on it."""
    metadata = there["metadata"]
    kept = {key: metadata[key] for key in ("name", "namespace")}
    own = {f"tablecast.dev/{key}": value for key, value in labels.items()}
    return {
        "apiVersion": there["apiVersion"],
        "kind": there["kind"],
        "metadata": kept | {"labels": metadata["labels"] | own},
        "spec": there["spec"],
    }


def _named(there: Manifest) -> Manifest:
    metadata = {key: there["metadata"][key] for key in ("name",)}
    if "namespace" in there["metadata"]:
        metadata["namespace"] = there["metadata"]["namespace"]
    return {"apiVersion": there["apiVersion"], "kind": there["kind"], "metadata": metadata}
