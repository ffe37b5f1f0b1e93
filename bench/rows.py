"""Rows to list, written without the loops that would make them."""

import base64

from tablecast.domain.deeds import Asked
from tablecast.domain.identity import new_id
from tablecast.domain.projects import ProjectWish, create_project
from tablecast.domain.states import TrainingState
from tablecast.domain.tables import Training
from tablecast.settings import Limits


async def trainings(count: int) -> str:
    """A project with so many finished trainings; return its global id."""
    made = await create_project(Asked("developer"), ProjectWish("bench"), Limits())
    for number in range(count):
        await Training.create(
            id=new_id(),
            project_id=made.row.id,
            dataset_version_id=new_id(),
            model_id=new_id(),
            name=f"training {number}",
            spec={"target": "y"},
            state=TrainingState.SUCCEEDED,
        )
    return base64.b64encode(f"Project:{made.row.id}".encode()).decode()
