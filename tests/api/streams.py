"""Reading what subscriptions deliver, and making things happen meanwhile."""

import asyncio
from typing import Any

import pytest

from tablecast.api.graphql.errors import presented
from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.states import Noun
from tablecast.domain.tables import Project, Training

EVENTS = """subscription($id: ID!, $after: String) { projectEvents(projectId: $id, after: $after) {
  __typename
  ... on EventBatch { cursor events { sequence type cursor subject { __typename } } }
  ... on Resync { cursor } } }"""


async def result(stream: Any) -> Any:
    """The next result of a subscription."""
    async with asyncio.timeout(5):
        return await anext(stream)


async def data(stream: Any) -> Any:
    """The value of the next result, which has no errors."""
    found = await result(stream)
    assert not found.errors, found.errors
    [value] = found.data.values()
    return value


async def refusal(stream: Any) -> str:
    """The code of the next result's error; nothing comes after it."""
    found = await result(stream)
    assert found.errors
    with pytest.raises(StopAsyncIteration):
        await result(stream)
    return str(presented(found.errors[0])["extensions"]["code"])


async def say(training: Training, message: str) -> None:
    """Change a training as an informer does."""
    async with deed(SYSTEM, training.project_id) as tx:
        await Training.filter(id=training.id).update(message=message)
        tx.tell("TRAINING_UPDATED", Noun.TRAINING, training.id)


async def happen(project: Project, count: int) -> None:
    """Append events to a project's feed."""
    for _ in range(count):
        async with deed(SYSTEM, project.id) as tx:
            tx.tell("PROJECT_UPDATED", Noun.PROJECT, project.id)
