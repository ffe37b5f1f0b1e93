"""Stories: what people wish for, told so that between them every call site of a seam is gone through."""

from typing import Any

from tablecast.clients.datastore import DatastoreClient
from tablecast.cluster.port import WORKFLOW
from tablecast.domain.datasets import DatasetVersionWish, create_dataset_version, delete_dataset
from tablecast.domain.members import add_member, remove_member
from tablecast.domain.models import delete_model, rename_model
from tablecast.domain.operations import retry_operation
from tablecast.domain.projects import (
    ProjectChange,
    ProjectWish,
    create_project,
    delete_project,
    update_project,
)
from tablecast.domain.states import (
    AttemptState,
    DatasetVersionState,
    OperationState,
    ProjectState,
    Role,
    TrainingState,
    UploadState,
)
from tablecast.domain.tables import (
    Attempt,
    Dataset,
    DatasetVersion,
    Operation,
    Project,
    Training,
    Upload,
)
from tablecast.domain.trainings import (
    START,
    cancel_training,
    create_training,
    delete_training,
    retry_training,
)
from tablecast.domain.uploads import abort_upload, create_upload, finish_upload
from tests.domain.world import a_table, training_wish
from tests.failpoints.play import Play
from tests.simulation.invariants import Violation

ENDS = tuple(
    state
    for state in TrainingState
    if AttemptState.__members__.get(state.name) and AttemptState(state).finished
)


async def tables(play: Play) -> None:
    """A project with members, a table uploaded and converted, one that fails, and all of it deleted."""
    project = await a_project(play)
    await play.ask(add_member, project.id, "bob", Role.EDITOR)
    await play.ask(remove_member, project.id, "bob")
    await play.ask(update_project, project.id, ProjectChange(cpu_limit=3))
    upload = await an_upload(play, project, half=True)
    version = await _table(play, upload, "t")
    spoilt = await an_upload(play, project)
    play.site.spoilt.add(spoilt.id)
    # While it cannot be found out that the upload is spoilt.
    play.reach.down = True
    await play.ask(finish_upload, spoilt.id, None)
    wish = DatasetVersionWish(upload_id=spoilt.id, name="spoilt")
    bad = (await play.ask(create_dataset_version, wish)).operation
    play.reach.down = False
    await play.until(lambda: _in(Operation, bad.id, OperationState.FAILED), "the bad table failed")
    await play.ask(retry_operation, bad.id)
    await play.until(lambda: _in(Operation, bad.id, OperationState.FAILED), "it failed again")
    unwanted = await an_upload(play, project)
    await play.ask(abort_upload, unwanted.id)
    await play.ask(delete_dataset, version.dataset_id, False)
    await play.until(lambda: gone(Dataset, version.dataset_id), "the dataset went")
    await play.finish(failed=2)
    await end_project(play, project)
    await play.finish()


async def trainings(play: Play) -> None:
    """Trainings that succeed, fail, are tried again, cancelled at every moment, lost and deleted."""
    _, version = await with_table(play)
    good = await a_training(play, version, "good")
    await reach(play, good, TrainingState.SUCCEEDED)
    await play.ask(rename_model, good.model_id, "better", None)
    await _failed_and_retried(play, version)
    await _cancelled(play, version)
    await _lost(play, version)
    bare = await a_training(play, version, "bare")
    play.site.without_model.add((await Attempt.get(training_id=bare.id)).model_version_id)
    await reach(play, bare, TrainingState.FAILED)
    await play.ask(delete_training, bare.id)
    await play.until(lambda: gone(Training, bare.id), "the training went")
    await play.ask(delete_model, good.model_id, False)
    await play.finish()


async def _failed_and_retried(play: Play, version: DatasetVersion) -> None:
    training = await a_training(play, version, "bad")
    play.node.failing.add(training.id)
    await reach(play, training, TrainingState.FAILED)
    play.node.failing.clear()
    await play.ask(retry_training, training.id, START, play.limits)
    await reach(play, training, TrainingState.SUCCEEDED)


