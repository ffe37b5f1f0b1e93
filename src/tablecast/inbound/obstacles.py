"""Obstacles: what keeps a serving from answering, from all that was seen of what it stands on.

A pod's trouble says more than its model's, and that more than its service's: the first one is shown.
"""

from collections.abc import Collection
from typing import Any

from tablecast.domain.operations import blocked
from tablecast.domain.tables import PredictorPod, Project, Revision, Serving, Sighting
from tablecast.inbound.serving_facts import PREDICTOR_SUFFIX

# Reasons given here; what the relay says of its own waiting is not ours to take away.
_OWN = {
    "QUOTA",
    "IMAGE_PULL",
    "CRASH_LOOP",
    "MEMORY",
    "VOLUME",
    "UNSCHEDULABLE",
    "REFUSED",
    "CONTAINER",
    "POD_FAILED",
    "POOL_NOT_READY",
}


async def blocked_by(serving: Serving, revisions: list[Revision]) -> Any:
    """Return what a serving shall show as `blocked_by`; `revisions` are those that serve, or shall."""
    found = await _obstacle(serving, revisions)
    before = serving.blocked_by
    if found is None:
        return None if before and before["code"] in _OWN else before
    if before and before["code"] == found["code"]:
        # The same code in other words (a back-off counted up) is no news.
        return before
    return blocked(found["code"], found["message"], before)


async def lacks_memory(revision: Revision) -> bool:
    """Whether KServe keeps a revision out of its pool: another name would not get it in."""
    names = [revision.object_name]
    found = await _object_block(revision.project_id, "TrainedModel", names)
    return found is not None and found["code"] == "MEMORY"


async def _obstacle(serving: Serving, revisions: list[Revision]) -> dict[str, str] | None:
    services = {revision.inference_service for revision in revisions}
    pods = PredictorPod.filter(project_id=serving.project_id, inference_service__in=services)
    pod = await pods.exclude(reason="").order_by("id").first()
    if pod is not None:
        return {"code": pod.reason, "message": pod.message}
    deployments = [service + PREDICTOR_SUFFIX for service in services]
    for kind, names in (
        ("TrainedModel", [revision.object_name for revision in revisions]),
        ("Deployment", deployments),
        ("InferenceService", services),
    ):
        found = await _object_block(serving.project_id, kind, names)
        if found is not None:
            return found
    return None


async def _object_block(
    project_id: str, kind: str, names: Collection[str]
) -> dict[str, str] | None:
    project = await Project.get_or_none(id=project_id).only("id", "namespace")
    if project is None:
        return None
    sightings = Sighting.filter(
        kind=kind, namespace=project.namespace, name__in=list(names), gone=False
    )
    for sighting in await sightings.order_by("name"):
        if sighting.facts and sighting.facts.get("block"):
            return dict(sighting.facts["block"])
    return None
