"""Attempts of a training, with their steps and trials."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import field

from tablecast.api.choices import StepName
from tablecast.api.context import Asking
from tablecast.api.enums import AttemptState, StepState
from tablecast.api.paging import Connection, NumberOrder, connection
from tablecast.api.reading import step_log_of
from tablecast.api.scalars import Long, Value
from tablecast.api.types.evaluations import Score
from tablecast.api.types.faults import BlockedBy, Fault, Warned
from tablecast.api.views import Node, edge, few, shown, view
from tablecast.domain import tables

if TYPE_CHECKING:
    from tablecast.api.types.models import ModelVersion
    from tablecast.api.types.trainings import Training

LogOffset = Annotated[
    Long, strawberry.argument(description="Bytes of the log to leave out: a `nextOffset`, or 0.")
]
FROM_START = Long(0)
LogLimit = Annotated[int, strawberry.argument(description="At most this many bytes, 1 to 262144.")]


@strawberry.type(description="How far a step is, by its own account.")
class Progress:
    done: Long = field(description="Units of work done.")
    total: Long = field(description="Units of work in all; 0 where that is not known.")
    message: str = field(description="What it does now.")


@strawberry.type(description="A part of a step's log.")
class StepLog:
    text: str = field(description="The part's text.")
    next_offset: Long = field(description="Where the next part begins, in bytes.")
    ended: bool = field(description="Whether nothing will follow.")


@strawberry.type(description="One hyperparameter and its value.")
class Hyperparameter:
    name: str = field(description="Its name.")
    value: Value | None = field(description="Its value.")


@strawberry.type(description="One candidate that a training tried.")
class Trial:
    number: int = field(description="Counts the candidates of the attempt, from 1.")
    algorithm: str = field(description="LINEAR, RANDOM_FOREST, LIGHTGBM, HIST_GRADIENT_BOOSTING…")
    seconds: float = field(description="How long it took, in seconds.")
    best: bool = field(description="Whether it was the best so far when it ended.")

    @strawberry.field(description="What it was made with.")
    def hyperparameters(self: Any) -> list[Hyperparameter]:
        return hyperparameters_of(self.hyperparameters)

    @strawberry.field(description="What it reached, on rows held out of the training rows.")
    def metric(self: Any) -> Score:
        return score_of(self)


@strawberry.type(description="How many rows went where.")
class SplitCounts:
    read: Long = field(description="Rows of the dataset version.")
    train: Long = field(description="Rows to learn from.")
    test: Long = field(description="Rows held out for the evaluation.")
    dropped: Long = field(description="Rows left out: without a target, or duplicates.")


@strawberry.type(description="One of an attempt's three steps, each a pod of its own.")
class Step:
    name: StepName = field(description="Which one.")
    position: int = field(description="Its place in the order, from 0.")
    state: StepState = field(description="How it is, as seen of its pod.")
    pod_name: str = field(description="Its pod's name; empty until there is one.")
    exit_code: int | None = field(description="Its process's exit code, once it has ended.")
    reason: str = field(description="Kubernetes' reason, such as OOMKilled; may be empty.")
    message: str = field(description="More about the state; may be empty.")
    error: Fault | None = field(description="Why it failed.")
    blocked_by: BlockedBy | None = field(description="What its pod waits for.")
    skipped: bool = field(description="Whether an earlier attempt's outputs were used again.")
    started_at: datetime | None = field(description="When its pod started.")
    finished_at: datetime | None = field(description="When its pod ended.")

    @strawberry.field(description="How far it is.")
    def progress(self: Any) -> Progress:
        told = {"done": self.done, "total": self.total, "message": self.progress_message}
        return shown(told)

    @strawberry.field(description="A part of its log, tracebacks included.")
    async def log(
        self: Any, info: Asking, offset: LogOffset = FROM_START, limit: LogLimit = 65_536
    ) -> StepLog:
        attempt = await info.context.loaders.row(tables.Attempt, self.attempt_id)
        return shown(await step_log_of(info.context, attempt, self, offset, limit))


@view(tables.Attempt, "One try of a training: an Argo Workflow of three steps, run once.")
class Attempt(Node):
    number: int = field(description="Counts the training's attempts, from 1.")
    work: int = field(
        description="The attempt whose outputs it builds on; its own number when from the start."
    )
    state: AttemptState = field(description="How it is.")
    workflow_name: str = field(description="Its Workflow's name in the project's namespace.")
    message: str = field(description="More about the state; may be empty.")
    error: Fault | None = field(description="Why it failed.")
    blocked_by: BlockedBy | None = field(description="What it waits for.")
    warnings: list[Warned] | None = field(description="What its steps warned of.")
    created_at: datetime = field(description="When it was asked for.")
    started_at: datetime | None = field(description="When its Workflow started.")
    finished_at: datetime | None = field(description="When its Workflow ended.")
    details_removed_at: datetime | None = field(
        description="When its steps, trials and logs were removed for their age; null while they are "
        "there. The newest attempt of a training keeps them."
    )
    steps: list[Step] = few(tables.Step, "attempt_id", "Its three steps, in order.", "position")
    trials: Connection[Trial] = connection(
        tables.Trial, "attempt_id", "Candidates that it tried.", NumberOrder.NUMBER_ASC
    )
    training: Annotated["Training", strawberry.lazy("tablecast.api.types.trainings")] | None = edge(
        tables.Training, "training_id", "The training that it is a try of."
    )
    model_version: (
        Annotated["ModelVersion", strawberry.lazy("tablecast.api.types.models")] | None
    ) = edge(
        tables.ModelVersion, "model_version_id", "What it made; null before, and if it failed."
    )

    @strawberry.field(description="How many rows went where; null until that was told.")
    async def split(self: Any, info: Asking) -> SplitCounts | None:
        steps = await info.context.loaders.rows(tables.Step, self.id, "attempt_id")
        results = [step.result for step in steps if step.name == StepName.PREPROCESS]
        rows: Any = (results[0] or {}).get("rows") if results else None
        return rows


def hyperparameters_of(values: dict[str, Any] | None) -> Any:
    """A stored object of hyperparameters as a list."""
    return [{"name": name, "value": value} for name, value in (values or {}).items()]


def score_of(row: Any) -> Any:
    """A row's metric as `Score`; its name is empty where there is none."""
    return {"name": row.metric_name, "value": row.metric_value}
