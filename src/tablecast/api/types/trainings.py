"""Trainings: what was asked for, and how far it is."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import field

from tablecast.api.choices import Algorithm, Metric, Problem, SplitKind
from tablecast.api.context import Asking
from tablecast.api.enums import Role, TrainingState
from tablecast.api.filters import AttemptFilter
from tablecast.api.paging import Connection, NumberOrder, connection
from tablecast.api.scalars import Long
from tablecast.api.types.attempts import Attempt, Hyperparameter, hyperparameters_of
from tablecast.api.types.datasets import DatasetVersion
from tablecast.api.types.faults import BlockedBy
from tablecast.api.views import Node, can, edge, shown, view
from tablecast.domain import tables, trainings

if TYPE_CHECKING:
    from tablecast.api.types.models import Model, ModelVersion
    from tablecast.api.types.projects import Project


@strawberry.type(description="How rows are held out for the test.")
class Split:
    kind: SplitKind = field(description="In which way.")
    test_fraction: float | None = field(description="Share of rows held out, 0 to 1.")
    column: str | None = field(description="The column that decides, for TIME and COLUMN.")
    stratify: bool | None = field(description="Whether each class keeps its share in both parts.")


@strawberry.type(description="What a training was asked to do.")
class TrainingSpec:
    target: str = field(description="The column to predict.")
    problem: Problem = field(description="What kind of thing is learned.")
    features: list[str] | None = field(
        description="Columns to learn from; null: all but the target."
    )
    split: Split = field(description="How rows are held out for the test.")
    algorithm: Algorithm = field(description="What models are made with.")
    metric: Metric = field(description="What candidates are compared by.")
    time_budget_seconds: float = field(description="Seconds that the search may take.")
    seed: Long = field(description="The same seed on the same table gives the same split.")

    @strawberry.field(description="Hyperparameters that were given.")
    def hyperparameters(self: Any) -> list[Hyperparameter]:
        return hyperparameters_of(self.get("hyperparameters"))


@view(
    tables.Training, "What to learn from which dataset version, in attempts that are each run once."
)
class Training(Node):
    name: str = field(description="What people call it.")
    state: TrainingState = field(description="How it is.")
    spec: TrainingSpec = field(description="What it was asked to do.")
    message: str = field(description="More about the state; may be empty.")
    blocked_by: BlockedBy | None = field(description="What it waits for.")
    generation: int = field(description="Counts the wishes: create, cancel, retry, delete.")
    observed_generation: int = field(description="The newest wish whose effect was seen.")
    created_at: datetime = field(description="When it was asked for.")
    updated_at: datetime = field(description="When anything of it changed.")
    finished_at: datetime | None = field(description="When its newest attempt ended.")
    can_cancel: bool = can(Role.EDITOR, "Whether you may stop it.", trainings.can_cancel)
    can_retry: bool = can(Role.EDITOR, "Whether you may try it again.", trainings.can_retry)
    can_delete: bool = can(Role.EDITOR, "Whether you may delete it.", trainings.can_delete)
    project: Annotated["Project", strawberry.lazy("tablecast.api.types.projects")] | None = edge(
        tables.Project, "project_id", "The project that it belongs to."
    )
    dataset_version: DatasetVersion | None = edge(
        tables.DatasetVersion, "dataset_version_id", "What it learns from."
    )
    model: Annotated["Model", strawberry.lazy("tablecast.api.types.models")] | None = edge(
        tables.Model, "model_id", "The model that it makes a version of."
    )
    model_version: (
        Annotated["ModelVersion", strawberry.lazy("tablecast.api.types.models")] | None
    ) = edge(tables.ModelVersion, "model_version_id", "What it made, once it SUCCEEDED.")
    attempts: Connection[Attempt] = connection(
        tables.Attempt,
        "training_id",
        "Its attempts.",
        NumberOrder.NUMBER_DESC,
        AttemptFilter,
    )

    @strawberry.field(description="Its newest attempt.")
    async def latest_attempt(self: Any, info: Asking) -> Attempt | None:
        return shown(await info.context.loaders.newest(tables.Attempt, "training_id", self.id))

    @strawberry.field(description="How many attempts there were.")
    def attempt_count(self: Any) -> int:
        return self.attempts
