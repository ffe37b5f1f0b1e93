"""Datasets go out: an upload is handed to conversion; a dataset's files go when nothing uses them."""

from tablecast.clients.datastore import DatastoreRefusal
from tablecast.domain import lineage
from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.observe import observed_already
from tablecast.domain.states import DatasetVersionState, Noun, UploadState
from tablecast.domain.tables import Dataset, DatasetVersion, Operation, Project, Upload
from tablecast.errors import ObjectMissing
from tablecast.outbound.context import Context
from tablecast.outbound.handler import NOTHING_LEFT, Applied, Refused, Result, Waiting, standing
from tablecast.outbound.removal import remove_dataset, remove_rows

UPLOADING = (UploadState.PENDING, UploadState.OPEN, UploadState.FINISHING)


async def carry_out(operation: Operation, context: Context) -> Result:
    """Take a dataset away; making one needs nothing of the cluster."""
    dataset = await Dataset.get_or_none(id=operation.subject_id)
    project = await standing(operation)
    if dataset is None or project is None:
        return NOTHING_LEFT
    if isinstance(project, Waiting):
        return project
    trainings, models = await lineage.users_of_dataset(dataset.id)
    if trainings or models:
        message, left = "Trainings and models made of it are being removed.", len(trainings)
        return Waiting("CHILDREN_GOING", message, 2.0, left=left + len(models))
    await _remove_files(dataset, project, context)
    await remove_dataset(dataset)
    return NOTHING_LEFT


async def carry_out_version(operation: Operation, context: Context) -> Result:
    """Hand a dataset version's upload to the datastore's conversion."""
    version = await DatasetVersion.get_or_none(id=operation.subject_id)
    project = await standing(operation)
    if version is None or project is None:
        return NOTHING_LEFT
    if isinstance(project, Waiting):
        return project
    if version.state == DatasetVersionState.FAILED and not await observed_already(operation):
        # Not by its conversion: written down here, and perhaps not marked.
        return Refused(version.error["code"], version.error["message"])
    if version.state != DatasetVersionState.PENDING:
        return Applied()
    upload = await Upload.get_or_none(id=version.upload_id)
    if upload is not None and upload.state in UPLOADING:
        return Waiting("UPLOAD_NOT_COMPLETE", "Its upload is being finished.", 2.0)
    if upload is None or upload.state != UploadState.COMPLETE:
        return await _fail(version, "UPLOAD_FAILED", "The upload that it is made of failed.")
    return await _convert(version, project, context)


async def _convert(version: DatasetVersion, project: Project, context: Context) -> Result:
    try:
        await context.datastore.start_conversion(
            project.namespace,
            version.dataset_id,
            version.id,
            upload=version.upload_id,
            file_name=version.file_name,
            options=version.options,
        )
    except (ObjectMissing, DatastoreRefusal) as exc:
        # Its own typed no: asking again would get the same.
        return await _fail(version, exc.reason, exc.message)
    async with deed(SYSTEM, version.project_id) as tx:
        pending = DatasetVersion.filter(id=version.id, state=DatasetVersionState.PENDING)
        if await pending.update(state=DatasetVersionState.CONVERTING):
            tx.tell("DATASET_VERSION_CONVERTING", Noun.DATASET_VERSION, version.id)
    return Applied()


async def _fail(version: DatasetVersion, code: str, message: str) -> Result:
    async with deed(SYSTEM, version.project_id) as tx:
        row = await DatasetVersion.select_for_update().get_or_none(id=version.id)
        if row is not None and row.state == DatasetVersionState.PENDING:
            row.state = DatasetVersionState.FAILED
            row.error = {
                "code": code,
                "row": None,
                "column": None,
                "message": message,
                "hint": "Upload the file again.",
            }
            await row.save()
            tx.tell("DATASET_VERSION_FAILED", Noun.DATASET_VERSION, version.id)
    return Refused(code, message)


async def _remove_files(dataset: Dataset, project: Project, context: Context) -> None:
    await context.datastore.delete_dataset(project.namespace, dataset.id)
    versions = DatasetVersion.filter(dataset_id=dataset.id)
    for upload_id in set(await versions.values_list("upload_id", flat=True)):
        others = DatasetVersion.filter(upload_id=upload_id).exclude(dataset_id=dataset.id)
        if not await others.exists():
            await context.datastore.delete_upload(project.namespace, str(upload_id))
            await remove_rows(Upload, id=upload_id)
