"""Uploads go out: a slot is made in the datastore, checked when it is finished, thrown away."""

from typing import Any

from tablecast.clients.datastore import DatastoreRefusal
from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.operations import wake
from tablecast.domain.states import Noun, UploadState, Verb
from tablecast.domain.tables import Operation, Project, Upload
from tablecast.errors import ObjectMissing
from tablecast.outbound.context import Context
from tablecast.outbound.handler import NOTHING_LEFT, Refused, Result, Waiting, standing


async def carry_out(operation: Operation, context: Context) -> Result:
    """Make the datastore match an upload's row."""
    upload = await Upload.get_or_none(id=operation.subject_id)
    project = await standing(operation)
    if upload is None or project is None:
        return NOTHING_LEFT
    if isinstance(project, Waiting):
        return project
    if operation.verb == Verb.ABORT:
        return await _abort(upload, project, context)
    if operation.verb == Verb.FINISH:
        return await _finish(upload, project, context)
    return await _open(upload, project, context)


async def _open(upload: Upload, project: Project, context: Context) -> Result:
    if upload.state != UploadState.PENDING:
        return _as_written(upload)
    try:
        await _ensure_slot(upload, project, context)
    except DatastoreRefusal as exc:
        return await _fail(upload, UploadState.PENDING, exc.reason, exc.message)
    await _turn(upload, UploadState.PENDING, UploadState.OPEN, "UPLOAD_UPDATED")
    return NOTHING_LEFT


async def _ensure_slot(upload: Upload, project: Project, context: Context) -> None:
    await context.datastore.ensure_upload(
        project.namespace, upload.id, upload.length, {"filename": upload.file_name}
    )


async def _finish(upload: Upload, project: Project, context: Context) -> Result:
    if upload.state != UploadState.FINISHING:
        return _as_written(upload)
    try:
        if upload.offset == 0:
            # Perhaps no slot was made yet: then bytes are missing, and nothing was lost.
            await _ensure_slot(upload, project, context)
        answer = await context.datastore.finish_upload(
            project.namespace, upload.id, upload.sha256 or None
        )
    except (ObjectMissing, DatastoreRefusal) as exc:
        if exc.reason == "UPLOAD_INCOMPLETE":
            return await _reopen(upload, exc.reason, exc.message)
        return await _fail(upload, UploadState.FINISHING, exc.reason, exc.message)
    await _turn(
        upload,
        UploadState.FINISHING,
        UploadState.COMPLETE,
        "UPLOAD_COMPLETE",
        sha256=answer["sha256"],
        offset=upload.length,
    )
    await wake(project.id)
    return NOTHING_LEFT


def _as_written(upload: Upload) -> Result:
    """What the upload's row says already: it was written, and perhaps not marked."""
    if upload.error and upload.state in (UploadState.FAILED, UploadState.OPEN):
        return Refused(upload.error["code"], upload.error["message"])
    return NOTHING_LEFT


async def _abort(upload: Upload, project: Project, context: Context) -> Result:
    await context.datastore.delete_upload(project.namespace, upload.id)
    return NOTHING_LEFT


async def _fail(upload: Upload, before: UploadState, code: str, message: str) -> Result:
    error = {"code": code, "message": message}
    await _turn(upload, before, UploadState.FAILED, "UPLOAD_UPDATED", error=error)
    await wake(upload.project_id)
    return Refused(code, message)


async def _reopen(upload: Upload, code: str, message: str) -> Result:
    # Bytes are missing, none is wrong: the person can go on sending.
    error = {"code": code, "message": message}
    await _turn(upload, UploadState.FINISHING, UploadState.OPEN, "UPLOAD_UPDATED", error=error)
    return Refused(code, message)


async def _turn(
    upload: Upload, before: UploadState, after: UploadState, event: str, **also: Any
) -> None:
    async with deed(SYSTEM, upload.project_id) as tx:
        row = await Upload.select_for_update().get_or_none(id=upload.id)
        # Conditional: a wish that came meanwhile is not undone.
        if row is not None and row.state == before:
            row.update_from_dict({"state": after, "error": None} | also)
            await row.save()
            tx.tell(event, Noun.UPLOAD, upload.id)
