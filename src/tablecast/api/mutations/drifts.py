"""Mutations of drifts. Each is an operation, carried out where what was found still holds then."""

from collections.abc import Awaitable, Callable
from typing import Any

import strawberry

from tablecast.api.context import Context
from tablecast.api.inputs.drifts import AdoptObjectInput, PurgeObjectInput, RecreateObjectInput
from tablecast.api.mutations.mutating import answering, name_of, payload_type
from tablecast.api.types.drifts import Drift
from tablecast.api.types.operations import Operation
from tablecast.domain import drifts
from tablecast.domain.deeds import Asked
from tablecast.domain.drifts import Answer


def _mutation(
    input_type: type, deed: Callable[[Asked, str], Awaitable[Answer]], description: str
) -> Any:
    shows = {
        "drift": (Drift | None, "It, as it is now; null where it was put right since."),
        "operation": (Operation, "Its effect on the way to the cluster: follow it."),
    }
    payload = payload_type(name_of(input_type), shows)

    async def act(context: Context, asked: Asked, given: Any) -> Any:
        drift, operation = await deed(asked, given.drift_id)
        return payload(drift=drift, operation=operation)

    return answering(input_type, payload, act, description)


@strawberry.type
class DriftMutations:
    adopt_object = _mutation(
        AdoptObjectInput,
        drifts.adopt_object,
        "Take an orphan for what a row waits for: its facts are the row's from then on.",
    )
    recreate_object = _mutation(
        RecreateObjectInput,
        drifts.recreate_object,
        "Make a lost object again, empty. A lost Workflow is not: retryTraining makes another attempt.",
    )
    purge_object = _mutation(
        PurgeObjectInput, drifts.purge_object, "Delete an orphan. Needs the role OWNER."
    )
