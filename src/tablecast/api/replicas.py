"""Replicas: the pods that a serving is in, and whether each has its active model loaded; and how far
its canary is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tablecast.api.loaders import Loaders
from tablecast.domain.tables import PredictorPod, Revision, Serving


@dataclass(frozen=True)
class CanaryView:
    """A serving's canary as it is shown: its share, and what was observed of its revision."""

    percent: int
    model_version_id: str
    desired_replicas: int
    loaded_replicas: int
    servable: bool
    since: datetime | None


async def canary_of(loaders: Loaders, serving: Serving) -> CanaryView | None:
    """What gets a share of a serving's predictions, None where nothing does."""
    if serving.canary_percent is None:
        return None
    revision = await loaders.revision(serving.id, serving.revision)
    if revision is None:
        return None
    return CanaryView(
        percent=serving.canary_percent,
        model_version_id=revision.model_version_id,
        desired_replicas=revision.desired_replicas,
        loaded_replicas=revision.loaded_replicas,
        servable=serving.canary_servable,
        since=serving.canary_since,
    )


async def replicas_of(loaders: Loaders, serving: Serving) -> list[dict[str, Any]]:
    """The pods of the active revision's model server; of the newest one's before one is active."""
    revision = await loaders.revision(serving.id, serving.active_revision or serving.revision)
    if revision is None:
        return []
    pods = await loaders.rows(PredictorPod, serving.project_id, "project_id")
    return [
        _replica(pod, revision)
        for pod in pods
        if pod.inference_service == revision.inference_service
    ]


def _replica(pod: PredictorPod, revision: Revision) -> dict[str, Any]:
    loaded_at = (pod.loaded or {}).get(revision.object_name)
    return {
        "pod_name": pod.name,
        "ready": pod.ready,
        "loaded": loaded_at is not None,
        "loaded_at": loaded_at,
        "reason": pod.reason,
        "message": pod.message,
        "restarts": pod.restarts,
        "observed_at": pod.observed_at,
    }