async def _cancelled(play: Play, version: DatasetVersion) -> None:
    play.node.held = True
    running = await a_training(play, version, "running")
    await reach(play, running, TrainingState.RUNNING)
    await play.ask(cancel_training, running.id)
    await reach(play, running, TrainingState.CANCELLED)
    play.reach.down = True
    early = await a_training(play, version, "early")
    await play.ask(cancel_training, early.id)
    play.reach.down = play.node.held = False
    await reach(play, early, TrainingState.CANCELLED)
    play.site.recording = False
    late = await a_training(play, version, "late")
    await play.until(
        lambda: Attempt.exists(training_id=late.id, state=AttemptState.RECORDING), "it is recorded"
    )
    cancel = (await play.ask(cancel_training, late.id)).operation
    await play.until(lambda: _in(Operation, cancel.id, OperationState.OBSERVED), "it came too late")
    play.site.recording = True
    await reach(play, late, TrainingState.SUCCEEDED)


async def _lost(play: Play, version: DatasetVersion) -> None:
    play.node.held = True
    training = await a_training(play, version, "lost")
    await reach(play, training, TrainingState.RUNNING)
    await deleted(play, training)
    await reach(play, training, TrainingState.LOST)
    unheard = await a_training(play, version, "unheard")
    await reach(play, unheard, TrainingState.RUNNING)
    # Only the sweep finds out.
    play.reach.deaf = True
    await deleted(play, unheard)
    await reach(play, unheard, TrainingState.LOST)
    play.reach.deaf = play.node.held = False


async def a_project(play: Play, name: str = "birds") -> Project:
    """A project that is READY."""
    project = (await play.ask(create_project, ProjectWish(name=name), play.limits)).row
    await play.until(lambda: _in(Project, project.id, ProjectState.READY), "the project is ready")
    return await Project.get(id=project.id)


async def end_project(play: Play, project: Project) -> None:
    """Delete a project, and see it gone."""
    await play.ask(delete_project, project.id, project.name)
    await play.until(lambda: gone(Project, project.id), "the project went")


async def with_table(play: Play) -> tuple[Project, DatasetVersion]:
    """A project with a table that is READY, without the way there."""
    project = await a_project(play)
    return project, await a_table(project)


async def an_upload(play: Play, project: Project, *, half: bool = False) -> Upload:
    """An upload whose bytes were sent; with `half`, first half of them past the server."""
    upload = (await play.ask(create_upload, project.id, "t.csv", 100, None, play.limits)).row
    await play.until(lambda: _in(Upload, upload.id, UploadState.OPEN), "the upload is open")
    if half:
        play.site.uploads[upload.id]["offset"] = 50
        await play.until(lambda: Upload.exists(id=upload.id, offset=50), "half is seen")
    client = DatastoreClient(play.port(), play.settings.datastore_token, play.settings.signing_key)

    async def send() -> None:
        path = f"/uploads/{upload.id}"
        async with client.forward(project.namespace, "PATCH", path, {}) as answer:
            await answer.read()

    await play.call(send)
    return await Upload.get(id=upload.id)


async def _table(play: Play, upload: Upload, name: str) -> DatasetVersion:
    # Longer than the lease lasts unless it is renewed.
    play.site.slow = 1.5 * play.settings.lease_seconds
    await play.ask(finish_upload, upload.id, None)
    await play.until(lambda: _in(Upload, upload.id, UploadState.COMPLETE), "the upload is complete")
    play.site.slow = 0.0
    wish = DatasetVersionWish(upload_id=upload.id, name=name)
    version = (await play.ask(create_dataset_version, wish)).row
    await play.until(
        lambda: _in(DatasetVersion, version.id, DatasetVersionState.READY), "the table is ready"
    )
    return version


async def a_training(play: Play, version: DatasetVersion, name: str) -> Training:
    """A training that was wished for."""
    wish = training_wish(version, name=name)
    return (await play.ask(create_training, wish, play.limits)).row


async def reach(play: Play, training: Training, state: TrainingState) -> None:
    """See a training come to a state, and to no other end."""

    async def there() -> bool:
        row = await Training.get(id=training.id)
        if row.state != state and row.state in ENDS:
            raise Violation(f"{row.name} is {row.state}: {row.message}")
        return bool(row.state == state)

    await play.until(there, f"{training.name} is {state}")


async def deleted(play: Play, training: Training) -> None:
    """A hand deletes the Workflow of a training."""
    project = await Project.get(id=training.project_id)
    await play.store.delete(WORKFLOW, project.namespace, f"training-{training.id}-a1")


async def _in(table: Any, row_id: str, state: str) -> bool:
    return bool(await table.exists(id=row_id, state=state))


async def gone(table: Any, row_id: str) -> bool:
    """Whether a table has no such row any more."""
    return await without(table, id=row_id)


async def without(table: Any, **which: Any) -> bool:
    """Whether a table has no such rows."""
    return not await table.exists(**which)
