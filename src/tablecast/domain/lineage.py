"""Lineage: what was made of what, in both directions, and who stands in the way of a deletion."""

from dataclasses import dataclass

from tortoise.expressions import Q, Subquery

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
    servings = Serving.filter(model_version_id__in=Subquery(versions.values("id")))
    return Impact(
        await trainings.order_by("id").limit(SHOWN),
        await versions.order_by("id").limit(SHOWN),
        await servings.order_by("id").limit(SHOWN),
    )


async def users_of_dataset(dataset_id: str) -> tuple[list[Training], list[Model]]:
    """Trainings on any version of a dataset, and models that have a version made of one."""
    versions = DatasetVersion.filter(dataset_id=dataset_id).values("id")
    trainings = Training.filter(dataset_version_id__in=Subquery(versions))
    made = ModelVersion.filter(dataset_version_id__in=Subquery(versions)).values("model_id")
    models = Model.filter(id__in=Subquery(made))
    return await trainings.order_by("id"), await models.order_by("id")


async def users_of_model(model_id: str) -> tuple[list[Serving], list[Training]]:
    """Servings that answer, or are wished to answer, with a version of a model, and trainings that
    may still add one."""
    versions = Subquery(ModelVersion.filter(model_id=model_id).values("id"))
    answering = (
        Revision.filter(model_version_id__in=versions)
        .exclude(state=RevisionState.RETIRED)
        .values("serving_id")
    )
    servings = Serving.filter(Q(model_version_id__in=versions) | Q(id__in=Subquery(answering)))
    trainings = Training.filter(model_id=model_id).exclude(state__in=_ENDED)
    return await servings.order_by("id"), await trainings.order_by("id")
