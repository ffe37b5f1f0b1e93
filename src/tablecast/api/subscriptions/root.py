"""The subscriptions that the schema offers."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any

import strawberry

from tablecast.api.choices import StepName
from tablecast.api.context import Asking
from tablecast.api.graphql.sharing import NEWEST
from tablecast.api.ids import row_id_of
from tablecast.api.queries import Id
from tablecast.api.subscriptions.events import FeedMessage, follow_events
from tablecast.api.subscriptions.logs import LogPlace, follow_log
from tablecast.api.subscriptions.rows import follow
from tablecast.api.types.attempts import FROM_START, LogOffset, StepLog
from tablecast.api.types.datasets import DatasetVersion
from tablecast.api.types.operations import Operation
from tablecast.api.types.projects import Project
from tablecast.api.types.servings import Serving
from tablecast.api.types.trainings import Training
from tablecast.api.types.uploads import Upload
from tablecast.api.views import TABLES, shown
from tablecast.domain.states import Noun

_HOW = "as it is, then whenever something of it changed; null once it is gone, and the end"


def _row(view: type, noun: Noun, description: str) -> Any:
    typename = view.__name__

    def resolve(info: Asking, id: Id) -> AsyncGenerator[Any, None]:
        row_id = row_id_of(id, typename, "id")
        return follow(info.context, TABLES[typename], noun, row_id)

    resolve.__annotations__["return"] = AsyncGenerator[view | None, None]  # type: ignore[valid-type]
    return strawberry.subscription(
        resolver=resolve, description=f"{description} {_HOW}.", metadata=NEWEST
    )


@strawberry.type(description="What can be followed, over a websocket by graphql-transport-ws.")
class Subscription:
    project = _row(Project, Noun.PROJECT, "A project,")
    upload = _row(Upload, Noun.UPLOAD, "An upload,")
    dataset_version = _row(DatasetVersion, Noun.DATASET_VERSION, "A dataset version,")
    training = _row(Training, Noun.TRAINING, "A training with its steps and trials,")
    serving = _row(Serving, Noun.SERVING, "A serving with its replicas,")
    operation = _row(Operation, Noun.OPERATION, "An operation,")

    @strawberry.subscription(
        description="A project's feed from a cursor on, without a gap. The first message is empty and "
        "has the cursor to go on from; where events were lost to age, a Resync says so."
    )
    def project_events(
        self,
        info: Asking,
        project_id: Annotated[
            strawberry.ID, strawberry.argument(description="Which project's feed.")
        ],
        after: Annotated[
            str | None,
            strawberry.argument(description="A `cursor` of the feed; left out: from now on."),
        ] = None,
    ) -> AsyncGenerator[FeedMessage, None]:
        row_id = row_id_of(project_id, "Project", "projectId")
        return follow_events(info.context, row_id, after)

    @strawberry.subscription(
        description="A step's log as it grows, until the step has ended; the last part says so."
    )
    def step_log(
        self,
        info: Asking,
        training_id: Annotated[strawberry.ID, strawberry.argument(description="Which training's.")],
        attempt: Annotated[int, strawberry.argument(description="Which attempt's, from 1.")],
        step: Annotated[StepName, strawberry.argument(description="Which step's.")],
        offset: LogOffset = FROM_START,
    ) -> AsyncGenerator[StepLog, None]:
        row_id = row_id_of(training_id, "Training", "trainingId")
        place = LogPlace(row_id, attempt, step.value, offset)
        return shown(follow_log(info.context, place))
