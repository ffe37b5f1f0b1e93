"""Servings in a world without a cluster: objects as KServe shows them, and servers that answer or not."""

from dataclasses import dataclass, field
from typing import Any, cast

from tablecast.clients.inference import InferenceClient
from tablecast.domain.states import ServingState, Verb
from tablecast.domain.tables import Operation, Project, Revision, Serving
from tablecast.inbound.changes import Changed, Gone
from tablecast.inbound.prober import Prober
from tablecast.inbound.signals import Signals
from tablecast.settings import Settings
from tests.domain.world import a_model_version, a_project, a_serving, a_training, a_version
from tests.inbound.telling import tell


@dataclass
class Servers:
    """Model servers: which pods answer, and for which names."""

    loaded: dict[str, set[str]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    says: str = ""

    async def refusal(self, namespace: str, pod: str, name: str) -> str:
        return self.says

    async def ready(self, namespace: str, pod: str, name: str) -> bool:
        self.asked.append((pod, name))
        return name in self.loaded.get(pod, set())

    def load(self, name: str, *pods: str) -> None:
        for pod in pods:
            self.loaded.setdefault(pod, set()).add(name)

    @property
    def client(self) -> InferenceClient:
        return cast(InferenceClient, self)


@dataclass
class Stage:
    """One serving of one project, and the versions of its objects."""

    project: Project
    serving: Serving
    version: int = 100

    def metadata(self, name: str, **labels: str) -> dict[str, Any]:
        self.version += 1
        known = {"tablecast.dev/managed": "true", "tablecast.dev/project": self.project.id}
        return {
            "name": name,
            "namespace": self.project.namespace,
            "uid": f"uid-{name}",
            "resourceVersion": str(self.version),
            "labels": known | labels,
        }

    def own(self, revision: int) -> dict[str, str]:
        return {
            "tablecast.dev/noun": "serving",
            "tablecast.dev/id": self.serving.id,
            "tablecast.dev/revision": str(revision),
        }

    async def pod(
        self,
        name: str,
        service: str = "pool-1",
        *,
        ready: bool = True,
        restarts: int = 0,
        waiting: dict[str, str] | None = None,
    ) -> None:
        """A predictor pod as it is now."""
        metadata = self.metadata(name, **{"serving.kserve.io/inferenceservice": service})
        state = {"waiting": waiting} if waiting else {"running": {}}
        status = {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": str(ready)}],
            "containerStatuses": [
                {"name": "kserve-container", "restartCount": restarts, "state": state}
            ],
        }
        await tell("Pod", Changed({"metadata": metadata, "status": status}))

    async def pod_gone(self, name: str) -> None:
        await tell("Pod", Gone(f"uid-{name}"))

    async def model(self, number: int, memory: str = "True") -> str:
        """The TrainedModel of a revision; returns its name."""
        name = f"serving-{self.serving.id}-r{number}"
        condition = {
            "type": "MemoryResourceAvailable",
            "status": memory,
            "reason": "MemoryResourceNotAvailable",
            "message": "Inference Service does not have enough memory resources for Trained Model",
        }
        ready = {"type": "Ready", "status": "True"}
        manifest = {
            "metadata": self.metadata(name, **self.own(number)),
            "spec": {"inferenceService": (await self.revision(number)).inference_service},
            "status": {"conditions": [condition, ready]},
        }
        await tell("TrainedModel", Changed(manifest))
        return name

    async def model_gone(self, number: int) -> None:
        await tell("TrainedModel", Gone(f"uid-serving-{self.serving.id}-r{number}"))

    async def seen(self) -> Serving:
        return await Serving.get(id=self.serving.id)

    async def revision(self, number: int) -> Revision:
        return await Revision.get(serving_id=self.serving.id, number=number)


async def a_stage(**changes: Any) -> Stage:
    """A serving just wished for, its operation out."""
    project = await a_project()
    version = await a_model_version(await a_training(await a_version(project)))
    serving = await a_serving(version, **changes)
    return Stage(project, serving)


def is_servable(serving: Serving) -> bool:
    """What a person would read off the row."""
    return bool(serving.servable and serving.state == ServingState.SERVABLE)


def a_prober(servers: Servers, load_seconds: float = 60.0) -> Prober:
    return Prober(servers.client, Settings(load_seconds=load_seconds), Signals())


async def served(stage: Stage, servers: Servers, *pods: str) -> Prober:
    """The first revision is loaded on these pods, and the prober has seen it."""
    name = await stage.model(1)
    for pod in pods:
        await stage.pod(pod)
    servers.load(name, *pods)
    prober = a_prober(servers)
    await prober.round()
    return prober


async def operations(stage: Stage, verb: Verb) -> list[Operation]:
    return await Operation.filter(subject_id=stage.serving.id, verb=verb)
