"""Lineage: what was made of what, in both directions, and who stands in the way of a deletion.

Read step by step, by ids: MySQL may answer a subquery by a look at every row of the outer table.
"""

from dataclasses import dataclass
from typing import Any

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from tablecast.domain.states import RevisionState, TrainingState
from tablecast.domain.tables import (
    DatasetVersion,
    Model,
    ModelVersion,
    Revision,
    Serving,
    Training,
)

# An impact is shown whole, not paged: this bounds each list. Oldest first.
SHOWN = 500

_ENDED = (
    TrainingState.SUCCEEDED,
    TrainingState.FAILED,
    TrainingState.CANCELLED,
    TrainingState.LOST,
)


@dataclass(frozen=True)
class Impact:
    """What was made of a dataset version: at most 500 of each, oldest first."""

    trainings: list[Training]
    model_versions: list[ModelVersion]
    servings: list[Serving]


async def impact_of(dataset_version_id: str) -> Impact:
    """What was made of a dataset version, down to the servings that answer with it."""
    trainings = Training.filter(dataset_version_id=dataset_version_id)
    versions = ModelVersion.filter(dataset_version_id=dataset_version_id)
    servings = Serving.filter(model_version_id__in=await _ids(versions))
    return Impact(
        await trainings.order_by("id").limit(SHOWN),
        await versions.order_by("id").limit(SHOWN),
        await servings.order_by("id").limit(SHOWN),
    )


async def users_of_dataset(dataset_id: str) -> tuple[list[Training], list[Model]]:
    """Trainings on any version of a dataset, and models that have a version made of one."""
    versions = await _ids(DatasetVersion.filter(dataset_id=dataset_id))
    trainings = Training.filter(dataset_version_id__in=versions)
    made = ModelVersion.filter(dataset_version_id__in=versions)
    models = Model.filter(id__in=set(await _ids(made, "model_id")))
    return await trainings.order_by("id"), await models.order_by("id")


async def users_of_model(model_id: str) -> tuple[list[Serving], list[Training]]:
    """Servings that answer, or are wished to answer, with a version of a model, and trainings that
    may still add one."""
    versions = await _ids(ModelVersion.filter(model_id=model_id))
    standing = Revision.filter(model_version_id__in=versions).exclude(state=RevisionState.RETIRED)
    answering = set(await _ids(standing, "serving_id"))
    servings = Serving.filter(Q(model_version_id__in=versions) | Q(id__in=answering))
    trainings = Training.filter(model_id=model_id).exclude(state__in=_ENDED)
    return await servings.order_by("id"), await trainings.order_by("id")


async def _ids(rows: QuerySet[Any], column: str = "id") -> list[str]:
    return [str(found) for found in await rows.values_list(column, flat=True)]
