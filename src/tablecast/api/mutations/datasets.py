"""Mutations of uploads and datasets."""

from typing import Any

import strawberry

from tablecast.api.context import Context
from tablecast.api.inputs.checks import plain
from tablecast.api.inputs.datasets import (
    AbortUploadInput,
    CreateDatasetVersionInput,
    CreateUploadInput,
    DeleteDatasetInput,
    FinishUploadInput,
)
from tablecast.api.mutations.mutating import mutation
from tablecast.api.types.datasets import Dataset, DatasetVersion
from tablecast.api.types.uploads import Upload
from tablecast.domain import datasets, uploads
from tablecast.domain.datasets import DatasetVersionWish
from tablecast.domain.deeds import Asked, Outcome


async def _create_upload(context: Context, asked: Asked, given: CreateUploadInput) -> Outcome[Any]:
    return await uploads.create_upload(
        asked, given.project_id, given.file_name, given.length, given.sha256, context.limits
    )


async def _finish_upload(context: Context, asked: Asked, given: FinishUploadInput) -> Outcome[Any]:
    return await uploads.finish_upload(asked, given.upload_id, given.sha256)


async def _abort_upload(context: Context, asked: Asked, given: AbortUploadInput) -> Outcome[Any]:
    return await uploads.abort_upload(asked, given.upload_id)


async def _create_version(
    context: Context, asked: Asked, given: CreateDatasetVersionInput
) -> Outcome[Any]:
    wish = DatasetVersionWish(
        upload_id=given.upload_id,
        dataset_id=given.dataset_id,
        name=given.name,
        description=given.description,
        options=plain(given.options) or {},
    )
    return await datasets.create_dataset_version(asked, wish)


async def _delete_dataset(
    context: Context, asked: Asked, given: DeleteDatasetInput
) -> Outcome[Any]:
    return await datasets.delete_dataset(asked, given.dataset_id, given.cascade)


@strawberry.type
class DatasetMutations:
    create_upload = mutation(
        CreateUploadInput,
        {"upload": Upload},
        _create_upload,
        "Open a slot for one file's bytes; send them to its `url` once it is OPEN.",
    )
    finish_upload = mutation(
        FinishUploadInput,
        {"upload": Upload},
        _finish_upload,
        "Declare an upload complete: its length, and its sha256 if given, are compared.",
    )
    abort_upload = mutation(
        AbortUploadInput, {"upload": Upload}, _abort_upload, "Throw an upload's bytes away."
    )
    create_dataset_version = mutation(
        CreateDatasetVersionInput,
        {"dataset_version": DatasetVersion},
        _create_version,
        "Make a dataset version of a finished upload: it is read, typed and profiled.",
    )
    delete_dataset = mutation(
        DeleteDatasetInput,
        {"dataset": Dataset},
        _delete_dataset,
        "Delete a dataset; refused with what was made of it, unless told to cascade.",
    )
