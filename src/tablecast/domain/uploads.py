"""Uploads: slots in a project's datastore that take one file's bytes, resumably."""

import re
from datetime import UTC, datetime, timedelta

from tablecast.domain.access import lock_row, require_row, require_writable
from tablecast.domain.deeds import SYSTEM, Asked, Deed, Outcome, deed, once
from tablecast.domain.identity import new_id
from tablecast.domain.operations import ABANDONED
from tablecast.domain.projects import require_open
from tablecast.domain.states import Noun, Role, UploadState, Verb
from tablecast.domain.tables import DatasetVersion, Operation, Upload
from tablecast.errors import Conflict, LimitReached, Mistake
from tablecast.settings import Limits

_SHA256 = re.compile(r"[0-9a-f]{64}")

_UNFINISHED = (UploadState.PENDING, UploadState.OPEN)

# What is told of an upload whose time ran out.
EXPIRED = {"code": "UPLOAD_EXPIRED", "message": "It was not finished in its time."}

UNUSED = {"code": "UPLOAD_EXPIRED", "message": "Nothing was made of it in its time."}

# A moving bar needs no more; each event is a transaction under the project's lock.
PROGRESS_SECONDS = 0.5


def can_finish(upload: Upload) -> bool:
    """Whether its bytes may be declared complete now."""
    # Bytes may have gone through before the relay noted that the slot is open.
    return upload.state in _UNFINISHED and not has_expired(upload)


def has_expired(upload: Upload) -> bool:
    """Whether its time ran out before it was finished: it takes nothing more, and the sweep is next."""
    return upload.state in _UNFINISHED and upload.expires_at <= datetime.now(UTC)


def can_abort(upload: Upload) -> bool:
    """Whether it may be thrown away, as far as its own state says."""
    if upload.state == UploadState.FINISHING:
        # Given up by hand, it would be FINISHING for ever.
        return bool(upload.blocked_by) and upload.blocked_by["code"] == ABANDONED
    return upload.state in {
        UploadState.PENDING,
        UploadState.OPEN,
        UploadState.COMPLETE,
        UploadState.FAILED,
    }


async def require_upload(asked: Asked, upload_id: str, role: Role = Role.VIEWER) -> Upload:
    """Return an upload of a project in which the asker has at least `role`."""
    return await require_row(asked, Upload, Noun.UPLOAD, upload_id, role)


async def create_upload(
    asked: Asked, project_id: str, file_name: str, length: int, sha256: str | None, limits: Limits
) -> Outcome[Upload]:
    """Wish for a slot of `length` bytes; `sha256` in hex is checked when the upload is finished."""
    await require_open(asked, project_id)
    _check_file_name(file_name)
    _check_length(length, limits)
    _check_sha256(sha256)

    async def act() -> Outcome[Upload]:
        upload = Upload(
            id=new_id(),
            project_id=project_id,
            file_name=file_name,
            length=length,
            sha256=sha256 or "",
            expires_at=datetime.now(UTC) + timedelta(seconds=limits.upload_seconds),
            state=UploadState.PENDING,
        )
        async with deed(asked, project_id) as tx:
            await upload.save(force_create=True)
            operation = await tx.record(Verb.CREATE, Noun.UPLOAD, upload.id)
            tx.tell("UPLOAD_CREATED", Noun.UPLOAD, upload.id, operation_id=operation.id)
        return Outcome(upload, operation)

    return await once(asked, Upload, act)


async def finish_upload(asked: Asked, upload_id: str, sha256: str | None) -> Outcome[Upload]:
    """Declare an upload complete; the datastore checks its length and, where given, its sha256."""
    found = await require_writable(asked, Upload, Noun.UPLOAD, upload_id)
    _check_sha256(sha256)

    async def act() -> Outcome[Upload]:
        async with deed(asked, found.project_id) as tx:
            upload = await lock_row(Upload, Noun.UPLOAD, upload_id)
            if has_expired(upload) or upload.error == EXPIRED:
                raise Conflict(
                    "This upload's time ran out before it was finished.",
                    code="UPLOAD_EXPIRED",
                    hint="Create a new one.",
                )
            if not can_finish(upload):
                raise Conflict(
                    f"This upload is {upload.state}; it cannot be finished now.",
                    code="UPLOAD_NOT_OPEN",
                    hint="An upload is finished once, after its bytes were sent.",
                )
            upload.state = UploadState.FINISHING
            upload.sha256 = sha256 or upload.sha256
            upload.error = None
            upload.generation += 1
            await upload.save()
            operation = await tx.record(
                Verb.FINISH, Noun.UPLOAD, upload.id, generation=upload.generation
            )
            tx.tell("UPLOAD_UPDATED", Noun.UPLOAD, upload.id, operation_id=operation.id)
        return Outcome(upload, operation)

    return await once(asked, Upload, act)


