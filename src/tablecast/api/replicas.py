"""Replicas: the pods that a serving is in, and whether each has its active model loaded."""

from typing import Any

from tablecast.api.loaders import Loaders
from tablecast.domain.tables import PredictorPod, Revision, Serving


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
