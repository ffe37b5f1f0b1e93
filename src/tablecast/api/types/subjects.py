"""Subjects: what an operation or an event is about, as a type of its own."""

from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import strawberry

from tablecast.api.context import Asking
from tablecast.api.enums import Noun
from tablecast.domain import tables

if TYPE_CHECKING:
    from tablecast.api.types.datasets import Dataset, DatasetVersion
    from tablecast.api.types.drifts import Drift
    from tablecast.api.types.models import Model
    from tablecast.api.types.operations import Operation
    from tablecast.api.types.projects import Project
    from tablecast.api.types.servings import Serving
    from tablecast.api.types.trainings import Training
    from tablecast.api.types.uploads import Upload

SUBJECTS: dict[str, tuple[str, type[tables.Row]]] = {
    Noun.PROJECT: ("Project", tables.Project),
    Noun.UPLOAD: ("Upload", tables.Upload),
    Noun.DATASET: ("Dataset", tables.Dataset),
    Noun.DATASET_VERSION: ("DatasetVersion", tables.DatasetVersion),
    Noun.TRAINING: ("Training", tables.Training),
    Noun.MODEL: ("Model", tables.Model),
    Noun.SERVING: ("Serving", tables.Serving),
    Noun.OPERATION: ("Operation", tables.Operation),
    Noun.DRIFT: ("Drift", tables.Drift),
}

Subject: TypeAlias = Annotated[
    Annotated["Project", strawberry.lazy("tablecast.api.types.projects")]
    | Annotated["Upload", strawberry.lazy("tablecast.api.types.uploads")]
    | Annotated["Dataset", strawberry.lazy("tablecast.api.types.datasets")]
    | Annotated["DatasetVersion", strawberry.lazy("tablecast.api.types.datasets")]
    | Annotated["Training", strawberry.lazy("tablecast.api.types.trainings")]
    | Annotated["Model", strawberry.lazy("tablecast.api.types.models")]
    | Annotated["Serving", strawberry.lazy("tablecast.api.types.servings")]
    | Annotated["Operation", strawberry.lazy("tablecast.api.types.operations")]
    | Annotated["Drift", strawberry.lazy("tablecast.api.types.drifts")],
    strawberry.union(name="Subject", description="What an operation or an event is about."),
]


async def subject_of(row: Any, info: Asking) -> Any:
    """The row that an operation or event is about; None where it is gone, or hidden."""
    _, table = SUBJECTS[row.noun]
    return await info.context.loaders.row(table, row.subject_id)