async def abort_upload(asked: Asked, upload_id: str) -> Outcome[Upload]:
    """Throw an upload and its bytes away."""
    found = await require_writable(asked, Upload, Noun.UPLOAD, upload_id)

    async def act() -> Outcome[Upload]:
        async with deed(asked, found.project_id) as tx:
            upload = await lock_row(Upload, Noun.UPLOAD, upload_id)
            await _check_abortable(upload)
            operation = await _abort(tx, upload)
        return Outcome(upload, operation)

    return await once(asked, Upload, act)


async def expire_upload(upload_id: str) -> bool:
    """Throw an upload away if its time ran out; return whether it did."""
    found = await Upload.get_or_none(id=upload_id)
    if found is None:
        return False
    async with deed(SYSTEM, found.project_id) as tx:
        # Under its lock: it may have been finished just now, or be gone.
        upload = await Upload.select_for_update().get_or_none(id=upload_id)
        if upload is None or not has_expired(upload):
            return False
        upload.error = EXPIRED
        await _abort(tx, upload)
    return True


async def expire_unused(upload_id: str, before: datetime) -> bool:
    """Throw an upload away that was complete before a time and of which nothing is made; return whether
    it was. The datastore does not keep its bytes for longer either."""
    found = await Upload.get_or_none(id=upload_id)
    if found is None:
        return False
    async with deed(SYSTEM, found.project_id) as tx:
        # Under its lock: a dataset version may be made of it just now.
        upload = await Upload.select_for_update().get_or_none(id=upload_id)
        if upload is None or upload.state != UploadState.COMPLETE or upload.updated_at >= before:
            return False
        if await DatasetVersion.exists(upload_id=upload_id):
            return False
        upload.error = UNUSED
        await _abort(tx, upload)
    return True


async def _abort(tx: Deed, upload: Upload) -> Operation:
    upload.state = UploadState.ABORTED
    upload.generation += 1
    await upload.save()
    operation = await tx.record(Verb.ABORT, Noun.UPLOAD, upload.id, generation=upload.generation)
    tx.tell("UPLOAD_UPDATED", Noun.UPLOAD, upload.id, operation_id=operation.id)
    return operation


async def record_offset(upload_id: str, offset: int) -> None:
    """Note how many bytes the datastore has; told to the feed at most every half second."""
    upload = await Upload.get_or_none(id=upload_id)
    if upload is None or offset <= upload.offset:
        return
    age = (datetime.now(UTC) - upload.updated_at).total_seconds()
    if offset < upload.length and age < PROGRESS_SECONDS:
        return
    async with deed(SYSTEM, upload.project_id) as tx:
        now = datetime.now(UTC)
        # Conditional: of two reports at once the higher one stays.
        moved = await Upload.filter(id=upload_id, offset__lt=offset).update(
            offset=offset, updated_at=now
        )
        if moved:
            tx.tell("UPLOAD_PROGRESS", Noun.UPLOAD, upload_id)


async def _check_abortable(upload: Upload) -> None:
    if not can_abort(upload):
        raise Conflict(
            f"This upload is {upload.state}; it cannot be aborted now.", code="UPLOAD_NOT_ABORTABLE"
        )
    version = await DatasetVersion.filter(upload_id=upload.id).first()
    if version is not None:
        raise Conflict(
            "A dataset version is made of this upload.",
            code="UPLOAD_IN_USE",
            hint="Delete the dataset instead.",
            blocking=((Noun.DATASET_VERSION, version.id),),
        )


def _check_file_name(name: str) -> None:
    if not name.strip() or len(name) > 255 or not name.isprintable() or {"/", "\\"} & set(name):
        raise Mistake(
            "This cannot be a file name.",
            code="INVALID_NAME",
            field="fileName",
            hint="1 to 255 printable characters, without slashes.",
        )


def _check_length(length: int, limits: Limits) -> None:
    if length < 0:
        raise Mistake("A length is not negative.", code="OUT_OF_RANGE", field="length")
    if length > limits.upload_bytes:
        raise LimitReached(
            f"An upload has at most {limits.upload_bytes} bytes.",
            field="length",
            limit=limits.upload_bytes,
        )


def _check_sha256(sha256: str | None) -> None:
    if sha256 is not None and not _SHA256.fullmatch(sha256):
        raise Mistake(
            "This is no sha256.",
            code="INVALID_CHECKSUM",
            field="sha256",
            hint="64 lowercase hexadecimal digits.",
        )
